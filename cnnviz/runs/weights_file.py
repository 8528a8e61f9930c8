"""Weights on disk: safetensors files. Nothing is ever unpickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError

if TYPE_CHECKING:
    from torch import Tensor

_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # torch.save: zip, or a bare pickle
_SAVE_HINT = (
    "Where you trust it, load it and save it again: safetensors.torch.save_file(model.state_dict(), 'w.safetensors')."
)


@dataclass(frozen=True, slots=True)
class SavedWeights:
    """What a .safetensors file holds."""

    tensors: Mapping[str, Tensor]
    about: Mapping[str, str]  # what the file says about itself; a run writes "step", "class_names" (JSON), "model", ...


def read_weights_file(file: Path) -> SavedWeights:
    """Return what a .safetensors file holds, on the CPU.

    Raises:
        CnnvizError: there is no such file, it is a pickle, damaged or cut short, or it may not be read.
    """
    from safetensors import SafetensorError, safe_open

    if not file.is_file():
        what = "is a folder, not a file of weights" if file.is_dir() else "is not there"
        raise CnnvizError(f"{file} {what}.", "Choose a .safetensors file.")
    try:
        _refuse_pickle(file)
        with safe_open(file, framework="pt") as opened:
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  it is no dict
            return SavedWeights(tensors, opened.metadata() or {})
    except OSError as error:
        raise CnnvizError(f"{file} cannot be read: {error.strerror or error}.", "Choose another file.") from error
    except (SafetensorError, ValueError, KeyError, MemoryError) as error:
        raise CnnvizError(
            f"{file.name} is no safetensors file, or it is damaged or cut short ({error}).",
            "Choose a .safetensors file of this network's weights.",
        ) from error


def _refuse_pickle(file: Path) -> None:
    with file.open("rb") as opened:
        start = opened.read(9)
    # A safetensors file begins with eight bytes of length, which may look like a pickle's first; then comes a brace.
    if start.startswith(_PICKLES) and not start.endswith(b"{"):
        raise CnnvizError(
            f"{file.name} is a pickle, as torch.save writes it; loading one can run any code, so cnnviz does not.",
            _SAVE_HINT,
        )
