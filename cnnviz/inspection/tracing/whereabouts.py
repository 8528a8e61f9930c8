"""Whether a network asks where its numbers lie: what it does where there are none proves nothing then."""

from __future__ import annotations

import sys
from functools import cache
from types import CodeType
from typing import Any

from torch import Tensor

_DEVICE = Tensor.device.__get__
_ASKS = frozenset(getattr(Tensor, name).__get__ for name in ("is_meta", "is_cpu", "is_cuda", "is_mps", "is_xpu"))
_DEVICES = frozenset({"cpu", "cuda", "meta", "mps", "xla", "xpu", "npu", "hpu"})
_KNOWN = ("torch", "torchvision")  # whose own questions change no shape


def asks_place(function: Any) -> bool:
    """True where the caller's caller, no code of PyTorch's, asks for what is other on meta than on a device.

    To ask for a device is usual, to make other tensors there; whoever names devices too is taken to compare.
    """
    if function not in _ASKS and function != _DEVICE:
        return False
    asking = sys._getframe(2)
    if str(asking.f_globals.get("__name__", "")).partition(".")[0] in _KNOWN:
        return False
    return function in _ASKS or _names_a_device(asking.f_code)


@cache
def _names_a_device(code: CodeType) -> bool:
    held = [each if isinstance(each, tuple | frozenset) else (each,) for each in code.co_consts]
    return any(isinstance(each, str) and each.partition(":")[0] in _DEVICES for some in held for each in some)
