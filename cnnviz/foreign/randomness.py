"""Random weights that are the same every time and draw from nobody else's random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class OwnRandomness(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Inside, everything random on the CPU, in this thread, draws from a generator of its own.

    ``torch.random.fork_rng`` would not do: the generator that it saves and restores is the whole process's, and a
    training run in another thread draws from it meanwhile.
    """

    def __init__(self, generator: torch.Generator | None) -> None:
        """``generator``: where numbers come from; None: from the process's own after all."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._generator = generator

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if self._generator is not None and _is_random(func) and (drawing := _taking_generator(func)) is not None:
            return drawing(*args, **{**given, "generator": self._generator})
        return func(*args, **given)


def seeded(seed: int) -> OwnRandomness:
    """Return a mode that draws the same numbers every time."""
    return OwnRandomness(torch.Generator().manual_seed(seed))


@cache
def _is_random(func: Any) -> bool:
    return torch.Tag.nondeterministic_seeded in func.tags


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
