from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import reduce
from pathlib import Path

import pytest

from cnnviz.gui.training.run_naming import free_run_folder, spec_of_run
from cnnviz.gui.training.run_progress import RunProgress, advance
from cnnviz.training import events
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import EpochDone, Preparing, RunFinished, RunStarted, StepsDone
from cnnviz.zoo.catalog import resolve

CONFIG = TrainConfig(model="lenet", data="fashion-mnist-sample", epochs=2, batch_size=10)
STARTED = RunStarted(CONFIG, "CPU", 100, 30, 10, ("a", "b"), 1234)


def test_preparing_says_what_and_how_far() -> None:
    assert advance(RunProgress(), Preparing("Reading", 0.5)).text == "Reading  50%"


def test_time_left_counts_the_steps_and_the_tests_to_come() -> None:
    # 5 steps of 10 images at 100 images/s: 0.5 s. 15 steps are left: 1.5 s; 2 tests of 30 images at a third: 0.2 s.
    progress = reduce(advance, (STARTED, StepsDone(1, 1, (1.0,) * 5, (0.1,) * 5, 100.0)), RunProgress())
    assert progress.fraction == 0.25
    assert progress.seconds_left is not None
    assert abs(progress.seconds_left - 1.7) < 1e-9
    assert progress.text == "Epoch 1 of 2  ·  step 5 of 20  ·  100 images/s  ·  1.7 s left"


def test_testing_is_named_and_forgotten_after_the_epoch() -> None:
    progress = reduce(advance, (STARTED, events.Testing(1, 0.5)), RunProgress())
    assert progress.text.startswith("Testing  50%")
    progress = advance(progress, EpochDone(1, 10, 1.0, 0.5, 1.0, 0.5, 2.0, 50.0))
    assert progress.text.startswith("Epoch 1 of 2")


def test_end_says_why() -> None:
    assert advance(RunProgress(), RunFinished("stopped", 1, 15, 3.2)).text.startswith("Stopped by you")
    assert "smaller learning rate" in advance(RunProgress(), RunFinished("diverged", 0, 3, 1.0)).text


def test_run_that_ended_before_its_last_epoch_is_not_just_finished() -> None:
    begun = advance(RunProgress(), replace(STARTED, config=replace(CONFIG, patience=1)))
    assert advance(begun, RunFinished("finished", 1, 10, 3.2)).text.startswith("Ended early: the test got no better")
    assert advance(begun, RunFinished("finished", 2, 20, 3.2)).text.startswith("Finished")


def test_run_folder_is_named_after_model_and_time_and_never_taken(tmp_path: Path) -> None:
    now = datetime(2026, 1, 31, 9, 30)
    first = free_run_folder(tmp_path, "torchvision/vgg11", now)
    assert first == tmp_path / "torchvision-vgg11-20260131-093000"
    first.mkdir()
    assert free_run_folder(tmp_path, "torchvision/vgg11", now) == tmp_path / "torchvision-vgg11-20260131-093000-2"


def test_network_of_a_run_has_the_size_it_was_trained_at() -> None:
    config = TrainConfig(model="vgg11", data="x", options={"in_channels": 3, "width_divisor": 8}, resize=64)
    assert spec_of_run(config, None) == resolve("vgg11", {"in_channels": 3, "width_divisor": 8}, (3, 64, 64))
    assert spec_of_run(TrainConfig(model="lenet", data="x"), None) == resolve("lenet")


def test_time_left_is_that_of_the_data_where_the_batch_is_larger() -> None:
    config = TrainConfig(model="lenet", data="x", epochs=2, batch_size=1000)
    started = RunStarted(config, "CPU", 100, 30, 1, ("a", "b"), 1234)
    # The first of two steps: 100 images at 100 images/s, 1 s. One more step: 1 s; 2 tests of 30 images: 0.2 s.
    progress = reduce(advance, (started, StepsDone(1, 1, (1.0,), (0.1,), 100.0)), RunProgress())
    assert progress.seconds_left is not None
    assert abs(progress.seconds_left - 1.2) < 1e-9


@pytest.mark.parametrize("letter", ["x", "\U00020000"])
def test_run_of_a_file_with_a_long_name_has_a_folder(tmp_path: Path, letter: str) -> None:
    free_run_folder(tmp_path, f"{tmp_path / (letter * (240 // len(letter.encode())))}.py:Net").mkdir()


def test_time_left_counts_the_smaller_batch_at_the_end_of_an_epoch_as_what_it_is() -> None:
    config = TrainConfig(model="lenet", data="x", epochs=3, batch_size=100)
    started = RunStarted(config, "CPU", 101, 0, 2, ("a", "b"), 1234)
    # 101 images at 100 images/s, and 101 more whose last one came at 10 images/s, are 2.02 + 0.09 s; 101 are left.
    steps = (
        StepsDone(1, 1, (1.0, 1.0), (0.1, 0.1), 100.0),
        StepsDone(2, 3, (1.0,), (0.1,), 100.0),
        StepsDone(2, 4, (1.0,), (0.1,), 10.0),
    )
    left = reduce(advance, (started, *steps), RunProgress()).seconds_left
    assert left == pytest.approx((1.01 + 1.0 + 0.1) / 2)
