"""Answers of elementwise functions on tensors without data: the shape of what goes in, and its strides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def floats(data: Any) -> bool:
    """True for a floating-point meta tensor of a plain class."""
    return isinstance(data, Tensor) and data.is_meta and data.is_floating_point()


def plain(data: Any) -> bool:
    """True for one that is contiguous, too."""
    return floats(data) and data.is_contiguous()


def like(data: Tensor) -> Tensor:
    """Return what an elementwise function of ``data`` does: strides are kept, as TensorIterator keeps them."""
    return data.new_empty(data.shape) if data.is_contiguous() else torch.empty_like(data)


def overwritten(data: Tensor) -> Tensor:
    """Return the tensor itself, which counts one more write, as after any function that works in place."""
    torch.autograd.graph.increment_version(data)
    return data


def same(data: Tensor, *_rest: object, inplace: bool = False, **_named: object) -> Any:
    if not floats(data):
        return NotImplemented
    return overwritten(data) if inplace is True else like(data)


def flagged(position: int) -> Callable[..., Any]:
    """The shortcut of a function whose ``inplace`` is argument number ``position`` after the data."""

    def answer(data: Tensor, *rest: Any, inplace: bool = False, **_named: object) -> Any:
        return same(data, inplace=rest[position] if len(rest) > position else inplace)

    return answer


def dropout(data: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """What drops nothing returns its input itself."""
    if not floats(data) or not 0 <= p <= 1:
        return NotImplemented
    if p == 0 or not training:
        return data
    return same(data, inplace=inplace) if plain(data) else NotImplemented


def in_place(data: Tensor, *_rest: object, **_named: object) -> Any:
    return overwritten(data) if floats(data) else NotImplemented


def clamp(data: Tensor, *limits: Any, **named: Any) -> Any:
    given = [each for each in (*limits, *named.values()) if each is not None]
    numbers = bool(given) and all(type(each) in (int, float) for each in given)
    return like(data) if numbers and floats(data) else NotImplemented


def roll(data: Tensor, *_rest: object, **_named: object) -> Any:
    return data.new_empty(data.shape) if plain(data) else NotImplemented


def normalize(data: Tensor, *rest: object, dim: int = 1, out: object = None, **_named: object) -> Any:
    fits = not rest and out is None and floats(data) and -data.dim() <= dim < data.dim()
    return like(data) if fits else NotImplemented


def arithmetic(left: Any, right: Any, *rest: Any, **named: Any) -> Any:
    """``+`` or ``*`` of a number, of equal shapes, or of one that is broadcast to the other's shape."""
    if rest or named or not floats(left):
        return NotImplemented
    if type(right) in (int, float):
        return like(left)
    if not floats(right) or left.dtype != right.dtype:
        return NotImplemented
    large, small = (left, right) if (left.numel(), left.dim()) >= (right.numel(), right.dim()) else (right, left)
    if small.is_contiguous() and large.is_contiguous():
        return large.new_empty(large.shape) if broadcasts(small.shape, large.shape) else NotImplemented
    one_axis = sum(size > 1 for size in small.shape) <= 1  # it has no say in the order of strides
    return torch.empty_like(large) if one_axis and broadcasts(small.shape, large.shape) else NotImplemented


def broadcasts(small: torch.Size, large: torch.Size) -> bool:
    """True when every axis of ``small`` is that of ``large``, or 1."""
    aligned = zip(reversed(small), reversed(large), strict=False)
    return small == large or (len(small) <= len(large) and all(a in (1, b) for a, b in aligned))


def arithmetic_in_place(left: Any, right: Any, *rest: Any, **named: Any) -> Any:
    if rest or named or not plain(left) or not plain(right) or left.shape != right.shape or left.dtype != right.dtype:
        return NotImplemented
    return overwritten(left)
