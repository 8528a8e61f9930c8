from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, MultiStepLR, OneCycleLR

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.recording import record
from cnnviz.training.schedules import (
    SCHEDULES,
    LearningRate,
    cosine_factor,
    find_schedule,
    learning_rate_of,
    step_factor,
)


def optimizer(rate: float = 0.1) -> torch.optim.Optimizer:
    return torch.optim.SGD([nn.Parameter(torch.zeros(1))], rate)


def test_names_are_each_there_once() -> None:
    assert [entry.name for entry in SCHEDULES] == ["constant", "step", "cosine", "one-cycle"]


def test_step_divides_by_ten_at_half_and_at_three_quarters_as_resnet_s_paper_does() -> None:
    """32k and 48k of 64k iterations."""
    assert [step_factor(done, 64_000) for done in (0, 31_999)] == [1, 1]
    assert [step_factor(done, 64_000) for done in (32_000, 47_999)] == [0.1, 0.1]
    assert [step_factor(done, 64_000) for done in (48_000, 63_999)] == [0.01, 0.01]


def test_cosine_begins_at_one_is_half_at_half_and_nears_zero() -> None:
    assert cosine_factor(0, 1000) == 1
    assert cosine_factor(500, 1000) == pytest.approx(0.5)
    assert cosine_factor(250, 1000) == pytest.approx(0.5 + math.sqrt(0.125))
    assert 0 < cosine_factor(999, 1000) < 1e-5


@pytest.mark.parametrize("name", ["step", "cosine", "one-cycle"])
def test_schedule_is_torch_s_own(name: str) -> None:
    expected = optimizer()
    torch_s = {
        "step": lambda: MultiStepLR(expected, [20, 30]),
        "cosine": lambda: CosineAnnealingLR(expected, 40),
        "one-cycle": lambda: OneCycleLR(expected, 0.1, 40, cycle_momentum=False),
    }[name]()
    ours, rate = optimizer(), LearningRate(find_schedule(name), 0.1, 40)
    for done in range(40):
        assert rate.set_for(ours, done) == pytest.approx(expected.param_groups[0]["lr"])
        assert ours.param_groups[0]["lr"] == rate.at(done)
        expected.step()
        torch_s.step()


@pytest.mark.parametrize("entry", SCHEDULES[:3], ids=lambda entry: entry.name)
@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_every_step_of_a_short_run_learns_and_the_first_at_the_full_rate(entry: object, steps: int) -> None:
    rate = LearningRate(entry, 0.1, steps)  # type: ignore[arg-type]
    rates = [rate.at(done) for done in range(steps)]
    assert rates[0] == 0.1
    assert min(rates) > 0
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7])
def test_every_step_of_a_short_cycle_learns(steps: int) -> None:
    rate = LearningRate(find_schedule("one-cycle"), 0.1, steps)
    assert all(0 < rate.at(done) <= 0.1 for done in range(steps))


def test_warm_up_grows_evenly_to_what_the_schedule_says() -> None:
    config = TrainConfig("lenet", "x", epochs=4, learning_rate=0.4, schedule="step", warm_up=1)
    rate = learning_rate_of(config, 4)
    assert [rate.at(done) for done in range(16)] == pytest.approx(
        [0.1, 0.2, 0.3, *[0.4] * 5, *[0.04] * 4, *[0.004] * 4]
    )


def test_constant_never_touches_the_optimizer() -> None:
    class Untouchable(dict[str, float]):
        def __setitem__(self, key: str, value: float) -> None:
            raise AssertionError(key)

    made = optimizer(0.3)
    made.param_groups[0] = Untouchable(made.param_groups[0])
    rate = LearningRate(find_schedule("constant"), 0.3, 10)
    assert [rate.set_for(made, done) for done in range(10)] == [0.3] * 10


def test_rate_that_is_changed_on_the_way_keeps_the_course() -> None:
    rate = LearningRate(find_schedule("step"), 0.1, 8)
    rate.base = 0.2
    assert rate.at(4) == pytest.approx(0.02)


def test_unknown_schedule_is_refused_with_those_there_are() -> None:
    with pytest.raises(CnnvizError, match=r"'linear'.* constant, step, cosine"):
        find_schedule("linear")


def test_each_step_tells_the_rate_that_its_update_had(tmp_path: Path) -> None:
    config = TrainConfig(
        "lenet", "fashion-mnist-sample", epochs=2, batch_size=32, limit=128, schedule="cosine", device="cpu"
    )
    list(record(train(config), tmp_path / "run"))
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    told = [rate for row in rows if row["kind"] == "steps" for rate in row["learning_rates"]]
    assert told == pytest.approx([0.001 * cosine_factor(step, 8) for step in range(8)], rel=1e-6)


def test_course_over_the_run_begins_and_ends_with_the_run() -> None:
    rate = LearningRate(find_schedule("cosine"), 0.1, 1001, 10)
    points = rate.over_run(50)
    assert (points[0], points[-1], len(points)) == ((0, rate.at(0)), (1000, rate.at(1000)), 50)
    assert all(value == rate.at(done) for done, value in points)
    assert [done for done, _ in LearningRate(find_schedule("step"), 0.1, 3).over_run(50)] == [0, 1, 2]
