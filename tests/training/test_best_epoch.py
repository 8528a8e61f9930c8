"""The best epoch is kept and told, and a run ends early where its test loss no longer improves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from resumed_runs import final_bits, small_config, told
from safetensors.numpy import load_file

from cnnviz.runs import checkpoint
from cnnviz.runs.best_checkpoint import best_epoch_of, keep_best
from cnnviz.training.best_epoch import Standing
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.engine import resume, train
from cnnviz.training.events import EpochDone, Noticed, Recorded, RunFinished
from cnnviz.training.recording import read_run, record
from cnnviz.training.resumption import read_resumption

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    """A rate at which the test loss goes up and down."""
    return small_config(
        tmp_path, limit=100, epochs=12, optimizer="sgd", learning_rate=0.2, schedule="constant", deterministic=True
    )


def _go_on(folder: Path, more: int = 0, **given: object) -> list[Recorded]:
    going = read_resumption(folder, given, more)
    return list(record(resume(going), folder, point=going.point))


def _epochs(events: list[Recorded]) -> list[EpochDone]:
    return [event for event in events if isinstance(event, EpochDone)]


def test_best_is_by_accuracy_then_loss_and_of_equals_the_first() -> None:
    standing = Standing()
    for epoch, figures in enumerate([(0.5, 1.0), (0.7, 0.9), (0.7, 0.8), (0.7, 0.8), (0.6, 0.1)], 1):
        standing = standing.after(epoch, *figures)
    assert (standing.best_epoch, standing.best_accuracy, standing.best_loss) == (3, 0.7, 0.8)
    assert (standing.least_loss, standing.waited) == (0.1, 0)


def test_patience_counts_epochs_without_a_better_loss_and_none_never_ends() -> None:
    standing = Standing().after(1, 0.5, 1.0).after(2, 0.6, 1.1).after(3, 0.7, 1.0)
    assert standing.waited == 2
    assert [standing.is_out_of(patience) for patience in (None, 0, 1, 2, 3)] == [False, False, True, True, False]


def test_run_without_progress_ends_early_says_so_and_names_its_best_epoch(config: TrainConfig, tmp_path: Path) -> None:
    whole = _epochs(list(record(train(config), tmp_path / "whole")))
    losses = [epoch.test_loss for epoch in whole]
    last = next(at for at in range(2, 12) if at - losses.index(min(losses[: at + 1])) == 2)
    *events, finished = record(train(replace(config, patience=2)), tmp_path / "run")
    assert [epoch.test_loss for epoch in _epochs(events)] == losses[: last + 1]
    best = max(whole[: last + 1], key=lambda each: (each.test_accuracy, -each.test_loss))
    assert finished == replace(finished, reason="finished", epoch=last + 1, best_epoch=best.epoch)  # type: ignore[type-var]
    assert isinstance(finished, RunFinished)
    assert finished.best_accuracy == best.test_accuracy
    assert any(isinstance(event, Noticed) and event.what.startswith("Ended early") for event in events)
    assert f"best: epoch {best.epoch}, {best.test_accuracy:.3f}" in (tmp_path / "run" / "log.txt").read_text()


def test_best_weights_stand_in_the_run_and_stay_whatever_room_there_is(config: TrainConfig, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    kept = {}
    for event in record(train(replace(config, keep_weights=0)), folder):
        if isinstance(event, EpochDone):
            kept[event.epoch] = event
    best = max(kept.values(), key=lambda each: (each.test_accuracy, -each.test_loss))
    assert best_epoch_of(folder) == best.epoch
    assert best.epoch in checkpoint.saved_epochs(folder)
    own = folder / "checkpoints" / f"epoch-{best.epoch:04d}" / "model.safetensors"
    other = folder / "checkpoints" / "best" / "model.safetensors"
    assert other.samefile(own)
    assert sorted(each.name for each in other.parent.iterdir()) == ["checkpoint.json", "model.safetensors", "sums.json"]


def test_best_weights_begin_another_run(config: TrainConfig, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    list(record(train(replace(config, epochs=2)), folder))
    best = load_file(folder / "checkpoints" / "best" / "model.safetensors")
    beginning = replace(config, epochs=1, weights=str(folder / "checkpoints" / "best"))
    list(record(train(beginning), tmp_path / "next"))
    first = load_file(tmp_path / "next" / "checkpoints" / "epoch-0000" / "model.safetensors")
    assert all((first[name] == best[name]).all() for name in best)


@pytest.mark.parametrize("epoch", [1, 3])
def test_run_stopped_on_its_way_ends_as_early_and_with_the_same_best(
    config: TrainConfig, epoch: int, tmp_path: Path
) -> None:
    config = replace(config, patience=2)
    whole, folder, control = tmp_path / "whole", tmp_path / "run", Control()
    list(record(train(config), whole))
    for event in record(train(config, control), folder):
        if isinstance(event, EpochDone) and event.epoch == epoch:
            control.stop()
    _go_on(folder)
    assert final_bits(folder) == final_bits(whole)
    assert told(folder) == told(whole)
    assert best_epoch_of(folder) == best_epoch_of(whole)
    assert read_run(folder).events[-1].best_epoch == read_run(whole).events[-1].best_epoch  # type: ignore[union-attr]


def test_best_weights_of_epochs_that_are_taken_back_go_with_them(config: TrainConfig, tmp_path: Path) -> None:
    folder, control = tmp_path / "run", Control()
    for event in record(train(replace(config, epochs=5), control), folder):
        if isinstance(event, EpochDone) and event.epoch == 3:
            control.stop()
    best = best_epoch_of(folder)
    (folder / "checkpoints" / "best" / "checkpoint.json").unlink()
    (folder / "checkpoints" / "best" / "checkpoint.json").write_text(json.dumps({"epoch": 99}))
    assert best_epoch_of(folder) == 99
    _go_on(folder)
    assert best_epoch_of(folder) != 99
    assert best is not None


def test_run_that_ended_early_goes_on_with_its_patience_anew(config: TrainConfig, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    events = list(record(train(replace(config, patience=1)), folder))
    first = _epochs(events)[-1].epoch
    assert first < config.epochs
    further = _epochs(_go_on(folder))
    assert further[0].epoch == first + 1
    last = _epochs(_go_on(folder, patience=0))[-1].epoch if further[-1].epoch < config.epochs else further[-1].epoch
    assert last == config.epochs


def test_epoch_whose_weights_are_gone_leaves_the_best_as_it_is(config: TrainConfig, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    list(record(train(replace(config, epochs=1)), folder))
    keep_best(folder, 77)
    assert best_epoch_of(folder) == 1


def test_why_it_ended_names_the_epoch_of_the_least_loss_also_after_going_on() -> None:
    standing = Standing().after(1, 0.5, 1.0).after(2, 0.6, 0.5).after(3, 0.7, 0.8).after(4, 0.7, 0.9)
    assert "for 2 epochs the test loss has not been below that of epoch 2 (0.500)" in standing.why_ended(4)
    further = standing.anew().after(5, 0.7, 0.9).after(6, 0.7, 0.9)
    assert further.is_out_of(2)
    assert "for 4 epochs the test loss has not been below that of epoch 2 (0.500)" in further.why_ended(6)
