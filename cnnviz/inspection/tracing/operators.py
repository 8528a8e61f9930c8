"""Sees the operators that run in this thread: what they cost, what they ask, and what they write into."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch._C import DispatchKey
from torch._ops import HigherOrderOperator
from torch.nn.parameter import is_lazy
from torch.utils.flop_counter import flop_registry

from cnnviz.foreign.randomness import OwnRandomness
from cnnviz.inspection.operator_macs import asks_data, is_product, operator_macs, writes

_BRANCHING = ("cond", "while_loop")
Outside = Callable[[Any, Any, Any, Callable[..., Any]], Any]


class Operators(OwnRandomness):  # type: ignore[no-untyped-call]  # torch's is untyped
    """Adds up what a function costs; what runs outside of all functions, as TorchScript does, is handed to ``outside``.

    What was there before is written into as by any run, and gets its values back at the end: the statistics of a layer
    that a closure shares, a counter of the user's file.

    Args:
        generator: what random operators draw from; None: the process's own.
        outside: called with an operator that no function brought about, its arguments and what runs it.
        seen: called with an operator, its arguments and what it returned.
        ours: True for a tensor that need not be put back: it was made in this run.
    """

    supports_higher_order_operators = True

    def __init__(
        self,
        generator: torch.Generator | None,
        outside: Outside,
        seen: Callable[[Any, Any, Any], None],
        ours: Callable[[Tensor], bool],
    ) -> None:
        super().__init__(generator)
        self.macs: int | None = 0
        self.asks_data = False
        self.written: list[Tensor] = []  # into which was written since somebody took note
        self._outside, self._seen, self._ours = outside, seen, ours
        self._functions = 0  # under way
        self._in_product = False
        self._kept: dict[int, tuple[Tensor, Tensor]] = {}
        self._unborn: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if any(map(_is_made_of_others, types)):
            return NotImplemented  # its own class says of which operators on which tensors it is made
        if self._functions:
            return self._run(func, types, args, kwargs or {})
        with torch._C.DisableTorchFunction():
            return self._outside(func, args, kwargs or {}, lambda: self._run(func, types, args, kwargs or {}))

    def _run(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if isinstance(func, HigherOrderOperator):
            return self._of_functions(func, args, kwargs)
        if _is_composite(func) and not any(isinstance(each, Tensor) and each.is_nested for each in args):
            with self:
                return func.decompose(*args, **kwargs)
        targets = writes(func, args, kwargs)
        self.written += targets
        for each in targets:
            if not (each.is_meta or id(each) in self._kept or id(each) in self._unborn or self._ours(each)):
                self._kept[id(each)] = each, each.detach().clone()
        self.asks_data = self.asks_data or asks_data(func, args)
        out = super().__torch_dispatch__(func, types, args, kwargs)
        if self.macs is not None:
            self._add(operator_macs(func, args, kwargs, out, self._in_product))
        self._seen(func, args, out)
        return out

    def _of_functions(self, func: HigherOrderOperator, args: Any, kwargs: Any) -> Any:
        """Run ``cond``, ``while_loop``, ``flex_attention``: by PyTorch's formula, or watching what they are given."""
        self.asks_data = self.asks_data or func.__name__ in _BRANCHING
        kernel = func.py_kernels.get(DispatchKey.CompositeExplicitAutograd)
        if func in flop_registry or kernel is None:
            output = func(*args, **kwargs)
            self._add(operator_macs(func, args, kwargs, output))
            self._seen(func, args, output)
            return output
        return kernel(*[self._watched(each) if callable(each) else each for each in args], **kwargs)

    def _watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return run

    def _add(self, cost: int | None) -> None:
        self.macs = None if cost is None or self.macs is None else self.macs + cost

    @property
    def within_function(self) -> bool:
        """True while a function runs."""
        return self._functions > 0

    def watching(self, run: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, int | None, bool]:
        """Return what ``run`` does, what it cost (None: it cannot be counted), and whether it asked for numbers."""
        before = self.macs, self.asks_data, self._in_product
        self.macs, self.asks_data, self._in_product = 0, False, is_product(run)
        self._functions += 1
        try:
            output = run(*args, **kwargs)
            return output, self.macs, self.asks_data
        finally:
            self._functions -= 1
            self.macs, self.asks_data, self._in_product = before

    def unborn(self, parameters: Iterable[Tensor | None]) -> None:
        """Of these, those of lazy layers get their first values in this run: there are none to put back."""
        self._unborn.update(id(each) for each in parameters if each is not None and is_lazy(each))

    def put_back(self) -> None:
        """Give what was written into its values back; what got the same again keeps its version, for gradients."""
        with torch.no_grad(), torch._C.DisableTorchFunction():
            for tensor, values in self._kept.values():
                if not _are_same(tensor, values):
                    tensor.copy_(values)


def _are_same(one: Tensor, other: Tensor) -> bool:
    try:
        return torch.equal(one, other)
    except RuntimeError:  # of sparse tensors nobody knows
        return False


@cache
def _is_made_of_others(kind: Any) -> bool:
    """True for a class of tensors that holds others and works on these: jagged nested tensors."""
    return kind.__torch_dispatch__ is not Tensor.__torch_dispatch__


@cache
def _is_composite(operator: Any) -> bool:
    """True for what is made of other operators, and arrives whole in inference mode and inside of ``cond``: linear."""
    return bool(torch._C._dispatch_has_kernel_for_dispatch_key(operator.name(), "CompositeImplicitAutograd"))
