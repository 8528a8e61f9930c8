"""Which rate follows from a loss over learning rates: curves made by hand, whose steepest place is known."""

from __future__ import annotations

import math
import random

import pytest

from cnnviz.training.rate_curve import QUICK, SLOW, Divergence, RangeTest, RateTried, judged_sweep, smoothed

_CLASSES = 10
_CHANCE = math.log(_CLASSES)


def judged(losses: list[float], ended: str = "diverged") -> RangeTest:
    tried = [RateTried(number, QUICK, QUICK.rate(number), loss) for number, loss in enumerate(losses, 1)]
    return judged_sweep(tried, ended, _CLASSES)  # type: ignore[arg-type]


def fallen(steepest: float, lowest: float, depth: float = 1.8, noise: float = 0.0) -> list[float]:
    """A loss at chance, that falls along a sigmoid around one rate, and rises steeply behind another."""
    dice, losses = random.Random(0), []
    for number in range(1, QUICK.steps + 1):
        power = math.log10(QUICK.rate(number))
        down = depth / (1 + math.exp(-6 * (power - math.log10(steepest))))
        up = max(0.0, power - math.log10(lowest)) * 8
        losses.append(_CHANCE - down + up + dice.gauss(0, noise))
    return losses


def test_rates_are_even_in_powers_of_ten_from_end_to_end() -> None:
    for sweep in (QUICK, SLOW):
        assert sweep.rate(1) == pytest.approx(sweep.lowest)
        assert sweep.rate(sweep.steps) == pytest.approx(sweep.highest)
        assert sweep.rate(3) / sweep.rate(2) == pytest.approx(sweep.rate(51) / sweep.rate(50))


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_steepest_place_is_found_where_the_curve_has_it(noise: float) -> None:
    found = judged(fallen(0.001, 0.1, noise=noise))
    assert found.steepest is not None
    assert abs(math.log10(found.steepest / 0.001)) < 0.15
    assert found.suggested == float(f"{found.steepest:.2g}")
    assert "where the loss falls fastest" in found.sentence


def test_tenth_of_the_minimum_is_suggested_where_the_loss_falls_fastest_close_to_it() -> None:
    found = judged(fallen(0.05, 0.1))
    assert found.steepest is not None
    assert found.tenth is not None
    assert found.tenth < found.steepest
    assert found.suggested == float(f"{found.tenth:.2g}")
    assert "a tenth of the rate where the loss is lowest" in found.sentence


def test_smoothing_has_no_lag_and_keeps_a_straight_line() -> None:
    line = [0.1 * at for at in range(60)]
    assert smoothed(line, 3.0)[20:40] == pytest.approx(line[20:40])
    step = [1.0] * 30 + [0.0] * 30
    assert smoothed(step, 3.0)[29] + smoothed(step, 3.0)[30] == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(12))
def test_noise_around_chance_suggests_nothing(seed: int) -> None:
    dice = random.Random(seed)
    found = judged([_CHANCE + dice.gauss(0, 0.05) for _ in range(QUICK.steps)], "highest")
    assert found.suggested is None
    assert "never fell below 2.3, that of guessing" in found.sentence


def test_fall_that_only_comes_down_to_guessing_suggests_nothing() -> None:
    losses = [max(_CHANCE, 2.6 - 0.01 * at) for at in range(QUICK.steps)]
    assert judged(losses).suggested is None


def test_weights_that_have_learned_already_are_told_from_those_that_guess() -> None:
    found = judged([0.3] * 60 + [0.3 + 0.1 * at for at in range(40)])
    assert found.suggested is None
    assert "These weights know it already" in found.sentence


def test_loss_that_is_no_number_from_the_first_step_on_blames_no_rate() -> None:
    found = judged([math.nan], "not finite")
    assert (found.suggested, found.rates, found.smoothed) == (None, (), ())
    assert "no number from the first step on" in found.sentence


def test_loss_that_becomes_no_number_after_it_fell_leaves_the_suggestion() -> None:
    found = judged([*fallen(0.001, 0.1)[:80], math.inf], "not finite")
    assert found.steepest == pytest.approx(0.001, rel=0.4)
    assert len(found.losses) == 80


def test_divergence_is_told_of_a_mean_and_not_of_one_wild_step() -> None:
    divergence = Divergence()
    told = [divergence.after(loss) for loss in [1.0, 0.5, 0.5, 3.0, 0.5, 0.5, 0.5]]
    assert told == [None] * 7
    assert [divergence.after(loss) for loss in (4.0, 6.0)][-1] == "diverged"
    assert divergence.after(math.nan) == "not finite"
