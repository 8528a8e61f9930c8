from __future__ import annotations

import math

import pytest

from cnnviz.gui.training.curve_buffer import CurveBuffer, Growing, Smoothed
from cnnviz.training.events import EpochDone, StepsDone


def test_growing_array_holds_what_was_appended_beyond_its_first_room() -> None:
    growing = Growing()
    for number in range(3000):
        growing.append(number)
    assert len(growing) == 3000
    assert growing.values.sum() == 2999 * 3000 / 2


def test_smoothed_constant_is_that_constant_from_the_first_step() -> None:
    curve = Smoothed(0.9)
    for _ in range(5):
        curve.append(3.0)
    assert curve.mean.values == pytest.approx([3.0] * 5)


def test_no_number_leaves_a_gap_and_the_mean_as_it_was() -> None:
    curve = Smoothed(0.5)
    curve.append(1.0)
    curve.append(math.nan)
    assert math.isnan(curve.raw.values[1])
    assert curve.mean.values[1] == 1.0


def test_no_memory_makes_the_mean_the_curve() -> None:
    curve = Smoothed(0.9)
    for number in (1.0, 5.0, 2.0):
        curve.append(number)
    curve.set_memory(0.0)
    assert list(curve.mean.values) == [1.0, 5.0, 2.0]


def test_nearest_step_and_last_test_before() -> None:
    buffer = CurveBuffer()
    assert buffer.nearest(1) is None
    buffer.add_steps(StepsDone(1, 11, (1.0, 2.0, 3.0), (0.1, 0.2, 0.3), 10.0))
    buffer.add_epoch(EpochDone(1, 13, 1.0, 0.1, 1.0, 0.5, 1.0, 10.0))
    assert buffer.nearest(11.6) == 1
    assert buffer.nearest(99) == 2
    assert buffer.nearest_test(12.9) is None
    assert buffer.nearest_test(13) == 0


@pytest.mark.parametrize("memory", [0.0, 0.3, 0.9, 0.99])
def test_many_numbers_at_once_are_smoothed_as_one_by_one(memory: float) -> None:
    numbers = [math.nan if at % 17 == 3 else math.sin(at / 40) * 1e3 for at in range(2000)]
    at_once, one_by_one = Smoothed(memory), Smoothed(memory)
    at_once.extend(numbers)
    for number in numbers:
        one_by_one.append(number)
    assert at_once.mean.values == pytest.approx(one_by_one.mean.values, rel=1e-9, nan_ok=True)
    at_once.set_memory(0.5)
    one_by_one.set_memory(0.5)
    assert list(at_once.mean.values) == list(one_by_one.mean.values)
