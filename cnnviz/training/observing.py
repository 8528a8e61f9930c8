"""Looks at what a run tells of itself, and adds what is wrong with it. No torch here."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, nullcontext

from cnnviz.training import diagnosis
from cnnviz.training.diagnosis import BLOCK, STUCK_BLOCKS, Block
from cnnviz.training.events import (
    Diagnosed,
    EpochDone,
    Event,
    Journalled,
    LayersSeen,
    RunFinished,
    RunStarted,
    StepsDone,
)

_Found = Iterator[Diagnosed | None]


def observed(events: Iterable[Event], told: Iterable[Journalled] = ()) -> Iterator[Event]:
    """Yield ``events``, and after each what it shows to be wrong; before the last one, what the whole run shows.

    ``told``: by a run that goes on, up to where it does.
    """
    observer = _Observer()
    for before in told:
        observer.look(before)
    with closing(events) if isinstance(events, Generator) else nullcontext(events):
        for event in events:
            found = observer.look(event)
            if isinstance(event, RunFinished):
                yield from found
                yield event
            else:
                yield event
                yield from found


class _Observer:
    """Keeps means of the steps and the epochs; each thing is told once."""

    def __init__(self) -> None:
        self._started: RunStarted | None = None
        self._losses: list[float] = []  # of the steps since the last block
        self._accuracies: list[float] = []
        self._blocks: deque[Block] = deque(maxlen=STUCK_BLOCKS)
        self._first: float | None = None  # loss of the first step
        self._best = math.inf  # loss of the best block but for the newest two
        self._epochs: list[EpochDone] = []
        self._told: set[str] = set()

    def look(self, event: Event | Journalled) -> tuple[Diagnosed, ...]:
        """Return what is wrong, as far as it shows by now and was not told."""
        if isinstance(event, RunStarted):
            self._started = event
        elif isinstance(event, Diagnosed):
            self._told.add(event.name)
        if self._started is None:
            return ()
        new = tuple(found for found in self._found(event, self._started) if found and found.name not in self._told)
        self._told |= {found.name for found in new}
        return new

    def _found(self, event: Event | Journalled, started: RunStarted) -> _Found:
        match event:
            case StepsDone():
                if self._add(event, min(started.config.batch_size, started.train_images)):
                    at = event.epoch, event.last_step
                    yield diagnosis.stuck_at_chance(started, self._blocks, *at)
                    yield diagnosis.diverging(started, self._best, self._blocks, *at)
            case EpochDone():
                self._epochs.append(event)
                yield diagnosis.overfitting(started, self._epochs)
                yield diagnosis.starved(started, event)
            case LayersSeen():
                yield diagnosis.dead_layer(started, event)
            case RunFinished(reason="finished") if self._epochs:
                if self._first is not None:
                    yield diagnosis.ended_far_off(started, self._first, self._epochs[-1])
                yield diagnosis.ended_at_chance(started, self._blocks, self._epochs[-1], event.epoch, event.step)

    def _add(self, event: StepsDone, batch_size: int) -> bool:
        """Return whether a block is full with these steps."""
        if self._first is None and event.losses:
            self._first = event.losses[0]
        self._losses += event.losses
        self._accuracies += event.accuracies
        full = len(self._losses) >= BLOCK
        while len(self._losses) >= BLOCK:
            loss, accuracy = sum(self._losses[:BLOCK]) / BLOCK, sum(self._accuracies[:BLOCK]) / BLOCK
            if len(self._blocks) > 1:
                self._best = min(self._best, self._blocks[-2].loss)
            self._blocks.append(Block(loss, accuracy, BLOCK * batch_size))
            del self._losses[:BLOCK], self._accuracies[:BLOCK]
        return full
