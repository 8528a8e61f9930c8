"""Max pooling before ReLU where a network asks for it after: the same values and gradients, a quarter of the work.

ReLU is monotone: the largest of what it returns is what it returns for the largest, max(relu(x)) = relu(max(x)), and a
gradient reaches the same one number, bit for bit. The network's modules are called as they are; only what ``relu``
computes is put off until somebody reads it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

_RELU = {functional.relu, torch.relu, Tensor.relu}
_IN_PLACE = {torch.relu_, Tensor.relu_}  # functional.relu_ is torch's
_MAX_POOLINGS = {
    functional.max_pool1d,
    functional.max_pool2d,
    functional.max_pool3d,
    torch.max_pool1d,
    torch.max_pool2d,
    torch.max_pool3d,
}


class PoolFirst(TorchFunctionMode):
    """Inside, in this thread, a max pooling that reads a ReLU comes before it.

    Whatever else reads a ReLU that was put off is given what it comes to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.swapped = 0  # poolings that came first
        self._put_off: dict[int, _PutOff] = {}  # by what stands for its result, and by what it is of

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        if (of := _relu_of(func, args, given)) is not None:
            self._read((of,), {})
            return self._put(of, func in _IN_PLACE or _is_in_place(args, given))
        if not self._put_off:
            return func(*args, **given)
        if func in _MAX_POOLINGS and (of := self._pooled(args, given)) is not None:
            self.swapped += 1
            return torch.relu_(func(of, *args[1:], **given))
        args, given = self._read(args, given)
        return func(*args, **given)

    def _put(self, of: Tensor, in_place: bool) -> Tensor:
        result = of if in_place else of.view_as(of)
        waiting = _PutOff(of, weakref.ref(result), in_place)
        self._put_off[id(result)] = self._put_off[id(of)] = waiting
        return result

    def _pooled(self, args: tuple[Any, ...], given: Mapping[str, Any]) -> Tensor | None:
        """Return what a ReLU is of that a pooling is given, if nobody has computed it."""
        found = self._put_off.get(id(args[0])) if args and not given.get("return_indices") else None
        if found is None or found.result() is not args[0]:
            return None
        found.was_pooled = True
        return found.of

    def _read(self, args: tuple[Any, ...], given: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return these with what they come to for what was put off."""
        if not self._put_off:
            return args, given
        return self._replaced(args), self._replaced(given)

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            found = self._put_off.get(id(value))
            return value if found is None else found.read_as(value)
        if type(value) in (tuple, list):
            return type(value)(map(self._replaced, value))
        return {key: self._replaced(each) for key, each in value.items()} if type(value) is dict else value


class _PutOff:
    """A ReLU that was asked for."""

    def __init__(self, of: Tensor, result: weakref.ref[Tensor], in_place: bool) -> None:
        self.of: Tensor | None = of  # None: it was computed
        self.result, self._in_place = result, in_place
        self.was_pooled = False  # a gradient needs ``of`` as it is
        self._value: Tensor | None = None  # what it comes to, once somebody has read it

    def read_as(self, value: Tensor) -> Tensor:
        """Return what is to be read for ``value``: the ReLU for its result; itself for what it is of."""
        result = self.result()
        is_result = value is result
        if self.of is not None and result is not None and (is_result or value is self.of):  # who is given it may write
            write = self._in_place and not self.was_pooled
            self._value, self.of = torch.relu_(self.of) if write else torch.relu(self.of), None
        return self._value if is_result and self._value is not None else value


def has_hooks(network: nn.Module) -> bool:
    """True for a network in which a hook would see what a ReLU has not computed yet."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return any(getattr(module, each) for module in network.modules() for each in hooks)


def _relu_of(func: Callable[..., Any], args: tuple[Any, ...], given: Mapping[str, Any]) -> Tensor | None:
    """Return what a ReLU is asked of; None for all other functions, and for a ReLU of what is no activation."""
    if func not in _RELU and func not in _IN_PLACE:
        return None
    of = args[0] if args else given.get("input")
    return of if type(of) is Tensor and of.dim() > 2 else None


def _is_in_place(args: tuple[Any, ...], given: Mapping[str, Any]) -> bool:
    return bool(given.get("inplace") or args[1:2] == (True,))
