"""Which files a run or a network can be taken away as, and the writing of one. No torch before it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.files import replacing

if TYPE_CHECKING:
    from cnnviz.training.takeaway.taken import Taken


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of file. Its module has ``write(taken, file)``, which returns what is to be said, in sentences."""

    name: str  # "pt2"
    title: str  # "PyTorch program"
    suffix: str
    module: str


FORMS = (
    Form("safetensors", "Weights, as safetensors", ".safetensors", "bare_weights"),
    Form("pt2", "Program, for torch.export.load", ".pt2", "program_file"),
    Form("onnx", "ONNX model", ".onnx", "onnx_file"),
    Form("script", "PyTorch script that repeats the run", ".py", "plain_script"),
)


def form_named(name: str | None, file: Path) -> Form:
    """Return the form of this name; for None the one that the file's suffix tells.

    Raises:
        CnnvizError: neither tells one.
    """
    for form in FORMS:
        if name == form.name or (name is None and file.suffix.lower() == form.suffix):
            return form
    suffixes = ", ".join(form.suffix for form in FORMS)
    raise CnnvizError(f"{file.name} does not tell what to write.", f"End it in {suffixes}.")


def export(taken: Taken, form: Form, file: Path, overwrite: bool = False) -> tuple[str, ...]:
    """Write ``file`` whole or not at all, and return what is to be said of it, in sentences.

    Args:
        taken: a run or a network.
        form: what to write.
        file: where; its folder must be there.
        overwrite: whether a file of this name may be replaced.

    Raises:
        CnnvizError: the file is there, or cannot be written; the network cannot be written in this form; a package that
            it needs is not installed.
    """
    _check_target(file, overwrite)
    write: Callable[[Taken, Path], tuple[str, ...]] = import_module(f"cnnviz.training.takeaway.{form.module}").write
    with replacing(file, make_parents=False) as temporary:
        return write(taken, temporary)


def _check_target(file: Path, overwrite: bool) -> None:
    if file.is_dir():
        raise CnnvizError(f"{file} is a folder.", f"Name a file in it, such as {file / 'network.pt2'}.")
    if file.exists() and not file.is_file():
        raise CnnvizError(f"{file} is no file that can be replaced.", "Choose another name.")
    if file.exists() and not overwrite:
        raise CnnvizError(f"{file} is there already.", "Choose another name, or add --overwrite.")
    if not file.parent.is_dir():
        raise CnnvizError(f"There is no folder {file.parent}.", "Make it first, or choose another.")
