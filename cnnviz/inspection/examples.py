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

from cnnviz.errors import CnnvizError
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

    def on(self, device: str) -> Example:
        """Return the same on another device; what comes from meta is zeros there."""
        return Example(_moved(self.args, device), _moved(dict(self.kwargs), device), self.doubt)


def showing(example: Example, picture: Tensor) -> Example:
    """Return the example with ``picture`` wherever one of its shape is asked for, and zeros of its device elsewhere."""

    def put(value: Tensor) -> Tensor:
        fits = value.shape == picture.shape and value.is_floating_point()
        return picture if fits else torch.zeros(value.shape, dtype=value.dtype, device=picture.device)

    return Example(tuple(map(put, example.args)), {name: put(value) for name, value in example.kwargs.items()})


def example_for(model: nn.Module, shapes: Sequence[InputShape], batch: int) -> Example:
    """Return meta tensors of these shapes, the batch axis put in front, for what ``model.forward`` takes.

    In the order of its parameters, those that must be named by name. Where it asks for more inputs than there are
    shapes, the rest are like the last: the two pictures of a Siamese network. One that takes none gets none.

    Raises:
        CnnvizError: no memory in the world holds an input.
    """
    parameters = _parameters(model)
    if parameters is not None and not parameters:
        return Example(())
    by_position, by_name = _asked_for(parameters or [], len(shapes))
    missing = max(0, len(by_position) + len(by_name) - len(shapes))
    tensors = [_input(model, shape, batch, len(shapes) == 1) for shape in (*shapes, *[shapes[-1]] * missing)]
    first_named = len(tensors) - len(by_name)
    named = dict(zip(by_name, tensors[first_named:], strict=True))
    return Example(tuple(tensors[:first_named]), named, _doubt(parameters or [], [*by_position, *by_name], len(shapes)))


def shapes_of(input_shape: Sequence[int] | Sequence[Sequence[int]]) -> tuple[InputShape, ...]:
    """Return one shape for each input, given (C, H, W) or ((C, H, W), (F,)).

    Raises:
        CnnvizError: a size is below 1, or sizes stand beside shapes.
    """
    sizes = tuple(each for each in input_shape if isinstance(each, int))
    several = tuple(tuple(each) for each in input_shape if not isinstance(each, int))
    if sizes and several:
        raise CnnvizError(f"{input_shape} is no input shape.", "For several inputs give ((3, 224, 224), (10,)).")
    for shape in several or (sizes,):
        if min(shape, default=1) < 1:
            raise CnnvizError(f"{shape} is no input shape.", "Give sizes of 1 or more, such as (3, 224, 224).")
    return several or (sizes,)


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
        return f"Its forward takes {len(needed)} inputs ({', '.join(needed)}), {given} given: say the shape of each."
    taken = [each.name for each in parameters if each.kind in (*_BY_POSITION, Parameter.KEYWORD_ONLY)]
    if taken and given > len(taken) and Parameter.VAR_POSITIONAL not in kinds:
        return f"Its forward takes {', '.join(taken)}; {given} inputs were given."
    return ""


def _input(model: nn.Module, shape: InputShape, batch: int, alone: bool) -> Tensor:
    if prod((batch, *shape)) >= _LARGEST:
        sizes = ", ".join(map(str, shape))
        raise CnnvizError(f"({sizes}) is too large an input for a batch of {batch}.", "Choose smaller sizes.")
    dtype = _first_dtype(model)
    if not alone:  # which layer reads which input is not known: words come as a row of numbers, pictures do not
        has_words = any(isinstance(each, nn.Embedding | nn.EmbeddingBag) for each in model.modules())
        dtype = torch.int64 if has_words and len(shape) == 1 else _float_dtype(model)
    return torch.empty(batch, *shape, dtype=dtype, device="meta")


def _first_dtype(model: nn.Module) -> torch.dtype:
    """Return what the first layer with parameters reads: whole numbers before an embedding, else its own type."""
    for module in model.modules():
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            return torch.int64
        for parameter in module.parameters(recurse=False):
            return _readable(parameter)
    return torch.float32


def _float_dtype(model: nn.Module) -> torch.dtype:
    return next(map(_readable, model.parameters()), torch.float32)


def _readable(parameter: Tensor) -> torch.dtype:
    return parameter.dtype if parameter.is_floating_point() or parameter.is_complex() else torch.float32


def _moved(value: Any, device: str) -> Any:
    if isinstance(value, Tensor):
        if value.is_meta and device != "meta":
            return torch.zeros(value.shape, dtype=value.dtype, device=device)
        return value.to(device)
    if isinstance(value, tuple | list):
        moved = [_moved(each, device) for each in value]
        return type(value)(*moved) if hasattr(value, "_fields") else type(value)(moved)
    if isinstance(value, dict):
        return {key: _moved(each, device) for key, each in value.items()}
    return value
