"""What a layout of data on disk must be able to do, and which ones there are. No torch.

A layout is a module of this package, imported when it is first needed. A new one is that module and, for data that are
known by name, their row in ``data_sets``.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from cnnviz.errors import CnnvizError
from cnnviz.training.data.data_sets import LAYOUTS, DataSet
from cnnviz.training.data.folder_tree import Folder, readable, top, walk

if TYPE_CHECKING:
    from cnnviz.training.data.labelled import Source

Reading = Generator[float | None, None, "Source"]  # yields how far it is, 0..1 or None: unknown
_MOST_NAMED = 6
_CHOOSE = "Choose a folder with one sub-folder of pictures for each class, or one with IDX, CIFAR or .npz files."
LABEL_HINT = (
    "Put the pictures of each class into a sub-folder of its own, or a labels.csv with their names and classes beside."
)
_SAVE = "Save its images and labels by numpy.savez(file, images=…, labels=…)."
_BESIDE = "Put the pictures that it names beside it, or save numbers by numpy.savez(file, images=…, labels=…)."
_CONVERT = "Convert them to PNG or JPEG files."
_FORMS = (  # that are often taken for data, by the end of their name
    ((".zip", ".tar", ".gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar"), "an archive", "Unpack it."),
    ((".mat",), "a MATLAB file, such as SVHN's", _SAVE),
    ((".h5", ".hdf5", ".he5"), "an HDF5 file", _SAVE),
    ((".pkl", ".pickle", ".pt", ".pth"), "a pickle, which can run any code", _SAVE),
    (
        (".parquet", ".arrow", ".feather", ".tfrecord", ".lmdb", ".mdb", ".rec", ".beton"),
        "of a form not read here",
        _SAVE,
    ),
    ((".dcm", ".dicom", ".nii", ".nii.gz", ".mha"), "a medical image", "Convert them to 16-bit PNG or TIFF files."),
    ((".heic", ".heif", ".svg", ".psd", ".cr2", ".nef", ".dng"), "a picture of a form not read here", _CONVERT),
    ((".mp4", ".avi", ".mov", ".mkv", ".webm"), "a video", "Save its frames as pictures."),
    ((".bin", ".dat", ".raw"), "of a form not read here", _SAVE),
    ((".npz", ".npy"), "without images (N, H, W) or labels (N,), or damaged", _SAVE),
    ((".csv", ".tsv", ".xlsx", ".json", ".jsonl"), "a table without pictures that it names", _BESIDE),
)


class Layout(Protocol):
    """The functions of such a module."""

    def places(self, tree: Folder) -> Sequence[Path]:
        """Return where below ``tree`` data of this layout lie, told by names alone; () where there are none."""

    def read(self, place: Path, tree: Folder, data_set: DataSet | None) -> Reading:
        """Return what lies at one of ``places``, with news on the way.

        Args:
            place: one of ``places``.
            tree: in which it was found.
            data_set: what it must be, by its checksums and with its class names; None: whatever is there.

        Raises:
            CnnvizError: a file is missing, damaged or another one.
        """


def layout_named(name: str) -> Layout:
    """Return the layout of this name: a module beside this one."""
    return cast("Layout", import_module(f"cnnviz.training.data.{name}"))


def locate(data_set: DataSet) -> tuple[Path, Folder] | None:
    """Return where on this machine ``data_set`` lies, and the folder in which it was found; or None."""
    for folder in data_set.folders():
        if folder.is_dir():
            tree = walk(folder)
            for place in layout_named(data_set.layout).places(tree):
                return place, tree
    return None


def found_in(path: Path) -> tuple[Layout, Path, Folder]:
    """Return the layout of a folder of the user's, where in it the data lie, and what else is there.

    Args:
        path: a folder; a file of one of the layouts; or, of several sets in one folder, ``folder/name``.

    Raises:
        CnnvizError: nothing is there that is known, or several sets are.
    """
    folder = path if path.is_dir() else path.parent
    tree = Folder(folder, (path.name,), ()) if path.is_file() else walk(folder) if path.is_dir() else top(folder)
    for name in LAYOUTS:
        layout = layout_named(name)
        places = layout.places(tree)
        if not path.is_dir():
            places = [place for place in places if place == path]
        if len(places) > 1:
            shown = ", ".join(readable(str(place.relative_to(folder))) for place in places[:_MOST_NAMED])
            message = f"{readable(str(folder))} holds {len(places)} sets of data: {shown}."
            raise CnnvizError(message, f"Give one of them, such as {readable(str(places[0]))}.")
        if places:
            return layout, places[0], tree
    if not path.exists():
        message = f"There is no folder {readable(str(path))}."
        raise CnnvizError(message, "Check the path, or choose a data set by name.")
    raise nothing_known(path, tree)


def nothing_known(path: Path, tree: Folder) -> CnnvizError:
    """Return the error for a folder or file in which there is nothing to train on, by what there is instead.

    Args:
        path: of the user's.
        tree: the folder, or one that holds the file alone.
    """
    from cnnviz.training.data.surveying import Survey

    files = [name for folder in tree.every() for name in folder.files]
    shown = readable(str(path))
    if path.exists() and not (path.is_dir() or path.is_file()):
        return CnnvizError(f"{shown} is neither a folder nor a file.", _CHOOSE)
    if not path.is_file() and not files:
        return CnnvizError(f"{shown} is empty." if not tree.folders else f"{shown} holds no files.", _CHOOSE)
    if pictures := len(Survey(tree).below(tree)):
        few = "a picture" if pictures == 1 else f"{pictures:,} pictures"
        unread = next((name for name in files if name.lower().endswith((".json", ".xml", ".mat", ".csv", ".txt"))), "")
        beside = f" ({readable(unread)} is not read)" if unread else ""
        return CnnvizError(f"{shown} holds {few} and nothing that says what they show{beside}.", LABEL_HINT)
    for name in files:
        for endings, what, hint in _FORMS:
            if name.lower().endswith(endings):
                named = (
                    f"{shown} is" if path.is_file() else f"{shown} holds no data that cnnviz knows: {readable(name)} is"
                )
                return CnnvizError(f"{named} {what}.", hint)
    what = "is a file that cnnviz does not know as data" if path.is_file() else "holds no data that cnnviz knows"
    return CnnvizError(f"{shown} {what}.", _CHOOSE)
