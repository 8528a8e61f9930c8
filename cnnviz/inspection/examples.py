"""Example inputs: of shapes that are known, bound to what a network's forward takes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.foreign.randomness import seeded
from cnnviz.inspection.tracing.modules import parameters_of, registered
from cnnviz.zoo.catalog import InputShape

_LARGEST = 2**63 // 16  # elements, of 16 bytes at most: a tensor's size in bytes is a signed number of 64 bits
_BY_NAME = (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD)
_BY_POSITION = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Example:
    """What a forward pass is called with."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    doubt: str = ""  # what is wrong with the number of inputs, should the run fail

    def on(self, device: str, drawn: bool = False) -> Example:
        """Return the same on another device; what comes from meta is zeros there, or drawn at random."""
        return Example(_moved(self.args, device, drawn), _moved(dict(self.kwargs), device, drawn), self.doubt)


def showing(example: Example, picture: Tensor) -> Example:
    """Return the example with ``picture`` wherever one of its shape is asked for, and zeros of its device elsewhere."""

    def put(value: Tensor) -> Tensor:
        fits = value.shape == picture.shape and value.is_floating_point()
        return picture if fits else torch.zeros(value.shape, dtype=value.dtype, device=picture.device)

    return Example(tuple(map(put, example.args)), {name: put(value) for name, value in example.kwargs.items()})


def example_for(model: nn.Module, shapes: Sequence[InputShape], batch: int, dtypes: Sequence[str] = ()) -> Example:
    """Return meta tensors of these shapes, the batch axis put in front, for what ``model.forward`` takes.

    In the order of its parameters, those that must be named by name. Where it asks for more inputs than there are
    shapes, the rest are like the last: the two pictures of a Siamese network. One that takes none gets none.
    ``dtypes`` are the kinds of number, in the same order, where they are known: else what the first layer reads, and of
    several inputs floating-point numbers.

    Raises:
        CnnvizError: no memory in the world holds an input.
    """
    parameters = _parameters(model)
    if parameters is not None and not parameters:
        return Example(())
    by_position, by_name = _asked_for(parameters or [], len(shapes))
    missing = max(0, len(by_position) + len(by_name) - len(shapes))
    wanted = [*shapes, *[shapes[-1]] * missing]
    kinds = kinds_of_number(model, len(wanted), dtypes)
    tensors = [_input(shape, batch, kind) for shape, kind in zip(wanted, kinds, strict=True)]
    first_named = len(tensors) - len(by_name)
    named = dict(zip(by_name, tensors[first_named:], strict=True))
    return Example(tuple(tensors[:first_named]), named, _doubt(parameters or [], [*by_position, *by_name], len(shapes)))


def kinds_of_number(model: nn.Module, count: int, said: Sequence[str]) -> tuple[str, ...]:
    """Return the kind of number of each of ``count`` inputs: what is said, the likeliest where nobody says."""
    guess = _first_dtype(model) if count == 1 else _float_dtype(model)
    return tuple((said[at] if at < len(said) else "") or str(guess).removeprefix("torch.") for at in range(count))


def _parameters(model: nn.Module) -> list[Parameter] | None:
    """Return what forward takes; None where that cannot be known: of an exported program, or written in C."""
    try:
        return list(inspect.signature(model.forward).parameters.values())
    except (TypeError, ValueError):
        return None


def _asked_for(parameters: Sequence[Parameter], given: int) -> tuple[list[str], list[str]]:
    """Return the names of what forward must be given by position, and of what it must be given by name.

    Where nothing can be given by position, the first ``given`` names are.
    """
    named = [each for each in parameters if each.kind is Parameter.KEYWORD_ONLY]
    by_name = [each.name for each in named if each.default is Parameter.empty]
    by_position = [each.name for each in parameters if each.kind in _BY_POSITION and each.default is Parameter.empty]
    if named and all(each.kind in _BY_NAME for each in parameters) and len(by_name) < given:
        by_name = [each.name for each in named[:given]]
    return by_position, by_name


def _doubt(parameters: Sequence[Parameter], needed: Sequence[str], given: int) -> str:
    """Return what is to be said of a run that failed with more or fewer shapes given than forward takes inputs."""
    kinds = {each.kind for each in parameters}
    if kinds == {Parameter.VAR_KEYWORD}:
        return "Its forward takes inputs by name alone: in Python, cnnviz.inspect(model, inputs={name: tensor})."
    if given < len(needed):
        takes = f"{units.counted(len(needed), 'input')} ({', '.join(needed)})"
        return f"Its forward takes {takes}, {given} given: say the shape of each."
    taken = [each.name for each in parameters if each.kind in (*_BY_POSITION, Parameter.KEYWORD_ONLY)]
    if taken and given > len(taken) and Parameter.VAR_POSITIONAL not in kinds:
        return f"Its forward takes {', '.join(taken)}; {given} inputs were given."
    return ""


def _input(shape: InputShape, batch: int, kind: str) -> Tensor:
    if prod((batch, *shape)) >= _LARGEST:
        sizes = ", ".join(map(str, shape))
        raise CnnvizError(f"({sizes}) is too large an input for a batch of {batch}.", "Choose smaller sizes.")
    return torch.empty(batch, *shape, dtype=getattr(torch, kind), device="meta")


def _first_dtype(model: nn.Module) -> torch.dtype:
    """Return what the first layer with parameters reads: whole numbers before an embedding, else its own type."""
    for module in registered(model):
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            return torch.int64
        if own := [each for each in module._parameters.values() if each is not None]:
            return _readable(own[0])
    return torch.float32


def _float_dtype(model: nn.Module) -> torch.dtype:
    return next(map(_readable, parameters_of(model)), torch.float32)


def _readable(parameter: Tensor) -> torch.dtype:
    return parameter.dtype if parameter.is_floating_point() or parameter.is_complex() else torch.float32


def _moved(value: Any, device: str, drawn: bool) -> Any:
    if isinstance(value, Tensor):
        if value.is_meta and device != "meta":
            return _drawn(value, device) if drawn else torch.zeros(value.shape, dtype=value.dtype, device=device)
        own = value.detach().to(device)  # never the user's: a network may set the flags of its input
        return own.requires_grad_() if value.requires_grad else own
    if isinstance(value, tuple | list):
        moved = [_moved(each, device, drawn) for each in value]
        return type(value)(*moved) if hasattr(value, "_fields") else type(value)(moved)
    if isinstance(value, dict):
        return {key: _moved(each, device, drawn) for key, each in value.items()}
    return value


def _drawn(value: Tensor, device: str) -> Tensor:
    """Return numbers between 0 and 1, as those of a picture are; whole ones are 1, which is an index as 0 is."""
    if not (value.is_floating_point() or value.is_complex()):
        return torch.ones(value.shape, dtype=value.dtype, device=device)
    with seeded(0):
        return torch.rand(value.shape, dtype=value.dtype, device=device)
