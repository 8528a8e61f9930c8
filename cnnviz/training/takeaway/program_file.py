"""A network as a program that ``torch.export.load`` reads without the code that made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.foreign.guard import foreign_code
from cnnviz.foreign.randomness import seeded
from cnnviz.inspection.examples import Example, example_for
from cnnviz.training.network import scripted
from cnnviz.training.takeaway.taken import Taken, loaded
from cnnviz.zoo.catalog import ModelSpec, find

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TOLERANCE = 1e-4  # of a logit, or of the largest where that is above 1
_ABOUT = "about.json"
_FREE, _FIXED = 2, 1  # pictures in the example: torch takes a batch of one for a size that may not change


def write(taken: Taken, file: Path) -> tuple[str, ...]:
    """Write the program, with what is known of it as ``about.json`` inside, and return what is to be said of it.

    Raises:
        CnnvizError: the network does what no program can hold, or the program computes something else.
    """
    network, about = loaded(taken)
    program, notes = program_of(network, taken.spec)
    check(network, taken.spec, notes.batch, lambda inputs: program.module()(*inputs))
    with file.open("wb") as raw:
        out = _Patient(raw)
        about_file = {_ABOUT: json.dumps(about, ensure_ascii=False, indent=1)}
        torch.export.save(program, out, extra_files=about_file)  # type: ignore[arg-type]  # it takes any io.IOBase
        out.check()
    return (f"{taken.title}.", *notes.said)


class _Patient(RawIOBase):
    """A file whose failure is told at the end: torch's writer ends the process when one is told to it meanwhile."""

    def __init__(self, out: BinaryIO) -> None:
        super().__init__()
        self._out = out
        self._failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._out.seekable()

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._out.seek(offset, whence)

    def write(self, content: ReadableBuffer, /) -> int:
        if self._failure is None:
            try:
                self._out.write(content)
            except OSError as error:
                self._failure = error
        return memoryview(content).nbytes

    def flush(self) -> None:
        """Leave it to the closing."""

    def check(self) -> None:
        """Raise what failed."""
        if self._failure is not None:
            raise self._failure


class Notes:
    """What is to be said of a program's input."""

    def __init__(self, spec: ModelSpec, batch: int | None) -> None:
        self.batch = batch  # pictures that it takes; None: any number
        shapes = " and ".join(units.shape(shape) for shape in spec.inputs)
        many = "any number" if batch is None else f"{batch} and no more"
        self.said = (f"It takes {shapes}, {many} at a time, and does what the network does in eval mode.",)


def program_of(network: nn.Module, spec: ModelSpec) -> tuple[ExportedProgram, Notes]:
    """Return the network, which is in eval mode, as a program; where possible its batch may have any size.

    Raises:
        CnnvizError: it cannot be exported.
    """
    try:
        example = _example(network, spec, _FREE)
        program = _exported(network, example, tuple({0: Dim.AUTO} for _ in example.args))
        if _is_free(program):
            return program, Notes(spec, None)
    except Exception:  # whatever torch, or the network's own code, stumbles over with a batch of any size
        pass
    try:
        return _exported(network, _example(network, spec, _FIXED), None), Notes(spec, _FIXED)
    except CnnvizError:
        raise
    except Exception as error:
        if (path := scripted(network)) is not None:
            message = f"{path or 'The whole'} of {find(spec.name).title} is TorchScript, which no program can hold."
            raise CnnvizError(message, "Take torch.jit out of its file, or take its weights (safetensors).") from error
        what = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        message = f"{find(spec.name).title} cannot be written as a program: {what}"
        raise CnnvizError(message, "Take its weights (safetensors), or the script, instead.") from error


def check(network: nn.Module, spec: ModelSpec, batch: int | None, run: Any) -> float:
    """Return by how much the outputs of ``run`` differ from the network's for drawn pictures, at the most.

    Raises:
        CnnvizError: by more than ``TOLERANCE``.
    """
    with seeded(0):
        inputs = _example(network, spec, batch or 3).args
    with torch.no_grad(), foreign_code():
        expected, found = _tensors(network(*inputs)), _tensors(run(inputs))
    scale = max([1.0, *(float(each.abs().max()) for each in expected if each.numel())])
    furthest = max(
        (float((a.float() - b.float()).abs().max()) for a, b in zip(expected, found, strict=True)), default=0
    )
    if not furthest <= TOLERANCE * scale:
        message = f"What was written of {find(spec.name).title} computes something else: {furthest:.2g} off."
        raise CnnvizError(message, "Take its weights (safetensors) instead, and report this.")
    return furthest


def _example(network: nn.Module, spec: ModelSpec, batch: int) -> Example:
    example = example_for(network, spec.inputs, batch, spec.dtypes).on("cpu", drawn=True)
    if example.kwargs:
        raise CnnvizError(f"{find(spec.name).title} takes an input by name.", "Let forward take it by position.")
    return example


def _exported(network: nn.Module, example: Example, shapes: Any) -> ExportedProgram:
    with torch.no_grad(), foreign_code():
        return torch.export.export(network, example.args, dynamic_shapes=shapes)


def _is_free(program: ExportedProgram) -> bool:
    """Return whether every input of the program may have a batch of any size."""
    names = set(program.graph_signature.user_inputs)
    values = [node.meta["val"] for node in program.graph.nodes if node.op == "placeholder" and node.name in names]
    return all(isinstance(value.shape[0], torch.SymInt) for value in values)


def _tensors(output: object) -> list[Tensor]:
    match output:
        case Tensor():
            return [output]
        case Mapping():
            return [each for value in output.values() for each in _tensors(value)]
        case tuple() | list():
            return [each for value in output for each in _tensors(value)]
    return []
