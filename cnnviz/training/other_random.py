"""NumPy's and Python's random numbers, of which a network of somebody's may draw: seeded, and as arrays and back."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_WORDS = 624  # of a Mersenne Twister; float64 holds each of 32 bits


@contextmanager
def others_seeded(seed: int) -> Iterator[None]:
    """Inside, NumPy and Python draw from ``seed`` on; afterwards theirs go on where they were.

    They are the whole process's, and stay the run's between two events too: who draws of them meanwhile takes from it.
    """
    before = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


def others_captured() -> dict[str, Floats]:
    """Return where they stand: the words of each, the place in them, and what was drawn of a normal in advance."""
    _, (*words, at), spare = random.getstate()
    _, keys, place, has_spare, other_spare = np.random.get_state()
    return {
        "python": np.array([*words, at, math.nan if spare is None else spare]),
        "numpy": np.array([*keys, place, other_spare if has_spare else math.nan]),
    }


def restore_others(captured: Mapping[str, Floats]) -> None:
    """Let them stand where they stood; those that are missing stay.

    Raises:
        ValueError, TypeError: they never stood there.
    """
    if "python" in captured:
        words, at, spare = _parts(captured["python"])
        random.setstate((3, (*words, at), spare))
    if "numpy" in captured:
        words, at, spare = _parts(captured["numpy"])
        np.random.set_state(("MT19937", np.array(words, np.uint32), at, int(spare is not None), spare or 0.0))


def _parts(array: Floats) -> tuple[list[int], int, float | None]:
    """NumPy reads on beyond the words where the place is."""
    *words, at, spare = map(float, array)
    if len(words) != _WORDS or not all(each.is_integer() and 0 <= each < 2**32 for each in words) or not any(words):
        raise ValueError("random numbers that stand nowhere")
    if not (at.is_integer() and 0 <= at <= _WORDS):
        raise ValueError("random numbers that stand beyond their end")
    return [int(each) for each in words], int(at), None if math.isnan(spare) else spare
