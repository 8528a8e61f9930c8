from __future__ import annotations

import math

import numpy as np
import pytest

from cnnviz.gui.parts.plots.plot_axis import Axis, roomy, tick_text


def test_ticks_are_round_and_few() -> None:
    assert Axis(0, 1).ticks(5) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert Axis(0, 2.5).ticks(5) == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5])
    assert len(Axis(0, 938).ticks(6)) <= 7


def test_numbers_are_short() -> None:
    assert [tick_text(value) for value in (0.1 + 0.2, 0.0, 1200.0)] == ["0.3", "0", "1200"]


def test_logarithmic_axis_has_decades_and_no_place_for_zero() -> None:
    axis = Axis(0.001, 10, True)
    assert axis.ticks(6) == pytest.approx([0.001, 0.01, 0.1, 1, 10])
    places = axis.share(np.array([0.001, 10, 0, -1, math.nan]))
    assert places[:2] == pytest.approx([0, 1])
    assert np.isnan(places[2:]).all()
    assert axis.value(0.5) == pytest.approx(0.1)


def test_limits_move_in_steps() -> None:
    limits = {roomy(value) for value in np.linspace(1, 10, 500)}
    assert limits == {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10}
    assert all(roomy(value) >= value for value in (0.013, 0.7, 3, 99.5, 12345))
    assert roomy(0.0) == roomy(math.nan) == 1.0


def test_zooming_keeps_what_is_pointed_at() -> None:
    axis = Axis(2, 6).zoomed(0.25, 0.5)
    assert (axis.low, axis.high) == (2.5, 4.5)
    assert axis.value(0.25) == 3.0
