from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from full_disk import FillsUp, no_space
from run_events import CONFIG, EPOCH, STARTED, STEPS, WHOLE, weights

from cnnviz.errors import CnnvizError
from cnnviz.runs import checkpoint, journal
from cnnviz.runs.checkpoint import read_newest_weights, saved_epochs
from cnnviz.runs.layout import run_and_epoch
from cnnviz.runs.status import read_status
from cnnviz.runs.weights_file import read_weights_file
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.events import (
    CheckpointWritten,
    EpochDone,
    Event,
    Noticed,
    RunFailed,
    RunFinished,
    RunStarted,
    StepsDone,
    WeightsReady,
)
from cnnviz.training.recording import read_config, read_run, record


def read_metrics(folder: Path) -> tuple[StepsDone | EpochDone, ...]:
    return tuple(event for event in read_run(folder).events if isinstance(event, StepsDone | EpochDone))


def read_weights(folder: Path) -> tuple[Mapping[str, torch.Tensor], int]:
    saved = read_newest_weights(folder)
    return saved.tensors, int(saved.about["step"])


def names(folder: Path) -> list[str]:
    return sorted(child.name for child in folder.iterdir())


def test_real_run_can_be_opened_again(tmp_path: Path) -> None:
    config = TrainConfig("lenet", "fashion-mnist-sample", epochs=2, limit=200, device="cpu", deterministic=True)
    events = list(record(train(config), tmp_path / "run"))
    started = next(event for event in events if isinstance(event, RunStarted))
    last = [event for event in events if isinstance(event, WeightsReady)][-1]
    assert read_config(tmp_path / "run") == started.config
    told = [event for event in events if isinstance(event, StepsDone | EpochDone)]
    again = read_metrics(tmp_path / "run")
    assert [event for event in again if isinstance(event, EpochDone)] == [e for e in told if isinstance(e, EpochDone)]
    assert [event.last_step for event in again if isinstance(event, StepsDone)] == [
        event.last_step for event in told if isinstance(event, StepsDone)
    ]
    state, step = read_weights(tmp_path / "run")
    assert step == last.step == 8
    assert all(np.array_equal(state[name].numpy(), last.state[name]) for name in last.state)
    final = read_weights_file(tmp_path / "run" / "checkpoints" / "final" / "model.safetensors")
    assert all(torch.equal(final.tensors[name], state[name]) for name in state)


def test_events_pass_through_unchanged(tmp_path: Path) -> None:
    assert tuple(record(WHOLE, tmp_path / "run")) == WHOLE


def test_folder_holds_what_the_interface_promises(tmp_path: Path) -> None:
    list(record(WHOLE, tmp_path))
    expected = ["checkpoints", "config.toml", "environment.json", "log.txt", "metrics.jsonl", "status.json"]
    curves = [name for name in names(tmp_path) if name.startswith("events.out.tfevents.")]
    assert names(tmp_path) == sorted([*expected, *curves])
    assert len(curves) == 1
    assert names(tmp_path / "checkpoints") == ["epoch-0000", "epoch-0001", "final", "latest"]
    assert (tmp_path / "checkpoints" / "latest").read_text().strip() == "epoch-0001"
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    kinds = ["preparing", "started", "checkpoint", "steps", "epoch", "checkpoint", "finished"]
    assert [row["kind"] for row in rows] == kinds
    assert rows[4] == {
        "kind": "epoch",
        "epoch": 1,
        "step": 2,
        "train_loss": 2.375,
        "train_accuracy": 0.1875,
        "test_loss": 2.0,
        "test_accuracy": 0.5,
        "seconds": 0.25,
        "images_per_second": 400.0,
        "waiting_seconds": 0.0,
    }
    status = read_status(tmp_path)
    assert (status["state"], status["epoch"], status["step"]) == ("finished", 1, 2)
    assert read_metrics(tmp_path) == (STEPS, EPOCH)
    assert "test accuracy 0.500" in (tmp_path / "log.txt").read_text()
    assert json.loads((tmp_path / "environment.json").read_text())["device"] == "a CPU"


def test_weights_say_which_network_they_belong_to(tmp_path: Path) -> None:
    from safetensors import safe_open

    list(record(WHOLE, tmp_path))
    with safe_open(tmp_path / "checkpoints" / "final" / "model.safetensors", "np") as opened:
        about = opened.metadata()
    assert about["model"] == "lenet"
    assert json.loads(about["options"]) == {"in_channels": 1, "num_classes": 2}
    assert json.loads(about["input_shape"]) == [1, 28, 28]
    assert json.loads(about["class_names"]) == ["cat", "dog"]
    assert about["step"] == "2"


def test_each_event_is_on_disk_before_it_is_passed_on(tmp_path: Path) -> None:
    for event in record(WHOLE, tmp_path):
        if event is WHOLE[0]:
            assert read_status(tmp_path)["state"] == "preparing"
        if event is STARTED:
            assert read_metrics(tmp_path) == ()
            assert read_config(tmp_path) == CONFIG
            assert read_status(tmp_path)["state"] == "running"
        if event is STEPS:
            assert read_metrics(tmp_path) == (STEPS,)
        if isinstance(event, WeightsReady):
            assert read_weights(tmp_path)[1] == event.step


def test_folder_with_a_run_is_never_overwritten(tmp_path: Path) -> None:
    list(record(WHOLE, tmp_path))
    before = (tmp_path / "metrics.jsonl").read_bytes()
    with pytest.raises(CnnvizError, match="already holds a run"):
        next(record(WHOLE, tmp_path))
    assert (tmp_path / "metrics.jsonl").read_bytes() == before


def test_run_keeps_the_weights_of_every_epoch_for_which_there_is_room(tmp_path: Path) -> None:
    list(record([STARTED, *(weights(epoch, 10 * epoch) for epoch in range(9))], tmp_path))
    assert list(saved_epochs(tmp_path)) == list(range(9))
    assert run_and_epoch(saved_epochs(tmp_path)[4]) == (tmp_path, 4)
    assert run_and_epoch(saved_epochs(tmp_path)[4] / "model.safetensors") == (tmp_path, 4)
    assert run_and_epoch(tmp_path / "checkpoints" / "final") is None


@pytest.mark.parametrize("room", [1, 2, 4, 5])
def test_epochs_that_do_not_all_fit_are_kept_evenly_spread_and_within_the_room(room: int, tmp_path: Path) -> None:
    size, state = 4000, {"w": np.zeros(900, np.float32)}  # bytes of a checkpoint, at most
    for epoch in range(40):
        checkpoint.write(tmp_path, state, epoch, epoch, {}, room * size)
        kept = list(saved_epochs(tmp_path))
        assert kept[-3:] == list(range(max(0, epoch - 2), epoch + 1))
        assert kept[0] == 0
        sizes = [sum(file.stat().st_size for file in folder.iterdir()) for folder in saved_epochs(tmp_path).values()]
        assert sum(sizes[:-3]) <= room * size
        gaps = np.diff(kept[:-2])
        assert gaps.max(initial=1) <= 2 * epoch / max(1, len(gaps)) + 1


def test_older_checkpoints_go_and_the_newest_stay(tmp_path: Path) -> None:
    events = [STARTED, weights(0, 0)]
    for epoch in range(1, 6):
        events += [weights(epoch - 1, 10 * epoch - 5), weights(epoch, 10 * epoch)]
    started = replace(STARTED, config=replace(STARTED.config, keep_weights=0))
    list(record([started, *events[1:]], tmp_path))
    assert names(tmp_path / "checkpoints") == ["epoch-0003", "epoch-0004", "epoch-0005", "latest"]
    list(record([STARTED, weights(0, 0), weights(0, 5), weights(0, 7)], tmp_path / "between"))
    assert names(tmp_path / "between" / "checkpoints") == ["epoch-0000", "latest", "step-00000007"]
    assert read_weights(tmp_path / "between")[1] == 7


def failing(error: BaseException) -> Iterator[Event]:
    yield from WHOLE[:4]
    raise error


@pytest.mark.parametrize(
    ("error", "state"), [(CnnvizError("No memory.", "Less."), "failed"), (KeyboardInterrupt(), "stopped")]
)
def test_run_that_fails_says_so_in_its_status(tmp_path: Path, error: BaseException, state: str) -> None:
    with pytest.raises(type(error)):
        list(record(failing(error), tmp_path))
    assert read_status(tmp_path)["state"] == state
    assert read_status(tmp_path)["message"] == str(error)


@pytest.mark.parametrize("reason", ["stopped", "diverged"])
def test_run_that_ends_early_keeps_its_reason_and_has_no_final_weights(tmp_path: Path, reason) -> None:
    list(record([*WHOLE[:4], RunFinished(reason, 0, 2, 0.5)], tmp_path))
    assert read_status(tmp_path)["state"] == reason
    assert "final" not in names(tmp_path / "checkpoints")


def test_closing_the_recording_closes_the_run_and_says_stopped(tmp_path: Path) -> None:
    closed = []

    def events() -> Iterator[Event]:
        try:
            yield from WHOLE
        finally:
            closed.append(True)

    recording = record(events(), tmp_path)
    next(event for event in recording if event is STARTED)
    recording.close()
    assert closed == [True]
    assert read_status(tmp_path)["state"] == "stopped"


def test_full_disk_before_the_start_is_told_before_anything_is_trained(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(Path, "write_text", no_space)
    trained = []

    def events() -> Iterator[Event]:
        trained.append(True)
        yield from WHOLE

    with pytest.raises(CnnvizError, match="no space left") as caught:
        list(record(events(), tmp_path / "run"))
    assert "Free some disk space" in caught.value.hint
    assert not trained
    monkeypatch.undo()
    assert tuple(record(WHOLE, tmp_path / "run")) == WHOLE, "the same folder serves the next try"


def test_run_that_never_started_leaves_nothing_behind(tmp_path: Path) -> None:
    def events() -> Iterator[Event]:
        yield WHOLE[0]
        raise CnnvizError("There are no data.", "Choose others.")

    with pytest.raises(CnnvizError, match="no data"):
        list(record(events(), tmp_path / "run"))
    assert names(tmp_path) == []


def test_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(CnnvizError, match="is a file"):
        list(record(WHOLE, file))
    with pytest.raises(CnnvizError, match="cannot be written"):
        list(record(WHOLE, file / "below"))


@pytest.mark.parametrize("message", ["I/O error: No space left on device (os error 28)", None])
def test_full_disk_at_a_checkpoint_leaves_the_one_before(tmp_path: Path, monkeypatch, message: str | None) -> None:
    from safetensors import SafetensorError, numpy

    real = numpy.save_file

    def save_file(state: dict, file: Path, about: dict) -> None:
        if about["step"] == "2":
            file.write_bytes(b"half a fi")
            raise SafetensorError(message) if message else OSError(errno.ENOSPC, "No space left on device")
        real(state, file, about)

    monkeypatch.setattr(numpy, "save_file", save_file)
    with pytest.raises(CnnvizError, match="no space left"):
        list(record(WHOLE, tmp_path))
    assert names(tmp_path / "checkpoints") == ["epoch-0000", "latest"]
    assert read_weights(tmp_path)[1] == 0
    assert read_metrics(tmp_path) == (STEPS, EPOCH)
    assert read_status(tmp_path)["state"] == "failed"


@pytest.mark.parametrize("room", [0, 5])
def test_line_that_does_not_fit_any_more_is_taken_back(tmp_path: Path, room: int) -> None:
    lines = journal.Journal(tmp_path / "metrics.jsonl")
    lines.add('{"a": 1}')
    lines.write()
    whole = lines._out
    lines._out = FillsUp(whole, room)
    lines.add('{"b": 2}')
    with pytest.raises(CnnvizError, match="no space left"):
        lines.write()
    assert (tmp_path / "metrics.jsonl").read_text() == '{"a": 1}\n'
    lines._out = whole
    lines.write()
    lines.close()
    assert (tmp_path / "metrics.jsonl").read_text() == '{"a": 1}\n{"b": 2}\n'


def test_line_that_is_still_being_written_is_left_out_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    list(record(WHOLE, tmp_path))
    file = tmp_path / "metrics.jsonl"
    whole = file.read_text()
    file.write_text(whole + '{"kind": "ep')
    assert read_metrics(tmp_path) == (STEPS, EPOCH)
    file.write_text("rubbish\n" + whole + "\0\0\n" + f'{{"kind": "epoch", "epoch": {"9" * 5000}}}\n')
    assert read_metrics(tmp_path) == (STEPS, EPOCH)
    said = [event.what for event in read_run(tmp_path).events if isinstance(event, Noticed)]
    assert said == ["Damaged lines of metrics.jsonl are left out: 1, 9, 10."]


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "epoch", "epoch": 0, "step": 5, "train_loss": "low", "train_accuracy": 0},
        {"kind": "steps", "epoch": 1, "first_step": 10**30, "losses": [1], "accuracies": [1], "images_per_second": 1},
        {"kind": "steps", "epoch": 1, "first_step": 1, "losses": None, "accuracies": [1], "images_per_second": 1},
        {"kind": "of a later version", "a": {}},
        {"kind": ["epoch"]},
    ],
)
def test_row_that_no_run_writes_is_left_out(tmp_path: Path, row: dict[str, object]) -> None:
    list(record(WHOLE, tmp_path))
    before = read_run(tmp_path).events
    with (tmp_path / "metrics.jsonl").open("a") as journal:
        journal.write(f"{json.dumps(row)}\n")
    assert read_run(tmp_path).events == before


def test_folder_without_a_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match="holds no run"):
        read_config(tmp_path)
    with pytest.raises(CnnvizError, match="holds no trained weights"):
        read_weights(tmp_path)
    with pytest.raises(CnnvizError, match="holds no run"):
        read_run(tmp_path)


def test_damaged_weights_are_a_clear_error(tmp_path: Path) -> None:
    list(record(WHOLE, tmp_path))
    for name in ("epoch-0001", "final"):
        (tmp_path / "checkpoints" / name / "model.safetensors").write_bytes(b"rubbish")
        (tmp_path / "checkpoints" / name / "sums.json").unlink()
    with pytest.raises(CnnvizError, match=r"nor one that torch\.save wrote, or it is damaged"):
        read_weights(tmp_path)


@pytest.mark.parametrize("damage", ["[1]", "null", "{"])
def test_status_that_is_no_status_is_told(tmp_path: Path, damage: str) -> None:
    (tmp_path / "status.json").write_text(damage)
    with pytest.raises(CnnvizError, match=r"status\.json"):
        read_status(tmp_path)


def test_weights_of_a_run_that_was_deleted_are_told_from_weights_that_are_yet_to_come(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match="not there any more"):
        read_weights(tmp_path / "gone")
    for state, awaits in (("running", True), ("finished", False)):
        (tmp_path / "status.json").write_text(json.dumps({"state": state, "heartbeat": time.time()}), "utf-8")
        with pytest.raises(CnnvizError, match="holds no trained weights") as refused:
            read_weights(tmp_path)
        assert ("Wait" in refused.value.hint) is awaits


def test_journal_holds_every_event_but_the_weights(tmp_path: Path) -> None:
    list(record(WHOLE, tmp_path))
    run = read_run(tmp_path)
    told = [event for event in WHOLE if not isinstance(event, WeightsReady)]
    assert [event for event in run.events if not isinstance(event, CheckpointWritten)] == told
    written = [event for event in run.events if isinstance(event, CheckpointWritten)]
    assert written == [CheckpointWritten(0, 0), CheckpointWritten(1, 2)]
    assert run.state == "finished"
    assert [folder.name for folder in run.checkpoints] == ["epoch-0000", "epoch-0001"]


def test_journal_of_a_run_that_failed_ends_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError):
        list(record(failing(CnnvizError("No memory.", "Less.")), tmp_path))
    assert read_run(tmp_path).events[-1] == RunFailed("failed", "No memory. Less.")


def test_journal_of_the_first_version_is_read_and_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    list(record(WHOLE, tmp_path))
    file = tmp_path / "metrics.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    old = [row | {"momenta": [0.1]} for row in rows if row["kind"] in ("steps", "epoch")]
    later = [{"kind": "gradients", "norm": 1.0}, {"kind": "epoch"}]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in [*old, *later]))
    started, *events = read_run(tmp_path).events
    assert isinstance(started, RunStarted)
    assert started.steps_per_epoch == 2
    assert events == [STEPS, EPOCH]


def test_reading_a_run_loads_no_torch(tmp_path: Path) -> None:
    list(record(WHOLE, tmp_path))
    code = "import sys, cnnviz; print(cnnviz.read_run(sys.argv[1]).state, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["finished", "False"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("name", ["metrics.jsonl", "log.txt"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_in_the_folder_leads_no_line_to_another_file(tmp_path: Path, name: str, is_there: bool) -> None:
    other = tmp_path / "profile"
    if is_there:
        other.write_text("mine")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).symlink_to(other)
    with pytest.raises(CnnvizError):
        list(record(WHOLE, tmp_path / "run"))
    assert other.exists() == is_there
    assert not is_there or other.read_text() == "mine"


def test_weights_of_another_run_are_not_taken_for_those_of_a_new_one(tmp_path: Path) -> None:
    old = tmp_path / "run" / "checkpoints" / "epoch-0001"
    old.mkdir(parents=True)
    (old / "model.safetensors").write_bytes(b"of another")
    with pytest.raises(CnnvizError, match="holds checkpoints"):
        list(record(WHOLE, tmp_path / "run"))
    assert (old / "model.safetensors").read_bytes() == b"of another"


@pytest.mark.parametrize("name", ["log.txt", "environment.json", "metrics.jsonl"])
def test_a_file_that_is_there_is_not_written_to(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(CnnvizError, match="holds"):
        list(record(WHOLE, tmp_path))
    assert names(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_run_whose_last_line_cannot_be_written_has_not_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = journal.Journal.write

    def refuse(self: journal.Journal) -> None:
        if b'"finished"' in self._content:
            raise CnnvizError("The journal cannot be written.", "Check the disk.")
        write(self)

    monkeypatch.setattr(journal.Journal, "write", refuse)
    with pytest.raises(CnnvizError, match="cannot be written"):
        list(record(iter(WHOLE), tmp_path / "run"))
    assert read_status(tmp_path / "run")["state"] == "failed"
    assert read_run(tmp_path / "run").state == "failed"
