from __future__ import annotations

import pytest
import torch

from cnnviz.training import meter
from cnnviz.training.meter import Clock, Meter

CPU = torch.device("cpu")


class HandClock(Clock):
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds


def add(to: Meter, loss: float, right: int = 1) -> None:
    to.add(torch.tensor(loss), torch.tensor(right), 4)


def test_nothing_is_told_before_its_time_and_everything_after() -> None:
    clock = HandClock()
    readings = Meter(CPU, clock)
    add(readings, 2.0)
    clock.seconds = 0.04
    assert readings.collect() is None
    add(readings, 3.0, right=2)
    clock.seconds = 0.06
    told = readings.collect()
    assert told is not None
    assert told.losses == (2.0, 3.0)
    assert told.accuracies == (0.25, 0.5)
    assert told.images == (4, 4)
    assert told.seconds == pytest.approx(0.06)
    assert readings.collect(wait=True) is None


def test_waiting_tells_at_once() -> None:
    readings = Meter(CPU, HandClock())
    add(readings, 1.0)
    told = readings.collect(wait=True)
    assert told is not None
    assert told.losses == (1.0,)


def test_full_buffer_is_told_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "_CAPACITY", 3)
    readings = Meter(CPU, HandClock())
    for loss in (1.0, 2.0):
        add(readings, loss)
        assert readings.collect() is None
    add(readings, 3.0)
    told = readings.collect()
    assert told is not None
    assert told.losses == (1.0, 2.0, 3.0)


def test_time_before_a_restart_is_no_training_time() -> None:
    clock = HandClock()
    readings = Meter(CPU, clock)
    clock.seconds = 50.0
    readings.restart()
    add(readings, 1.0)
    clock.seconds = 51.0
    told = readings.collect()
    assert told is not None
    assert told.seconds == pytest.approx(1.0)
