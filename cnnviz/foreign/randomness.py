"""Random weights that are the same every time and draw from nobody else's random numbers."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode


class OwnRandomness(TorchDispatchMode):  # type: ignore[no-untyped-call]  # untyped in torch
    """Inside, everything random on the CPU, in this thread, draws from a generator of its own.

    That one is seeded by ``torch.manual_seed`` meanwhile. What names a generator draws from that.
    ``torch.random.fork_rng`` would not do: the generator that it saves and restores is the whole process's, and a
    training run in another thread draws from it meanwhile.
    """

    def __init__(self, generator: torch.Generator | None) -> None:
        """``generator``: where numbers come from; None: from the process's own after all."""
        super().__init__()  # type: ignore[no-untyped-call]  # untyped in torch
        self._generator = generator

    def __enter__(self) -> Any:
        _stand_in(self._generator)
        return super().__enter__()  # type: ignore[no-untyped-call]  # untyped in torch

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)  # type: ignore[no-untyped-call]  # untyped in torch
        _step_back()

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        named = given.get("generator")
        if self._generator is None or not (named is None or named is torch.default_generator):
            return func(*args, **given)
        if is_random(func) and (drawing := _taking_generator(func)) is not None:
            return drawing(*args, **{**given, "generator": self._generator})
        return func(*args, **given)


@contextmanager
def standing_in(generator: torch.Generator) -> Iterator[None]:
    """Inside, ``torch.manual_seed`` and its kin seed, in this thread, this generator, of which somebody else draws."""
    _stand_in(generator)
    try:
        yield
    finally:
        _step_back()


def seeded(seed: int) -> OwnRandomness:
    """Return a mode that draws the same numbers every time."""
    return OwnRandomness(torch.Generator().manual_seed(seed))


@cache
def is_random(operator: Any) -> bool:
    """Return True for an operator that draws random numbers."""
    return torch.Tag.nondeterministic_seeded in (getattr(operator, "tags", None) or ())


@dataclass(frozen=True, slots=True)
class RandomState:
    """Where PyTorch's, NumPy's and Python's random numbers stand."""

    torch: torch.Tensor
    numpy: Any
    python: Any


def random_state() -> RandomState:
    """Return where this thread's random numbers stand: inside ``seeded``, those of its generator."""
    return RandomState(torch.get_rng_state(), np.random.get_state(), random.getstate())


@contextmanager
def random_from(state: RandomState | None) -> Iterator[None]:
    """Inside, NumPy and Python draw from ``state`` on, and PyTorch does where a generator of its own stands in.

    Afterwards NumPy's and Python's numbers go on where they were. None: from a seed that is always the same. They are
    the whole process's, so one thread at a time is inside.
    """
    with _numbers, _drawing_from(state):
        yield


class drawn_apart:  # noqa: N801  used as a function is
    """Inside, NumPy and Python draw from a seed that is always the same; afterwards theirs go on where they were.

    A thread that is inside too, or that builds, draws from the same meanwhile.
    """

    was_drawn_from = False

    def __enter__(self) -> Self:
        self._drawing = _drawing_from(None)
        self._drawing.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self.was_drawn_from = _drawn() != _undrawn()
        self._drawing.__exit__(None, None, None)


@contextmanager
def _drawing_from(state: RandomState | None) -> Iterator[None]:
    outermost = not getattr(_here, "is_drawing", False)
    before = _as_found(+1) if outermost else (np.random.get_state(), random.getstate())
    _here.is_drawing = True
    if state is None:
        np.random.seed(0)
        random.seed(0)
    else:
        np.random.set_state(state.numpy)
        random.setstate(state.python)
        if _own_generator() is not None:
            torch.set_rng_state(state.torch)
    try:
        yield
    finally:
        np.random.set_state(before[0])
        random.setstate(before[1])
        if outermost:
            _here.is_drawing = False
            _as_found(-1)


def _as_found(more: int) -> tuple[Any, Any]:
    """Count a thread in or out; return what the first that is inside found: what others draw from now is not that."""
    global _drawing, _found
    with _lock:
        if _drawing == 0:
            _found = np.random.get_state(), random.getstate()
        _drawing += more
        found: tuple[Any, Any] = _found
        return found


def _drawn() -> object:
    return _comparable(random.getstate(), np.random.get_state())


@cache
def _undrawn() -> object:
    """Return ``_drawn()`` as it is where nobody has drawn since the seed."""
    return _comparable(random.Random(0).getstate(), np.random.RandomState(0).get_state())


def _comparable(python: Any, numpy: Any) -> object:
    return python, numpy[1].tobytes(), numpy[2:]


class _StandIn:
    """What ``torch.manual_seed``, ``get_rng_state``, ``fork_rng`` … reach for: the thread's own generator, if any."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_own_generator() or torch.default_generator, name)


_here = threading.local()
_numbers = threading.RLock()  # NumPy's and Python's
_lock = threading.Lock()
_users = 0  # modes that are entered, in all threads
_drawing = 0  # threads that are inside of ``_drawing_from``
_found: Any = None  # NumPy's and Python's states, by the first of them


def _own_generators() -> list[torch.Generator | None]:
    if not hasattr(_here, "generators"):
        _here.generators = []
    found: list[torch.Generator | None] = _here.generators
    return found


def _own_generator() -> torch.Generator | None:
    return next(reversed(_own_generators()), None)


def _stand_in(generator: torch.Generator | None) -> None:
    _own_generators().append(generator)
    _count_users(+1)


def _step_back() -> None:
    _count_users(-1)
    _own_generators().pop()


def _count_users(more: int) -> None:
    """Let the functions of ``torch.random`` find the stand-in while some thread draws from a generator of its own."""
    global _users
    with _lock:
        _users += more
        found = _StandIn() if _users else torch.default_generator
        torch.random.default_generator = found  # type: ignore[attr-defined, assignment]  # ours acts as torch's


@cache
def _taking_generator(func: Any) -> Any:
    """Return ``func`` or its overload that takes a generator: ``rand.generator`` for ``rand``; None where none does."""
    packet = func.overloadpacket
    overloads = [func, *(getattr(packet, name) for name in packet.overloads())]
    return next((each for each in overloads if _generator_apart(each) == (True, _generator_apart(func)[1])), None)


def _generator_apart(func: Any) -> tuple[bool, list[tuple[str, str]]]:
    arguments = [(argument.name, str(argument.type)) for argument in func._schema.arguments]
    others = [argument for argument in arguments if argument[0] != "generator"]
    return len(others) < len(arguments), others
