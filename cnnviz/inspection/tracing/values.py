"""What a call takes and hands back: tensors in whatever holds them, and work that is still to be done."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch._ops import OpOverload, OpOverloadPacket

from cnnviz.inspection.call import Shape

_NO_TENSORS = frozenset({nn.Parameter, int, float, bool, str, type(None), torch.dtype, torch.device, torch.Size})
_SEQUENCES, _MAPPINGS = (tuple, list), (dict, Mapping)  # a plain one is told without asking Mapping, which is slow
_LATER = (Iterator, AsyncIterator, Coroutine, FunctionType, MethodType, partial)
_LIBRARIES = ("aten", "prim", "prims", "torchvision", "quantized", "profiler")
_TURNED = ("T", "mT", "H", "mH")  # attributes that are another tensor: its axes exchanged
# Functions that read facts about a tensor or only move it; they are no layers of the picture.
SILENT = frozenset(
    {
        "__get__", "__set__", "__len__", "__repr__", "__format__", "size", "dim", "numel", "stride", "is_contiguous",
        "is_floating_point", "to", "type", "type_as", "float", "half", "contiguous", "detach", "clone",
        "requires_grad_",
    }
)  # fmt: skip
SILENT_OPERATORS = frozenset({"detach", "alias", "clone", "to_copy", "lift_fresh", "lift"})
ARRIVING = (torch.ops.aten.lift_fresh, torch.ops.aten.lift)  # a tensor was made of what is none
_OPERATOR_NAMES = ("add", "sub", "mul", "div", "truediv", "matmul", "pow", "floordiv", "mod")


def tensors(value: Any) -> list[Tensor]:
    """Return the tensors in nested tuples, lists, mappings and dataclasses, parameters left out."""
    kind = type(value)
    if kind is Tensor:  # almost all are; asking for a subclass is slow
        return [value]
    if kind in _NO_TENSORS:
        return []
    if isinstance(value, Tensor):
        return [] if isinstance(value, nn.Parameter) else [value]
    return [tensor for each in _inside(value) if type(each) not in _NO_TENSORS for tensor in tensors(each)]


def with_parameters(value: Any) -> list[Tensor]:
    """Return the tensors in ``value``, as ``tensors`` does, and the parameters."""
    if isinstance(value, Tensor):
        return [value]
    return [tensor for each in _inside(value) for tensor in with_parameters(each)]


def is_work(value: Any) -> bool:
    """True for a generator, a function or a coroutine, or what holds one: it computes when somebody asks for more."""
    if type(value) is Tensor or type(value) in _NO_TENSORS or isinstance(value, Tensor | nn.Module):
        return False
    return isinstance(value, _LATER) or any(is_work(each) for each in _inside(value))


def _inside(value: Any) -> list[Any]:
    if isinstance(value, _SEQUENCES):
        return list(value)
    if isinstance(value, _MAPPINGS):
        return list(value.values())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, each.name, None) for each in dataclasses.fields(value)]
    return []


def function_name(function: Any) -> str:
    """Return the name of a function or operator, with its library's where that is not PyTorch's: "mine_relu".

    ``x.mT`` is the function "mT", any other attribute that is asked for "__get__".
    """
    name = str(getattr(function, "__name__", ""))
    if name == "__get__":
        asked = getattr(getattr(function, "__self__", None), "__name__", "")
        return asked if asked in _TURNED else name
    if isinstance(function, OpOverload | OpOverloadPacket):
        library = str(function).partition(".")[0]
        return name if library in _LIBRARIES else f"{library}_{name}"
    return name


def plain_name(name: str) -> str:
    """Return "add" for ``__iadd__``, ``__radd__`` and ``add_``; "conv2d" for ``conv2d.default``."""
    bare = name.partition(".")[0].strip("_")
    return bare[1:] if bare[1:] in _OPERATOR_NAMES and bare[0] in "ir" else bare


def shape_of(tensor: Tensor) -> Shape:
    """Return a tensor's shape; () of a nested one, whose rows are of several lengths."""
    if tensor.is_nested:
        return ()
    return tuple(tensor.shape)


def bytes_of(tensor: Tensor) -> int:
    """Return what its values take."""
    try:
        return tensor.values().nbytes if tensor.is_nested else tensor.nbytes
    except RuntimeError:  # sparse
        return tensor.numel() * tensor.element_size()


def elements(tensor: Tensor) -> int:
    """Return how many numbers it holds: none, if it is a lazy layer's that has not run and does not know its size."""
    return 0 if nn.parameter.is_lazy(tensor) else tensor.numel()


def storage_of(tensor: Tensor) -> int:
    """Return what is the same for tensors that share memory."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, ValueError):  # sparse tensors, those inside torch.func and lazy parameters show none
        return id(tensor)


def version_of(tensor: Tensor) -> int:
    """Return how often it, or what shares its memory, was written into: not of tensors that keep no count."""
    try:
        return tensor._version
    except (RuntimeError, ValueError):  # made in inference mode, or lazy
        return 0


def of_many(tensor: Tensor) -> bool:
    """True for numbers out of a memory that holds more than one: no single result, such as a mean."""
    try:
        return tensor.untyped_storage().nbytes() > tensor.element_size()
    except (RuntimeError, ValueError):  # as above
        return True


def is_data_set(function: Any) -> bool:
    """True for ``x.data = y``."""
    return getattr(function, "__name__", "") == "__set__" and function.__self__.__name__ == "data"
