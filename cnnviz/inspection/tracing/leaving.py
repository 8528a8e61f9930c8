"""Numbers that leave PyTorch for where nobody watches, and what comes back made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from torch import Tensor

from cnnviz.inspection.tracing.values import of_many, plain_name

WRITABLE = frozenset({"numpy", "__array__", "__dlpack__"})  # what is written there is in the tensor too
ONE_BY_ONE = frozenset({"item", "__float__", "__complex__"})
SHOWING = frozenset({"__repr__", "__format__"})  # as text, in which Python may look for something
_BY_ADDRESS = frozenset({"data_ptr", "untyped_storage", "storage"})
TELLING = WRITABLE | {"tolist"}  # Python gets to know the numbers
HANDING_OUT = TELLING | ONE_BY_ONE
_TAKING = frozenset(  # functions of a number of Python's, which may be the sum of many that left
    {
        "full", "full_like", "new_full", "fill", "fill_diagonal", "masked_fill", "index_fill", "scalar_tensor", "where",
        "setitem", "constant", "linspace", "arange", "clamp", "clip", "lerp",
        "add", "sub", "rsub", "subtract", "mul", "multiply", "div", "divide", "truediv", "true_divide",
    }
)  # fmt: skip
_FEW = 8  # results, each a tensor of one number: to ask for them is no work on data


class Leaving:
    """What has left in this run."""

    def __init__(self) -> None:
        self._data = self._numbers = False
        self._told: set[object] = set()

    def __bool__(self) -> bool:
        return self._data or self._numbers

    def saw(self, name: str, given: Sequence[Tensor], output: Any) -> None:
        """A function was called with data of the network's, and returned ``output``."""
        worked_on = any(each.numel() > 1 and _is_inexact(each) for each in given)  # whole ones are indices
        self._data = self._data or (bool(given) and name in WRITABLE) or (name == "tolist" and worked_on)
        if name == "tolist" and worked_on:
            self._told.update(*(each.flatten().tolist() for each in given))
        if name in ONE_BY_ONE and any(map(_is_inexact, given)):
            self._told.add(output)
            self._numbers = self._numbers or any(map(of_many, given)) or len(self._told) > _FEW

    def by_address(self, name: str, given: Sequence[Tensor]) -> bool:
        """True where a function hands out where data lie in memory: who reads and writes there is never seen.

        Raises:
            NotImplementedError: they lie nowhere: tensors on meta have the address 0, at which a process dies.
        """
        if name not in _BY_ADDRESS or not given:
            return False
        if any(each.is_meta for each in given):
            raise NotImplementedError(f"{name} of a meta tensor")
        return True

    def in_tensor(self, made: Tensor) -> bool:
        """True where a tensor that was made of numbers of Python's may hold work on what left."""
        return self._data or (self._numbers and made.is_floating_point() and not self._was_told(made))

    def in_call(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
        """True where a number of Python's that a function is given may be work on what left."""
        if not self:
            return False
        kind, numbers = plain_name(name), [each for each in (*args, *kwargs.values()) if isinstance(each, float)]
        return kind == "new_tensor" or (
            kind in _TAKING and any(isfinite(each) and each not in self._told for each in numbers)
        )

    def _was_told(self, made: Tensor) -> bool:
        return not made.is_meta and self._told.issuperset(made.flatten().tolist())


def refuse_to_show(name: str, args: Sequence[Any]) -> None:
    """Return unless a function turns a tensor into text that has no numbers.

    Raises:
        NotImplementedError: a tensor on meta has no numbers to show.
    """
    if name in SHOWING and args[0].is_meta:
        raise NotImplementedError(f"{name} of a meta tensor")


def _is_inexact(tensor: Tensor) -> bool:
    return tensor.is_floating_point() or tensor.is_complex()
