from __future__ import annotations

import math

import numpy as np
import pytest

from cnnviz.gui.parts.plots.plot_axis import Axis
from cnnviz.gui.parts.plots.plot_content import Band, Level, PlotContent, Series, decimated


def curve(ys: list[float], style: str = "line") -> Series:
    return Series("curve", np.arange(len(ys), dtype=float), np.array(ys), "#000000", style)


def test_decimation_keeps_the_smallest_and_the_largest_of_each_column() -> None:
    xs, ys = np.arange(100_000.0), np.random.default_rng(0).normal(size=100_000)
    ys[43_210], ys[77_777] = 50.0, -60.0
    few_xs, few_ys = decimated(xs, ys, 0, 100_000, 300)
    assert len(few_xs) == len(few_ys) <= 1300
    assert few_ys.max() == 50.0
    assert few_ys.min() == -60.0


def test_columns_are_the_same_while_a_curve_grows() -> None:
    ys = np.random.default_rng(0).normal(size=5000)
    xs = np.arange(5000.0)
    before = decimated(xs[:4000], ys[:4000], 0, 5000, 300)[1]
    after = decimated(xs[:4700], ys[:4700], 0, 5000, 300)[1]
    whole = 2 * (4000 // 16)
    assert list(before[:whole]) == list(after[:whole])


def test_gap_in_a_long_curve_is_passed_over_unless_all_of_it_is_one() -> None:
    xs, ys = np.arange(10_000.0), np.ones(10_000)
    ys[100] = math.nan
    assert np.isfinite(decimated(xs, ys, 0, 10_000, 300)[1]).all()
    ys[5000:] = math.nan
    few = decimated(xs, ys, 0, 10_000, 300)[1]
    assert np.isnan(few[-10:]).all()


def test_part_that_is_in_sight_goes_one_point_beyond() -> None:
    xs, _ = decimated(np.arange(10.0), np.arange(10.0), 3.5, 5.5, 300)
    assert list(xs) == [3, 4, 5, 6]


@pytest.mark.parametrize("values", [[], [math.nan], [math.nan, math.inf], [0.0], [5.0]])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_axes_have_a_span_whatever_there_is(values: list[float], logarithmic: bool) -> None:
    content = PlotContent(series=(curve(values), curve(values, "faint")), logarithmic=logarithmic)
    x = content.x_axis()
    y = content.y_axis(x)
    assert x.low < x.high
    assert y.low < y.high
    assert all(map(math.isfinite, (x.low, x.high, y.low, y.high)))


def test_one_wild_step_does_not_press_the_curve_flat() -> None:
    values = [1.0] * 100 + [1e6] + [1.0] * 100
    content = PlotContent(series=(curve(values, "faint"),))
    assert content.y_axis(content.x_axis()).high < 2


def test_spike_far_above_guessing_leaves_the_other_curves_their_room() -> None:
    ys = np.linspace(2.3, 0.3, 400)
    ys[200:210] = 1e4
    for style, some in (("line", ys), ("marks", ys[195:205])):
        spiked = Series("", np.arange(len(some)) / 100, some, "#000", style)  # type: ignore[arg-type]
        content = PlotContent(series=(spiked,), levels=(Level(math.log(10), "guessing"),))
        assert (content.y_axis(content.x_axis()).high < 10) == (style == "line")  # half of the tests are no spike
    once = Series("", np.arange(6.0), np.array([2.0, 1.0, 1e4, 0.5, 0.4, 0.3]), "#000", "marks")
    assert PlotContent(series=(once,), levels=(Level(math.log(10), ""),)).y_axis(Axis(0, 6)).high < 10


def test_level_and_band_are_in_sight_where_the_curve_is_near() -> None:
    high = PlotContent(series=(curve([2.0]),), levels=(Level(math.log(10), "guessing"),))
    low = PlotContent(series=(curve([0.2]),), levels=(Level(math.log(10), "guessing"),))
    assert high.y_axis(Axis(0, 1)).high > math.log(10)
    assert low.y_axis(Axis(0, 1)).high < 1
    band = PlotContent(series=(curve([0.2]),), bands=(Band(0.4, 0.5, 9, 10, "published"),))
    assert band.y_axis(Axis(0, 10)).high > 0.5
    assert band.y_axis(Axis(0, 3)).high < 0.4


def test_time_axis_grows_in_steps_up_to_the_end() -> None:
    def high(newest: float) -> float:
        return PlotContent(series=(Series("", np.array([newest]), np.array([1.0]), ""),), x_end=5.0).x_axis().high

    assert high(0.7) == 0.8
    assert high(2.1) == 2.5
    assert high(3.4) == high(5.0) == 5.0


def test_curve_is_read_at_the_nearest_step_and_a_test_at_the_last_one() -> None:
    assert curve([1, 2, 3]).at(0.6) == (1, 2)
    assert curve([1, 2, 3], "marks").at(0.6) == (0, 1)
    assert curve([1, 2, 3], "marks").at(-1) is None
    assert curve([]).at(1) is None
