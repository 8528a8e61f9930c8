"""CIFAR-10 and CIFAR-100 as published, for Python and in binary, in a folder or the .tar.gz. No torch.

The pickles are read without running anything that they name: the few things that such files need have stand-ins here.
Format: https://www.cs.toronto.edu/~kriz/cifar.html.
"""

from __future__ import annotations

import io
import pickle
import re
import tarfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole
from cnnviz.machine import check_room
from cnnviz.runs.pickled_arrays import PickledArray, stand_in
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import Folder
from cnnviz.training.data.idx import file_md5, md5
from cnnviz.training.data.labelled import Half, Part, source_of
from cnnviz.training.data.layouts import Reading

_TRAIN = re.compile(r"(?:data_batch_\d+|train)(?:\.bin)?")
_TEST, _META = ("test_batch", "test", "test_batch.bin", "test.bin"), ("batches.meta", "meta")
_NAMES_AS_TEXT = ("batches.meta.txt", "fine_label_names.txt")  # beside the binary batches
_LABEL_BYTES = {"batches.meta.txt": 1, "fine_label_names.txt": 2}  # before a picture: CIFAR-100's coarse class is first
_LABELS = (("labels", "label_names"), ("fine_labels", "fine_label_names"))  # CIFAR-10, CIFAR-100
_SHAPE = (3, 32, 32)  # of a picture
_USUAL_FILES, _TRAINING_BATCHES = 7, 5
_LARGEST = 1 << 28  # bytes of a file; the largest of CIFAR's has 155 MB
_ARCHIVE = re.compile(r"cifar.*\.(?:tar\.gz|tgz|tar)", re.IGNORECASE)
_HINT = "Fetch CIFAR again, in the version for Python or the binary one."


def places(tree: Folder) -> Sequence[Path]:
    """Return the folders with the batches; where there are none, the archives."""
    folders = [each.path for each in tree.every() if _is_whole(each.files)]
    archives = [each.file(name) for each in tree.every() for name in each.files if _ARCHIVE.fullmatch(name)]
    return folders or archives


def read(place: Path, tree: Folder, data_set: DataSet | None) -> Reading:
    """Return what ``place``, one of ``places``, holds.

    Raises:
        CnnvizError: a file is damaged, holds something else, or is not the one that the checksum names.
    """
    if data_set is not None and place.is_file():
        _check(data_set, place, file_md5(place))
    batches: dict[str, Mapping[str, object]] = {}
    try:
        for name, content in _files(place):
            if data_set is not None and place.is_dir():
                _check(data_set, place / name, md5(content))
            batches[name] = _opened(name, content)
            yield len(batches) / _USUAL_FILES
    except CnnvizError:
        raise
    except OSError as error:
        raise CnnvizError(f"{place} cannot be read: {error.strerror or error}.", _HINT) from error
    except Exception as error:  # whatever a broken archive or pickle may raise
        raise CnnvizError(f"{place} is damaged, or holds something else than CIFAR: {error}.", _HINT) from error
    if not _is_whole(tuple(batches)):
        raise CnnvizError(f"{place} holds no training and test pictures of CIFAR.", _HINT)
    _split_binary(batches)
    training = {name: batch for name, batch in sorted(batches.items()) if _TRAIN.fullmatch(name)}
    test = {name: batch for name, batch in batches.items() if name in _TEST}
    names = _names(batches, place) if data_set is None else data_set.class_names
    title = data_set.title if data_set else place.name
    return source_of(title, _half(training, names, place), _half(test, names, place), (*tree.notices, *_gaps(training)))


def _gaps(training: Collection[str]) -> list[str]:
    """Return what is said of CIFAR-10's batches that are not there."""
    known = {f"data_batch_{number}" for number in range(1, _TRAINING_BATCHES + 1)}
    missing = sorted(known - {name.removesuffix(".bin") for name in training})
    return (
        [f"Not there, and so not learned from: {', '.join(missing)}."] if len(missing) < len(known) and missing else []
    )


def is_training(name: str) -> bool:
    """Return whether a file of this name holds pictures to train on."""
    return _TRAIN.fullmatch(name) is not None


def _check(data_set: DataSet, file: Path, found: str) -> None:
    if data_set.checksum(file) not in (None, found):
        raise CnnvizError(f"{file} is not the file it should be: its checksum differs.", _HINT)


def _is_whole(names: Sequence[str]) -> bool:
    found = set(names)
    tells = bool(found & {*_META, *_NAMES_AS_TEXT}) or "data_batch_1" in found  # whose name is nobody else's
    return any(map(_TRAIN.fullmatch, found)) and bool(found & set(_TEST)) and tells


def _files(place: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every file that is CIFAR's."""
    if place.is_dir():
        for file in sorted(place.iterdir()):
            if _is_known(file.name) and file.is_file():
                yield file.name, read_whole(file, _LARGEST)
        return
    with tarfile.open(place) as archive:
        for member in archive:
            name = member.name.rpartition("/")[2]
            if _is_known(name) and member.isfile() and member.size <= _LARGEST:
                opened = archive.extractfile(member)
                assert opened is not None  # it is a file
                check_room(2 * member.size, _HINT)
                yield name, opened.read()


def _is_known(name: str) -> bool:
    return bool(_TRAIN.fullmatch(name)) or name in (*_TEST, *_META, *_NAMES_AS_TEXT)


def _opened(name: str, content: bytes) -> Mapping[str, object]:
    if name.endswith(".bin"):
        return {"binary": content}
    if name in _NAMES_AS_TEXT:
        return {
            "label_names": [line.strip() for line in content.decode("utf-8", "replace").splitlines() if line.strip()]
        }
    return _unpickled(content)


def _split_binary(batches: dict[str, Mapping[str, object]]) -> None:
    """Tell labels and pixels of the binary batches apart."""
    before = next((_LABEL_BYTES[name] for name in _NAMES_AS_TEXT if name in batches), 1)
    for name, batch in batches.items():
        if isinstance(content := batch.get("binary"), bytes) and len(content) % (before + prod(_SHAPE)) == 0:
            rows = np.frombuffer(content, np.uint8).reshape(-1, before + prod(_SHAPE))
            batches[name] = {"labels": rows[:, before - 1].tolist(), "data": rows[:, before:]}


def _half(batches: Mapping[str, Mapping[str, object]], names: tuple[str, ...], place: Path) -> Half:
    """Return the batches as one, copied once."""
    pixels, labels = [], []
    for name, batch in batches.items():
        data, label = batch.get("data"), _labels(batch)
        if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.size != len(label) * prod(_SHAPE):
            raise CnnvizError(f"{place} holds something else than CIFAR's pictures in {name}.", _HINT)
        pixels.append(data.reshape(-1, *_SHAPE))
        labels.append(label)
    numbers = np.concatenate(labels)
    if numbers.size == 0 or numbers.min() < 0 or numbers.max() >= len(names):
        raise CnnvizError(f"{place} holds labels that are none of its {len(names)} classes.", _HINT)
    return Half(" and ".join(batches), Part(np.concatenate(pixels), numbers), names)


def _labels(batch: Mapping[str, object]) -> npt.NDArray[np.int64]:
    found = next((batch[key] for key, _ in _LABELS if key in batch), ())
    return np.array(found, np.int64).reshape(-1)


def _names(batches: Mapping[str, Mapping[str, object]], place: Path) -> tuple[str, ...]:
    meta = next((batch for name, batch in batches.items() if name in (*_META, *_NAMES_AS_TEXT)), None)
    if meta is None:
        return tuple(str(number) for number in range(1 + max(int(_labels(batch).max()) for batch in batches.values())))
    for _, key in _LABELS:
        if isinstance(names := meta.get(key), list):
            return tuple(_text(name) for name in names)
    raise CnnvizError(f"{place} does not say what its classes are called.", _HINT)


def _unpickled(content: bytes) -> Mapping[str, object]:
    found = _Unpickler(io.BytesIO(content), encoding="latin1").load()
    if not isinstance(found, dict):
        raise pickle.UnpicklingError("no dictionary")
    return {_text(key): value.array() if isinstance(value, PickledArray) else value for key, value in found.items()}


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _encoded(text: str, _encoding: str) -> bytes:
    return text.encode("latin1")


class _Unpickler(pickle._Unpickler):
    """Knows only what CIFAR's files need, and none of it is the real thing.

    The one that is written in Python: that in C makes room for as many objects as a file says that it numbers.
    """

    def find_class(self, module: str, name: str) -> object:
        known = _encoded if (module, name) == ("_codecs", "encode") else stand_in(f"{module}.{name}")
        if known is None:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which data do not need")
        return known
