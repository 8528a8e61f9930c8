from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import CnnvizError
from cnnviz.runs import layout
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import (
    EpochDone,
    Event,
    LearningRateChanged,
    RunFinished,
    RunStarted,
    StepsDone,
    WeightsReady,
)
from cnnviz.training.recording import record
from cnnviz.training.run_list import list_runs, rename_run, told_apart, write_note
from cnnviz.zoo.catalog import resolve

CONFIG = TrainConfig(
    "lenet", "fashion-mnist-sample", options=dict(resolve("lenet").options), resize=28, device="cpu", precision="fp32"
)


def make_run(folder: Path, config: TrainConfig = CONFIG, accuracies: tuple[float, ...] = (0.5, 0.7, 0.6)) -> Path:
    def events() -> list[Event]:
        made: list[Event] = [RunStarted(config, "CPU", 100, 20, 2, ("a", "b"), 10)]
        for epoch, accuracy in enumerate(accuracies, 1):
            made.append(StepsDone(epoch, 2 * epoch - 1, (1.0, 0.9), (0.1, 0.2), 10.0))
            made.append(EpochDone(epoch, 2 * epoch, 1.0, 0.2, 0.9, accuracy, 2.0, 10.0))
        made.append(WeightsReady(len(accuracies), 2 * len(accuracies), {"0.weight": np.zeros(1, np.float32)}))
        return [*made, RunFinished("finished", len(accuracies), 2 * len(accuracies), 7.5)]

    list(record(events(), folder))
    return folder


def test_best_epoch_of_several_that_are_right_as_often_is_the_one_that_the_run_names(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", accuracies=(0.5, 0.5))
    journal = run / layout.METRICS
    rows = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    for row in rows:
        if row["kind"] == "epoch":
            row["test_loss"] = 2.0 / row["epoch"]
    journal.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    assert list_runs(tmp_path)[0].best_epoch == 2


def test_runs_are_listed_with_what_came_of_them_the_newest_first(tmp_path: Path) -> None:
    for name in ("old", "new"):
        make_run(tmp_path / name)
    os.utime(tmp_path / "old" / layout.CONFIG)  # as of a folder that was copied last
    (tmp_path / "no run").mkdir()
    (tmp_path / "a file").touch()
    listed = list_runs(tmp_path)
    assert [run.folder.name for run in listed] == ["new", "old"]
    newest = listed[0]
    assert (newest.state, newest.epochs, newest.final_accuracy, newest.best_accuracy) == ("finished", 3, 0.6, 0.7)
    assert (newest.best_epoch, newest.seconds, newest.note) == (2, 7.5, "")
    assert newest.config == CONFIG


@pytest.mark.parametrize("said", [None, "yesterday", float("nan"), float("inf")])
def test_run_that_does_not_say_when_it_began_has_the_date_of_its_settings(tmp_path: Path, said: object) -> None:
    run = make_run(tmp_path / "run")
    status = json.loads((run / layout.STATUS).read_text("utf-8"))
    (run / layout.STATUS).write_text(json.dumps(status | {"begun": said}), "utf-8")
    os.utime(run / layout.CONFIG, (1000.0, 1000.0))
    assert list_runs(tmp_path)[0].begun == 1000.0


def test_folder_that_is_not_there_holds_no_run(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "nowhere") == ()


def test_what_is_known_is_read_again_only_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run")
    known = {each.folder: each for each in list_runs(tmp_path)}
    with monkeypatch.context() as patch:
        patch.setattr("cnnviz.training.run_list.read_config", lambda _folder: pytest.fail("read again"))
        assert list_runs(tmp_path, known) == tuple(known.values())
    write_note(run, "a note\n")
    assert list_runs(tmp_path, known)[0].note == "a note"


def test_run_that_cannot_be_read_is_listed_with_the_reason(tmp_path: Path) -> None:
    (make_run(tmp_path / "broken") / layout.CONFIG).write_text("model =", "utf-8")
    early = tmp_path / "early"
    early.mkdir()
    (early / layout.STATUS).write_text(json.dumps({"state": "running", "heartbeat": 1}), "utf-8")
    runs = {run.folder.name: run for run in list_runs(tmp_path)}
    assert "is no valid TOML" in runs["broken"].problem
    assert runs["early"].state == "lost"
    assert runs["early"].config is None


def test_damaged_journal_tells_what_is_whole(tmp_path: Path) -> None:
    journal = make_run(tmp_path / "run") / layout.METRICS
    journal.write_bytes(journal.read_bytes().replace(b'{"kind": "epoch", "epoch": 3', b"\xff{", 1))
    (run,) = list_runs(tmp_path)
    assert (run.epochs, run.final_accuracy) == (2, 0.7)


def test_run_is_renamed_unless_the_name_is_taken_or_none(tmp_path: Path) -> None:
    first, other = make_run(tmp_path / "first"), make_run(tmp_path / "other")
    assert rename_run(first, " baseline ") == tmp_path / "baseline"
    assert not first.exists()
    for name in ("other", "", " ", "..", " .. ", " . ", "a/b", "a\0b", "a\nb", "a\ud800b"):
        with pytest.raises(CnnvizError):
            rename_run(tmp_path / "baseline", name)
    assert rename_run(other, "other") == other


def test_what_leads_round_beside_runs_costs_no_run(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    (tmp_path / "lost").symlink_to(tmp_path / "nothing")
    assert [each.folder for each in list_runs(tmp_path)] == [run]


def test_folder_that_may_not_be_entered_costs_no_other_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, closed = make_run(tmp_path / "run"), make_run(tmp_path / "closed")
    holds_run = layout.holds_run

    def refused(folder: Path) -> bool:
        if folder == closed:
            raise PermissionError
        return holds_run(folder)

    monkeypatch.setattr(layout, "holds_run", refused)
    assert [each.folder for each in list_runs(tmp_path)] == [run]


def test_run_that_is_going_on_keeps_its_name(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    status = {"state": "running", "heartbeat": time.time()}
    (run / layout.STATUS).write_text(json.dumps(status), "utf-8")
    with pytest.raises(CnnvizError, match="going on"):
        rename_run(run, "another")


def test_rates_chosen_while_a_run_went_on_are_listed(tmp_path: Path) -> None:
    changes = tuple(LearningRateChanged(1, step, rate) for step, rate in ((1, 0.1), (2, 0.01)))
    made = RunStarted(CONFIG, "CPU", 100, 20, 2, ("a", "b"), 10), *changes
    list(record(made, tmp_path / "run"))
    assert list_runs(tmp_path)[0].rate_changes == changes
    assert told_apart([CONFIG], [changes]) == ["lr 0.001 → 0.1 → 0.01"]
    assert told_apart([CONFIG, CONFIG], [(), changes[:1] + changes]) == ["lr 0.001", "lr 0.001 → … → 0.1 → 0.01"]
    other = replace(CONFIG, model="vgg11")
    assert told_apart([CONFIG, other], [changes, ()], briefly=True) == [
        "lenet, lr 0.001 → 0.1 → 0.01",
        "vgg11, lr 0.001",
    ]


def test_runs_are_told_apart_by_what_differs() -> None:
    slow = replace(CONFIG, learning_rate=0.1, batch_size=256)
    assert told_apart([CONFIG, slow]) == ["lr 0.001, batch 64", "lr 0.1, batch 256"]
    assert told_apart([CONFIG, slow], briefly=True) == ["lr 0.001", "lr 0.1"]
    wide = replace(slow, batch_size=64)
    assert told_apart([CONFIG, slow, wide], briefly=True) == [
        "lr 0.001, batch 64",
        "lr 0.1, batch 256",
        "lr 0.1, batch 64",
    ]
    relu = replace(CONFIG, options={**CONFIG.options, "activation": "relu"})
    assert told_apart([CONFIG, relu]) == ["activation sigmoid", "activation relu"]
    other = replace(CONFIG, model="vgg11")
    assert told_apart([CONFIG, other], briefly=True) == ["lenet", "vgg11"]
    assert told_apart([CONFIG, replace(CONFIG, seed=3)]) == ["seed 0", "seed 3"]
    assert told_apart([CONFIG]) == [""]
    assert told_apart([CONFIG, CONFIG]) == ["", ""]
    assert told_apart([CONFIG, CONFIG, slow]) == ["lr 0.001, batch 64"] * 2 + ["lr 0.1, batch 256"]


def test_only_what_few_runs_have_is_said_behind_the_first_setting() -> None:
    """In the list of a learner's twenty runs each line said all that any of them had changed, and was cut."""
    odd = replace(CONFIG, learning_rate=0.1, batch_size=256, clip_gradient=1.0)
    runs = [CONFIG, CONFIG, replace(CONFIG, learning_rate=0.01), odd]
    assert told_apart(runs, from_most=True) == ["lr 0.001", "lr 0.001", "lr 0.01", "lr 0.1, batch 256, clip gradient 1"]
    clipped = [replace(CONFIG, clip_gradient=1.0, learning_rate=rate) for rate in (0.1, 0.2)]
    assert told_apart([*clipped, CONFIG], from_most=True)[2] == "lr 0.001, clip gradient never"
    assert told_apart(runs[2:], from_most=True) == told_apart(runs[2:])


def test_brief_name_leaves_out_what_tells_nothing_more_and_seeds_that_are_not_needed() -> None:
    slow = replace(CONFIG, learning_rate=0.1, batch_size=256, epochs=9)
    assert told_apart([CONFIG, CONFIG, slow], briefly=True) == ["lr 0.001", "lr 0.001", "lr 0.1"]
    again = replace(CONFIG, seed=3)
    assert told_apart([CONFIG, again, slow], briefly=True) == ["lr 0.001, seed 0", "lr 0.001, seed 3", "lr 0.1"]


def test_every_run_among_others_has_a_name_and_none_is_a_path() -> None:
    later = replace(CONFIG, weights="/home/ada/runs/first")
    assert told_apart([CONFIG, later], briefly=True) == ["fresh weights", "weights first"]
    assert told_apart([CONFIG, replace(CONFIG, schedule="cosine")]) == ["constant", "cosine"]
    assert told_apart([CONFIG, replace(CONFIG, freeze="0")]) == ["freeze none", "freeze 0"]


def test_fewer_than_two_runs_need_no_names() -> None:
    assert told_apart([]) == []


def test_time_of_a_run_that_was_gone_on_with_is_not_that_of_its_first_end(tmp_path: Path) -> None:
    """Killed behind its end, it has trained 3 epochs of 2 s; its end said 4.5 s."""
    run = make_run(tmp_path / "run", accuracies=(0.5, 0.7))
    journal = run / layout.METRICS
    rows = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    epoch = next(row for row in rows if row["kind"] == "epoch")
    rows[-1]["seconds"] = 4.5
    resumed = {"kind": "resumed", "device_name": "", "steps_per_epoch": 2, "epoch": 2, "step": 4, "learning_rate": 0.1}
    told = [*rows, resumed, {**epoch, "epoch": 3, "step": 6}]
    journal.write_text("".join(f"{json.dumps(row)}\n" for row in told), "utf-8")
    assert list_runs(tmp_path)[0].seconds == 6.0
    journal.write_text("".join(f"{json.dumps(row)}\n" for row in told[:-1]), "utf-8")
    assert list_runs(tmp_path)[0].seconds == 4.5
