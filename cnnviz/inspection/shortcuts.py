"""Answers for tensors without data: what the common functions return, without PyTorch's slow Python meta kernels.

Every shortcut either returns what the real function would (shape, dtype, strides, the same object when in place) or
``NotImplemented``; then the real function runs, and raises its own error where it must.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def _floats(data: Any) -> bool:
    """True for a floating-point meta tensor of a plain class."""
    return isinstance(data, Tensor) and data.is_meta and data.is_floating_point()


def _plain(data: Any) -> bool:
    """True for one that is contiguous, too."""
    return _floats(data) and data.is_contiguous()


def _like(data: Tensor) -> Tensor:
    """Return what an elementwise function of ``data`` does: strides are kept, as TensorIterator keeps them."""
    return data.new_empty(data.shape) if data.is_contiguous() else torch.empty_like(data)


def _same(data: Tensor, *_rest: object, inplace: bool = False, **_named: object) -> Any:
    if not _floats(data):
        return NotImplemented
    return data if inplace is True else _like(data)


def _flagged(position: int) -> Callable[..., Any]:
    """The shortcut of a function whose ``inplace`` is argument number ``position`` after the data."""

    def same(data: Tensor, *rest: Any, inplace: bool = False, **_named: object) -> Any:
        return _same(data, inplace=rest[position] if len(rest) > position else inplace)

    return same


def _dropout(data: Tensor, *rest: Any, **named: Any) -> Any:
    return _flagged(2)(data, *rest, **named) if _plain(data) else NotImplemented  # in eval mode strides may be kept


def _in_place(data: Tensor, *_rest: object, **_named: object) -> Any:
    return data if _floats(data) else NotImplemented


def _batch_norm(data: Tensor, running_mean: Tensor | None, *_rest: Any, **_named: Any) -> Any:
    if not _plain(data) or data.dim() < 2 or running_mean is None or running_mean.shape[0] != data.shape[1]:
        return NotImplemented
    if data.numel() == data.shape[1]:  # one value for each channel: in training the real one refuses
        return NotImplemented
    return data.new_empty(data.shape)


def _layer_norm(data: Tensor, normalized_shape: Any, *_rest: Any, **_named: Any) -> Any:
    if not _floats(data) or tuple(data.shape[-len(normalized_shape) :]) != tuple(normalized_shape):
        return NotImplemented
    return data.new_empty(data.shape)  # contiguous, whatever the input's strides


def _arithmetic(left: Any, right: Any, *rest: Any, **named: Any) -> Any:
    """``+`` or ``*`` of a number, of equal shapes, or of one that is broadcast to the other's shape."""
    if rest or named:
        return NotImplemented
    if isinstance(right, int | float) and _floats(left):
        return _like(left)
    if not _plain(left) or not _plain(right) or left.dtype != right.dtype:
        return NotImplemented
    large, small = (left, right) if (left.numel(), left.dim()) >= (right.numel(), right.dim()) else (right, left)
    if not _broadcasts(small.shape, large.shape):
        return NotImplemented
    return large.new_empty(large.shape)


def _broadcasts(small: torch.Size, large: torch.Size) -> bool:
    """True when every axis of ``small`` is that of ``large``, or 1."""
    aligned = zip(reversed(small), reversed(large), strict=False)
    return small == large or (len(small) <= len(large) and all(a in (1, b) for a, b in aligned))


def _arithmetic_in_place(left: Any, right: Any, *rest: Any, **named: Any) -> Any:
    if rest or named or not _plain(left) or not _plain(right) or left.shape != right.shape or left.dtype != right.dtype:
        return NotImplemented
    return left


def _conv2d(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    settings = (stride, padding, dilation)
    if not all(type(pair) is tuple and len(pair) == 2 for pair in settings) or not (_plain(data) and weight.is_meta):
        return NotImplemented
    fits = data.dim() == 4 and data.shape[1] == weight.shape[1] * groups and data.dtype == weight.dtype
    kernel = weight.shape[2:]
    sizes = [(data.shape[i + 2] + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1) // stride[i] + 1 for i in (0, 1)]
    if not fits or min(sizes) < 1 or weight.shape[0] % groups or (bias is not None and bias.dtype != data.dtype):
        return NotImplemented
    return data.new_empty((data.shape[0], weight.shape[0], *sizes))


def _linear(data: Tensor, weight: Tensor, bias: Tensor | None = None) -> Any:
    if not _plain(data) or not weight.is_meta or weight.dim() != 2 or data.dtype != weight.dtype or data.dim() < 1:
        return NotImplemented
    if data.shape[-1] != weight.shape[1] or (bias is not None and bias.dtype != data.dtype):
        return NotImplemented
    return data.new_empty((*data.shape[:-1], weight.shape[0]))


def _cat(tensors: Any, dim: Any = 0, *rest: Any, **named: Any) -> Any:
    if rest or named or type(dim) is not int or not isinstance(tensors, list | tuple) or not tensors:
        return NotImplemented
    first = tensors[0]
    if not all(_plain(each) and each.dim() == 4 and each.dtype == first.dtype for each in tensors) or dim != 1:
        return NotImplemented
    rows = {(each.shape[0], each.shape[2], each.shape[3]) for each in tensors}
    if len(rows) != 1:
        return NotImplemented
    channels = sum(each.shape[1] for each in tensors)
    return first.new_empty((first.shape[0], channels, *first.shape[2:]))


SHORTCUTS: Mapping[Callable[..., Any], Callable[..., Any]] = {
    functional.conv2d: _conv2d,
    functional.linear: _linear,
    functional.batch_norm: _batch_norm,
    functional.layer_norm: _layer_norm,
    functional.relu: _flagged(0),
    functional.relu6: _flagged(0),
    functional.silu: _flagged(0),
    functional.hardswish: _flagged(0),
    functional.hardsigmoid: _flagged(0),
    functional.hardtanh: _flagged(2),
    functional.leaky_relu: _flagged(1),
    functional.elu: _flagged(1),
    functional.dropout: _dropout,
    functional.gelu: _same,
    torch.relu: _same,
    torch.relu_: _in_place,
    torch.sigmoid: _same,
    torch.tanh: _same,
    Tensor.relu: _same,
    Tensor.sigmoid: _same,
    torch.add: _arithmetic,
    torch.mul: _arithmetic,
    Tensor.add: _arithmetic,
    Tensor.__add__: _arithmetic,
    Tensor.mul: _arithmetic,
    Tensor.__mul__: _arithmetic,
    Tensor.__rmul__: _arithmetic,
    Tensor.__radd__: _arithmetic,
    Tensor.add_: _arithmetic_in_place,
    Tensor.__iadd__: _arithmetic_in_place,
    torch.cat: _cat,
}


def shortcut(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what ``function`` would, or ``NotImplemented`` where the real one has to say it."""
    answer = SHORTCUTS.get(function)
    if answer is None:
        return NotImplemented
    try:
        return answer(*args, **kwargs)
    except (TypeError, AttributeError, IndexError):  # unusual arguments
        return NotImplemented
