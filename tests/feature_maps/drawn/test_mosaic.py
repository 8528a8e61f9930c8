from __future__ import annotations

import numpy as np
import pytest

from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.drawing import draw
from cnnviz.feature_maps.drawn.mosaic import Grid, Scaling, assemble, fit, limits, quantise
from cnnviz.feature_maps.drawn.statistics import histogram, measure, top_classes, value_text

EACH, ALL = Scaling(each=True), Scaling(each=False)


def maps(*rows: list[float]) -> np.ndarray:
    """One map of one row for each list."""
    return np.array([[row] for row in rows], np.float32)


def test_every_cell_is_found_again_where_the_mosaic_shows_it() -> None:
    grid = Grid(channels=5, height=2, width=3, columns=2, gap=1)
    levels = np.arange(1, 31, dtype=np.uint8).reshape(5, 2, 3)
    image = assemble(levels, grid)
    assert image.shape == grid.shape == (8, 7)
    for row, column in np.ndindex(image.shape):
        found = grid.at(row + 0.5, column + 0.5)
        assert image[row, column] == (0 if found is None else levels[found])
    assert np.count_nonzero(image) == levels.size
    assert grid.corner(3) == (3, 4)


@pytest.mark.parametrize("place", [(-0.1, 0), (0, -0.1), (100, 0), (0, 100), (2.5, 0), (7.5, 4.5)])
def test_nothing_is_found_outside_in_gaps_and_behind_the_last_map(place: tuple[float, float]) -> None:
    assert Grid(channels=5, height=2, width=3, columns=2, gap=1).at(*place) is None


@pytest.mark.parametrize("channels", [1, 2, 3, 7, 64, 512])
@pytest.mark.parametrize("aspect", [0.3, 1.0, 3.0])
def test_no_other_number_of_columns_makes_the_maps_larger(channels: int, aspect: float) -> None:
    def scale(columns: int) -> float:
        height, width = Grid(channels, 14, 14, columns, best.gap).shape
        return min(aspect / width, 1 / height)

    best = fit(channels, 14, 14, aspect)
    assert scale(best.columns) == max(scale(columns) for columns in range(1, channels + 1))


def test_each_map_uses_all_levels_over_its_own_range() -> None:
    values = maps([0, 1, 2], [-10, 0, 10])
    assert quantise(values, *limits(values, EACH)).tolist() == [[[1, 128, 255]], [[1, 128, 255]]]


def test_all_maps_share_one_range() -> None:
    values = maps([0, 1, 2], [-2, 0, 2])
    assert quantise(values, *limits(values, ALL)).tolist() == [[[128, 192, 255]], [[1, 128, 255]]]


def test_symmetric_scaling_puts_zero_in_the_middle() -> None:
    values = maps([0, 1, 4], [-8, 0, 2])
    low, high = limits(values, Scaling(symmetric=True))
    assert low.ravel().tolist() == [-4, -8]
    assert high.ravel().tolist() == [4, 8]
    assert (quantise(values, low, high)[values == 0] == 128).all()


def test_clipping_leaves_an_outlier_out_of_the_range() -> None:
    values = np.zeros((1, 1, 1001), np.float32)
    values[0, 0] = np.arange(1001)
    values[0, 0, -1] = 1e9
    low, high = limits(values, Scaling(clip=True))
    assert (low.item(), high.item()) == (10, 990)
    assert quantise(values, low, high)[0, 0, -1] == 255


def test_a_map_of_equal_values_is_the_lowest_level_and_a_dead_one_the_middle_of_a_symmetric_range() -> None:
    values = maps([3, 3], [0, 0])
    assert (quantise(values, *limits(values, EACH)) == 1).all()
    assert (quantise(values, *limits(values, Scaling(symmetric=True)))[1] == 128).all()


@pytest.mark.parametrize("clip", [False, True])
def test_values_that_are_no_numbers_do_not_spoil_the_range(clip: bool) -> None:
    values = maps([np.nan, 0, 1, np.inf], [np.nan] * 4, [-np.inf, 0, 2, 2])
    low, high = limits(values, Scaling(clip=clip))
    assert np.isfinite(low).all()
    assert np.isfinite(high).all()
    levels = quantise(values, low, high)
    assert levels[0, 0, [0, 3]].tolist() == [0, 255]
    assert (levels[1] == 0).all()
    assert levels[2, 0, 0] == 1


def test_the_largest_floats_do_not_overflow() -> None:
    top = np.finfo(np.float32).max
    values = maps([-top, 0, top])
    assert quantise(values, *limits(values, EACH)).tolist() == [[[1, 128, 255]]]


def test_very_many_cells_are_drawn_thinner_but_each_map_alone_in_full() -> None:
    values = np.random.default_rng(0).normal(size=(40, 500, 500)).astype(np.float32)
    drawing = draw(values, EACH)
    assert drawing.stride == 2
    assert drawing.levels.shape == (40, 250, 250)
    assert drawing.map_levels(7).shape == (500, 500)
    assert np.array_equal(drawing.map_levels(7)[::2, ::2], drawing.levels[7])


def test_statistics_of_a_small_layer() -> None:
    values = np.array([[[0, 0]], [[1, -3]]], np.float32)
    result = measure(values).whole()
    assert (result.lowest, result.mean, result.highest) == (-3, -0.5, 1)
    assert (result.zeros, result.dead, result.not_finite) == (0.5, 1, 0)


def test_a_layer_of_nan_has_no_mean() -> None:
    result = measure(np.full((2, 2, 2), np.nan, np.float32)).whole()
    assert (result.lowest, result.mean, result.highest, result.not_finite, result.dead) == (None, None, None, 8, 0)


def test_channels_are_measured_as_numpy_does() -> None:
    values = np.random.default_rng(0).normal(3, 2, size=(70, 50, 40)).astype(np.float32)
    values[5] = 0
    values[6] = 2.5
    values[7, 3, 3] = np.nan
    values[8] = np.inf
    found = measure(values)
    for channel in range(len(values)):
        finite = values[channel][np.isfinite(values[channel])].astype(np.float64)
        one = found.one(channel)
        assert one.not_finite == values[0].size - len(finite)
        if len(finite):
            assert (one.lowest, one.highest) == (finite.min(), finite.max())
            assert one.mean == pytest.approx(finite.mean(), rel=1e-12)
            assert one.deviation == pytest.approx(finite.std(), rel=1e-9, abs=1e-9)
    finite = values[np.isfinite(values)].astype(np.float64)
    whole = found.whole()
    assert (whole.mean, whole.deviation) == (pytest.approx(finite.mean()), pytest.approx(finite.std()))
    assert (whole.dead, whole.constant, whole.not_finite) == (1, 1, 1 + 2000)
    assert np.flatnonzero(found.dead).tolist() == [5]
    assert np.flatnonzero(found.constant).tolist() == [6]


def test_orders_put_the_largest_first_and_what_has_no_number_last() -> None:
    values = maps([0, 0, 0, 1], [2, 2, 2, 2], [-9, 0, 0, 9], [np.nan] * 4)
    found = measure(values)
    assert found.sorted_by("index").tolist() == [0, 1, 2, 3]
    assert found.sorted_by("mean").tolist() == [1, 0, 2, 3]
    assert found.sorted_by("maximum").tolist() == [2, 1, 0, 3]
    assert found.sorted_by("standard deviation").tolist() == [2, 0, 1, 3]
    assert found.sorted_by("zeros").tolist() == [0, 2, 1, 3]


def test_every_finite_value_is_counted_in_its_bin() -> None:
    values = np.random.default_rng(0).normal(size=(3, 200, 300)).astype(np.float32)
    low, high = float(values.min()), float(values.max())
    found = histogram(values, low, high)
    expected, _ = np.histogram(values.astype(np.float64), 64, (low, high))
    assert found.counts.tolist() == expected.tolist()
    values[0, 0, :2] = np.nan, np.inf
    assert histogram(values, low, high).counts.sum() == values.size - 2
    same = histogram(np.full(5, 2, np.float32), 2, 2)
    assert (same.low, same.high, same.counts.sum()) == (1.5, 2.5, 5)


def test_automatic_scaling_puts_zero_in_the_middle_of_signed_values_only() -> None:
    signed, rectified = maps([-1, 0, 0, 3]), maps([0, 0, 0, 3])
    asked = Scaling(symmetric=None)
    assert draw(signed, asked).diverges
    assert (draw(signed, asked).low.item(), draw(signed, asked).high.item()) == (-3, 3)
    assert "blue below 0, red above" in draw(signed, asked).scaling_words()
    assert not draw(rectified, asked).diverges
    assert draw(rectified, asked).low.item() == 0
    assert "No value below 0: from low to high" in draw(rectified, asked).scaling_words()
    assert "blue" not in draw(signed, Scaling()).scaling_words()


def test_fixed_limits_are_those_of_every_map() -> None:
    drawing = draw(maps([-9, 0, 1, 2], [5, 5, 5, 5]), Scaling(each=False, fixed=(0.0, 2.0)))
    assert drawing.levels.reshape(2, 4).tolist() == [[1, 1, 128, 255], [255] * 4]
    assert drawing.layer_histogram is not None
    assert drawing.layer_histogram.counts.sum() == 8


def test_top_classes_are_softmax_likeliest_first() -> None:
    best = top_classes(np.log(np.array([0.1, 0.6, 0.3], np.float32)), count=2)
    assert [index for index, _ in best] == [1, 2]
    assert [share for _, share in best] == pytest.approx([0.6, 0.3], abs=1e-6)
    assert top_classes(np.array([0, np.nan], np.float32)) == []
    assert top_classes(np.array([1e30, -1e30], np.float32))[0] == (0, 1.0)


def test_values_are_written_with_a_minus_and_unknown_as_a_dash() -> None:
    assert (value_text(-0.25), value_text(None)) == ("−0.25", "–")


@pytest.mark.parametrize("name", colors.NAMES)
def test_level_zero_is_transparent_and_all_others_are_opaque(name: str) -> None:
    table = colors.table(name)
    assert table.shape == (256, 4)
    assert table[0, 3] == 0
    assert (table[1:, 3] == 255).all()


@pytest.mark.parametrize("name", ["viridis", "cividis", "magma", "grey"])
def test_sequential_colours_only_become_lighter(name: str) -> None:
    luminance = colors.table(name)[1:, :3] @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) > -0.6).all()  # rounding to whole steps of colour
    assert luminance[-1] - luminance[0] > 150


def test_the_diverging_map_is_lightest_in_the_middle() -> None:
    luminance = colors.table(colors.DIVERGING)[1:, :3].sum(1)
    assert int(luminance.argmax()) == 127
