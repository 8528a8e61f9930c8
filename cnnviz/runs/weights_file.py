"""Weights on disk, as they are saved: safetensors, what ``torch.save`` wrote, one file or the parts of one.

What a file is, its content says, not its name. Nothing in it is ever run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.files import reading
from cnnviz.runs.checkpoint_files import instead_of
from cnnviz.runs.file_sums import check_file
from cnnviz.runs.layout import SUMS
from cnnviz.runs.weights_folder import about_model, files_of
from cnnviz.runs.weights_pickle import Found, read_pickle

if TYPE_CHECKING:
    from torch import Tensor

_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # torch.save: zip, or a bare pickle
_NO_WEIGHTS = (  # how files begin that are often taken for weights
    (b"version https://git-lfs", "is a pointer of Git LFS, not the weights themselves", "Run `git lfs pull` there."),
    (b"\x89HDF", "is an HDF5 file, as Keras writes it", "Save the PyTorch network's state_dict instead."),
    (b"GGUF", "is a GGUF file", "Choose the safetensors file that it was made from."),
    (b"\x1f\x8b", "is compressed, or a compressed archive", "Unpack it and choose the weights in it."),
    (b"\x93NUMPY", "is an array of NumPy's", "Save arrays by safetensors.numpy.save_file."),
    (b"{", "is text", "Choose the file of weights beside it."),
    (b"<", "is a web page", "Download the file itself; the page may have asked to log in."),
)

_MOST_SAID = 160  # characters of what a reader says, which may quote the file


@dataclass(frozen=True, slots=True)
class SavedWeights:
    """What weights on disk hold. A dictionary within the file puts its key and a dot before the names in it."""

    tensors: Mapping[str, Tensor]
    about: Mapping[str, str]  # what the file says about itself; a run writes "step", "class_names" (JSON), "model", ...
    dictionaries: Mapping[str, str] = field(default_factory=dict)  # the one that a tensor stands in, where it has one
    left_out: tuple[str, ...] = ()  # kinds of objects in the file that were not made: "argparse.Namespace"


def read_weights_file(file: Path) -> SavedWeights:
    """Return the weights of a file, or of a folder that holds those of one network, on the CPU.

    Raises:
        CnnvizError: there are none, they are damaged or cut short, are not what a run has written there, would run
            code, or may not be read; of a run's it says which others can.
    """
    try:
        return _read_parts(file)
    except CnnvizError as error:
        if hint := instead_of(file):
            raise CnnvizError(error.message, hint) from error
        raise


def _read_parts(file: Path) -> SavedWeights:
    with reading(file, "Choose another file."):  # a name that no file can have, a folder that may not be entered
        parts = files_of(file)
    saved = [_read(part) for part in parts]
    about = about_model(parts[0])
    for each in saved:
        about |= each.about
    return SavedWeights(
        {name: tensor for each in saved for name, tensor in each.tensors.items()},
        about,
        {name: keys for each in saved for name, keys in each.dictionaries.items()},
        tuple(sorted({kind for each in saved for kind in each.left_out})),
    )


def _read(file: Path) -> SavedWeights:
    if not file.is_file():
        what = "is no file that can be read" if os.path.lexists(file) else "is not there"
        raise CnnvizError(f"{file} {what}.", "Choose a file of weights, such as .safetensors.")
    try:
        _check_sum(file)
        with file.open("rb") as opened:
            start = opened.read(32)
        # A safetensors file begins with eight bytes of length, which may look like a pickle's; then comes a brace.
        if start[8:9] != b"{":
            if start.startswith(_PICKLES):
                return _named(*read_pickle(file))
            _refuse_others(file, start)
        return _read_safetensors(file)
    except OSError as error:
        raise CnnvizError(f"{file} cannot be read: {error.strerror or error}.", "Choose another file.") from error


def _check_sum(file: Path) -> None:
    try:
        check_file(file)
    except ValueError as error:
        hint = f"Choose other weights; where somebody meant to change them, remove {SUMS} there."
        raise CnnvizError(f"The weights in {file.parent} are damaged: {error}.", hint) from error


def _refuse_others(file: Path, start: bytes) -> None:
    if not start:
        raise CnnvizError(f"{file.name} is empty.", "Choose a file of this network's weights.")
    if file.suffix.lower() == ".onnx":
        raise CnnvizError(f"{file.name} is an ONNX model.", "Choose the PyTorch weights that it was made from.")
    for beginning, what, hint in _NO_WEIGHTS:
        if start.lstrip().startswith(beginning):
            raise CnnvizError(f"{file.name} {what}.", hint)


def _read_safetensors(file: Path) -> SavedWeights:
    from cnnviz.runs.safetensors_file import read_safetensors

    try:
        return SavedWeights(*read_safetensors(file))
    except (CnnvizError, OSError):
        raise
    except Exception as error:  # what is made of a broken header may be anything
        raise CnnvizError(
            f"{file.name} is neither a safetensors file nor one that torch.save wrote, or it is damaged or cut short"
            f" ({str(error)[:_MOST_SAID]}).",
            "Choose a file of this network's weights.",
        ) from error


def _named(found: Found, left_out: tuple[str, ...]) -> SavedWeights:
    tensors = {".".join(keys): tensor for keys, tensor in found.items()}
    return SavedWeights(tensors, {}, {".".join(keys): ".".join(keys[:-1]) for keys in found}, left_out)
