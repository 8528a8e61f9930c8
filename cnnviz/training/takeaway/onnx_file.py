"""A network as an ONNX model, which other programs and languages run. It needs the packages of the extra ``onnx``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.foreign.guard import foreign_code
from cnnviz.training.takeaway.program_file import check, program_of
from cnnviz.training.takeaway.taken import Taken, loaded
from cnnviz.zoo.catalog import find

_NEEDED = ("onnx", "onnxscript")
_RUNTIME = "onnxruntime"
_LARGEST = 2 << 30  # bytes: protobuf holds no more in one file


def write(taken: Taken, file: Path) -> tuple[str, ...]:
    """Write the model, with what is known of it as its metadata, and return what is to be said of it.

    Raises:
        CnnvizError: a package is missing, the network cannot be written, or what was written computes something else.
    """
    _check_installed()
    network, about = loaded(taken)
    _check_size(network, taken)
    program, notes = program_of(network, taken.spec)
    with foreign_code():
        try:
            model = torch.onnx.export(program, verbose=False)
        except Exception as error:  # an operation that ONNX has not, in torch's own words
            what = str(error).strip().splitlines()[0]
            message = f"{find(taken.spec.name).title} cannot be written as ONNX: {what}"
            raise CnnvizError(message, "Take the PyTorch program (pt2) instead.") from error
        assert model is not None
        model.model.metadata_props.update(about)
        model.save(file, external_data=False)
    return (f"{taken.title}.", *notes.said, _checked(network, taken, notes.batch, file))


def _checked(network: nn.Module, taken: Taken, batch: int | None, file: Path) -> str:
    if find_spec(_RUNTIME) is None:
        return f"It was not checked: {_RUNTIME} is not installed."
    import onnxruntime

    session = onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])

    def run(inputs: Sequence[Tensor]) -> list[Tensor]:
        names = [each.name for each in session.get_inputs()]
        fed = {name: each.numpy() for name, each in zip(names, inputs, strict=True)}
        return [torch.from_numpy(each) for each in session.run(None, fed)]

    furthest = check(network, taken.spec, batch, run)
    return f"Checked with {_RUNTIME}: its outputs differ by {furthest:.1g} at the most."


def _check_installed() -> None:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        message = (
            f"ONNX models need {' and '.join(missing)}, which {'are' if len(missing) > 1 else 'is'} not installed."
        )
        raise CnnvizError(message, "Install them: pip install 'cnnviz[onnx]'.")


def _check_size(network: nn.Module, taken: Taken) -> None:
    size = sum(each.nbytes for each in network.state_dict().values())
    if size >= _LARGEST:
        message = f"{find(taken.spec.name).title} has {units.size(size)} of weights; an ONNX file holds 2 GB."
        raise CnnvizError(message, "Take the PyTorch program (pt2) instead.")
