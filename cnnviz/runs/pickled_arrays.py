"""NumPy's arrays out of pickles, without NumPy's own constructors: stand-ins that hold numbers alone. No torch."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

_NUMBERS = ("b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8")
_ORDERS = ("|", "<", ">", "=")


class PickledType:
    """Stands for ``numpy.dtype``."""

    def __init__(self, code: object = "", *_: object) -> None:
        self.code = code.decode("latin1") if isinstance(code, bytes) else str(code)
        self.order = "|"

    def __setstate__(self, state: tuple[object, ...]) -> None:
        self.order = str(state[1])


class PickledArray:
    """Stands for ``numpy.ndarray``: remembers its state, and becomes an array of numbers or nothing."""

    def __init__(self, *_: object) -> None:
        self.state: tuple[object, ...] = ()

    def __setstate__(self, state: tuple[object, ...]) -> None:
        self.state = state

    def array(self) -> npt.NDArray[np.generic]:
        """Return the numbers.

        Raises:
            UnpicklingError: they are none.
            ValueError: there are more or fewer of them than the shape says.
        """
        if len(self.state) != 5:
            raise pickle.UnpicklingError("an array without a state")
        _version, shape, kind, by_column, data = self.state
        if not isinstance(kind, PickledType) or kind.code not in _NUMBERS or kind.order not in _ORDERS:
            raise pickle.UnpicklingError("an array of something else than numbers")
        raw = data.encode("latin1") if isinstance(data, str) else data
        values = np.frombuffer(raw, kind.order + kind.code)  # type: ignore[call-overload]  # what is no buffer raises TypeError
        shaped = values.reshape(shape, order="F" if by_column else "C")
        return np.asarray(shaped, shaped.dtype.newbyteorder("="))


def _from_buffer(data: object, kind: object, shape: object, order: object) -> PickledArray:
    array = PickledArray()
    array.state = (1, shape, kind, order == "F", data)
    return array


_STAND_INS: dict[str, Callable[..., object]] = {
    "numpy.core.multiarray._reconstruct": PickledArray,
    "numpy.core.numeric._frombuffer": _from_buffer,
    "numpy.ndarray": PickledArray,
    "numpy.dtype": PickledType,
}


def stand_in(name: str) -> Callable[..., object] | None:
    """Return what stands for a thing of NumPy's, "numpy.ndarray"; None for any other."""
    return _STAND_INS.get(name.replace("numpy._core", "numpy.core"))
