from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import nn
from whole_data import drained

from cnnviz.errors import CnnvizError
from cnnviz.training import calibrate, device_ways
from cnnviz.training.calibrate import PLAIN, USUAL, Choice, asked_way, fastest_way, fixed_way, worth_measuring
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.step import Way
from cnnviz.training.turns import Trial

BF16 = Way(channels_last=True, precision="bf16")


@pytest.fixture(autouse=True)
def _a_processor_with_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_ways, "_has_kernels_for_bf16", lambda: True)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 3)
    )


def make_optimizer(trial: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(trial.parameters(), 0.1)


def chosen_way(*arguments: object) -> Way:
    return drained(fastest_way(*arguments))[1].way  # type: ignore[arg-type]


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.rand(16, 1, 8, 8), torch.arange(16) % 3


def test_measuring_leaves_weights_statistics_and_random_numbers_alone() -> None:
    model = network()
    before, random = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    images, labels = batch()
    torch.set_rng_state(random)
    chosen_way(model, images, labels, make_optimizer, "auto", Control())
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(
    ("seconds", "precision", "chosen"),
    [
        ({USUAL: 1.0, PLAIN: 4.0, BF16: 0.5}, "auto", BF16),
        ({USUAL: 1.0, PLAIN: 4.0, BF16: 0.9}, "auto", USUAL),
        ({USUAL: 1.0, PLAIN: 0.5, BF16: 0.9}, "auto", PLAIN),
        ({USUAL: 1.0, PLAIN: 0.99, BF16: 9.0}, "auto", USUAL),
        ({USUAL: 1.0, PLAIN: 4.0, BF16: 0.1}, "fp32", USUAL),
        ({USUAL: 1.0, PLAIN: 4.0, BF16: 9.0}, "bf16", BF16),
    ],
)
def test_fastest_way_is_chosen_within_the_precision(
    monkeypatch: pytest.MonkeyPatch, seconds, precision, chosen
) -> None:
    running = []
    monkeypatch.setattr(calibrate, "train_step", lambda *args: running.append(args[-1]))

    def measured(work, _device) -> float:
        work()
        return seconds[running[-1]]

    monkeypatch.setattr(calibrate, "_seconds", measured)
    assert chosen_way(network(), *batch(), make_optimizer, precision, Control()) == chosen


def test_copies_that_do_not_fit_into_memory_leave_the_usual_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(calibrate, "train_step", fail)
    assert chosen_way(network(), *batch(), make_optimizer, "auto", Control()) == USUAL


def test_fixed_way_depends_on_the_precision_alone() -> None:
    assert fixed_way("auto") == fixed_way("fp32") == USUAL
    assert fixed_way("bf16") == BF16


def test_way_can_be_fixed_by_hand_and_is_taken_as_it_is() -> None:
    assert fixed_way("fp32", "plain") == PLAIN
    assert fixed_way("bf16", "plain") == replace(PLAIN, precision="bf16")
    pools = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.LazyLinear(10))
    images, labels = torch.rand(4, 1, 8, 8), torch.arange(4)
    pools(images)
    way = fixed_way("fp32", "pool-first")
    assert drained(asked_way(pools, images, labels, make_optimizer, way, Control()))[1] == Choice(way, None)
    averages = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Sigmoid(), nn.AvgPool2d(2), nn.Flatten(), nn.LazyLinear(10))
    averages(images)
    with pytest.raises(CnnvizError, match="No max pooling"):
        drained(asked_way(averages, images, labels, make_optimizer, way, Control()))
    plain = fixed_way("fp32", "plain")
    assert drained(asked_way(averages, images, labels, make_optimizer, plain, Control()))[1].way == PLAIN


def test_long_steps_are_measured_on_fewer_images(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    monkeypatch.setattr(calibrate, "train_step", lambda _net, _opt, _scaler, images, *_rest: sizes.append(len(images)))

    def measured(work, _device) -> float:
        work()
        return 3.0

    monkeypatch.setattr(calibrate, "_seconds", measured)
    chosen_way(network(), *batch(), make_optimizer, "auto", Control())
    assert set(sizes) == {2}


def test_stop_ends_the_measuring_before_its_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    control, steps = Control(), []

    def step(*_args: object) -> None:
        steps.append(1)
        control.stop()

    monkeypatch.setattr(calibrate, "train_step", step)
    with pytest.raises(StoppedError):
        chosen_way(network(), *batch(), make_optimizer, "auto", control)
    assert len(steps) == 1


def test_news_come_before_every_step_and_closing_between_two_leaves_random_numbers_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[int] = []
    monkeypatch.setattr(calibrate, "train_step", lambda *_args: steps.append(len(steps)))
    measuring = fastest_way(network(), *batch(), make_optimizer, "auto", Control())
    for done in range(5):
        next(measuring)
        assert len(steps) == done
    torch.manual_seed(77)
    before = torch.get_rng_state()
    measuring.close()
    assert torch.equal(torch.get_rng_state(), before)


def test_bfloat16_is_measured_where_it_is_computed_by_more_than_plain_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    for there in (True, False):
        monkeypatch.setattr(device_ways, "_has_kernels_for_bf16", lambda there=there: there)
        assert device_ways.coarser_precisions(cpu) == ["bf16"] * there


def test_news_tell_which_way_is_measured_of_how_many_and_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large network the same words stood there for half a minute."""
    running: list[Way] = []
    monkeypatch.setattr(calibrate, "train_step", lambda *arguments: running.append(arguments[-1]))

    def measured(work: Callable[[], object], _device: torch.device) -> float:
        work()
        return {USUAL: 1.5, PLAIN: 12.0}.get(running[-1], 0.31)

    monkeypatch.setattr(calibrate, "_seconds", measured)
    told = drained(fastest_way(network(), *batch(), make_optimizer, "auto", Control()))[0]
    said = [trial.what for trial in told if isinstance(trial, Trial)]
    assert said[0] == "how long does a step on 2 pictures take?"
    assert "1 of 3, channels_last" in said
    assert "2 of 3, plain float32  ·  a step takes channels_last 1.5 s" in said
    assert "3 of 3, channels_last + bf16  ·  a step takes channels_last 1.5 s, plain float32 12 s" in said
    assert said[-1] == "is there a pooling that may come before its ReLU?"
    again = [trial.is_first for trial in told if isinstance(trial, Trial) and "of 3" in trial.what]
    assert again[:4] == [True, True, True, False]


def test_what_is_chosen_is_said_with_its_gain() -> None:
    assert str(Choice(BF16, 4.13)) == "channels_last + bf16, 4.1 times as fast as plain float32"
    assert str(Choice(BF16, 1.02)) == "channels_last + bf16"
    assert str(Choice(PLAIN, None)) == "plain float32"


def test_first_step_that_took_long_to_set_up_is_no_gain_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of two milliseconds, whose first took two seconds, made the others "390 times as fast"."""
    met: set[Callable[[], object]] = set()

    def seconds(work: partial[object], _device: torch.device) -> float:
        is_first = work.func not in met
        met.add(work.func)
        return 2.0 if is_first and len(met) == 2 else 0.002  # the second way's

    monkeypatch.setattr(calibrate, "_seconds", seconds)
    _news, choice = drained(fastest_way(network(), *batch(), make_optimizer, "fp32", Control()))
    assert choice.gain == 1


@pytest.mark.parametrize("disturbed", [PLAIN, BF16])
def test_turns_that_disagree_choose_nothing_and_tell_no_gain(monkeypatch: pytest.MonkeyPatch, disturbed: Way) -> None:
    """On a busy machine LeNet was "7.5 times as fast as plain float32" once, and plain the next time."""
    running: list[Way] = []
    monkeypatch.setattr(calibrate, "train_step", lambda *arguments: running.append(arguments[-1]))

    def measured(work: Callable[[], object], _device: torch.device) -> float:
        work()
        is_even = running.count(disturbed) % 2 == 0
        return (0.2 if is_even else 7.0) if running[-1] == disturbed else 1.0

    monkeypatch.setattr(calibrate, "_seconds", measured)
    choice = drained(fastest_way(network(), *batch(), make_optimizer, "auto", Control()))[1]
    assert choice == Choice(USUAL, None if disturbed == PLAIN else 1.0)


def test_measured_batch_is_a_small_part_of_the_run_and_no_larger_than_its_own() -> None:
    assert worth_measuring(64, 300_000) == 64
    assert worth_measuring(64, 8_000) == 20
    assert worth_measuring(64, 512) == 2
    assert worth_measuring(1, 300_000) == 1
    assert worth_measuring(64, 300_000, is_roomy=False) == 2


def test_choice_is_made_on_the_whole_batch_where_its_steps_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """On two images the optimizer's step hid that bfloat16 computes AlexNet in half the time."""
    running: list[tuple[int, Way]] = []
    monkeypatch.setattr(calibrate, "train_step", lambda *given: running.append((len(given[3]), given[-1])))

    def measured(work: Callable[[], object], _device: torch.device) -> float:
        work()
        count, way = running[-1]
        return 0.3 + 0.02 * count * (0.1 if way.precision == "bf16" else 1.0)  # of 2 images 0.89, of 16 0.53

    monkeypatch.setattr(calibrate, "_seconds", measured)
    assert chosen_way(network(), *batch(), make_optimizer, "auto", Control()) == BF16
