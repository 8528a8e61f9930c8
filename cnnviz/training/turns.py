"""Steps in several ways that take turns, so that what slows the machine hits all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Generator, Mapping
from typing import NamedTuple, TypeVar

from cnnviz.training.step import Way

_SECONDS, _UNSURE_SECONDS = 0.6, 1.2  # of turns that agree, and of turns that do not
_FEWEST_TURNS, _MOST_TURNS = 2, 50  # 20 of LeNet are 0.2 s, in which a window can be in the way of one way only
_LONG_TURN_SECONDS = 1.5  # in which setting up is a small part
_ALIKE = 1.5  # the upper quartile of turns that agree, in the lower one: what differs more is the machine's doing

_Result = TypeVar("_Result")
Turns = list[dict[Way, float]]  # the seconds of a step in each way, one behind the other
Step = Callable[[int], float]  # of so many images; returns its seconds


class Trial(NamedTuple):
    """What is about to be measured."""

    what: str  # "2 of 3, channels_last + bf16"
    is_first: bool = True  # of its kind: nobody knows how long it takes


Steps = Generator[Trial, None, _Result]  # yields before each step, in which nothing else can be told


class Ratio(NamedTuple):
    """One way's seconds in another's, turn by turn: the quartiles; of two or three turns, the least and the most."""

    low: float
    middle: float
    high: float

    @property
    def is_sure(self) -> bool:
        return self.high <= _ALIKE * self.low


def take_turns(steps: Mapping[Way, Step], count: int) -> Steps[Turns]:
    """Return the seconds of a step in each way, in turns.

    A machine that is busy with something else slows single steps ten times and more. Steps that follow each other
    are compared, so that what lasts hits all of them, and what does not is seen: the turns disagree. The first turn,
    which sets things up, is left out, unless it took so long that setting up is a small part of it.
    """
    first = yield from _turn(steps, count, {})
    turns, newest = [first] if sum(first.values()) > _LONG_TURN_SECONDS else [], first
    begin = time.perf_counter()
    while len(turns) < _FEWEST_TURNS or (time.perf_counter() - begin < _enough(turns) and len(turns) < _MOST_TURNS):
        newest = yield from _turn(steps, count, newest)
        turns.append(newest)
    return turns


def ratio_of(turns: Turns, way: Way, other: Way) -> Ratio:
    """Return how one way's seconds compare with another's."""
    ratios, last = sorted(turn[way] / turn[other] for turn in turns), len(turns) - 1
    return Ratio(ratios[last // 4], statistics.median(ratios), ratios[last - last // 4])


def _enough(turns: Turns) -> float:
    """Return for how many seconds to take turns."""
    one, *others = turns[0]
    return _SECONDS if all(ratio_of(turns, other, one).is_sure for other in others) else _UNSURE_SECONDS


def _turn(steps: Mapping[Way, Step], count: int, before: Mapping[Way, float]) -> Steps[dict[Way, float]]:
    """``before``: what the turn before this one came to, if there was one."""
    times: dict[Way, float] = {}
    for at, (way, step) in enumerate(steps.items(), 1):
        yield Trial(f"{at} of {len(steps)}, {way}{_found({**before, **times})}", not before)
        times[way] = step(count)
    return times


def _found(times: Mapping[Way, float]) -> str:
    """Return what is known of steps in each way."""
    known = ", ".join(f"{way} {_spoken(seconds)}" for way, seconds in times.items())
    return f"  ·  a step takes {known}" if known else ""


def _spoken(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 9.95 else f"{seconds:.0f} s"
