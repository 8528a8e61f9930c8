"""Runs whose process is killed, whose folder vanishes or is wanted by two, whose disk is full for a while."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import run_events
from full_disk import FillsUp, no_space
from run_events import EPOCH, FINISHED, STARTED, STEPS, WHOLE, weights

from cnnviz.errors import CnnvizError
from cnnviz.files import NoSpaceError
from cnnviz.runs import checkpoint
from cnnviz.runs.journal import Journal
from cnnviz.runs.status import Status, read_status
from cnnviz.training.control import Control
from cnnviz.training.events import CheckpointWritten, Event, FolderLost, FolderTaken, Noticed, RunFinished, StepsDone
from cnnviz.training.recording import read_run, record

_KILLED = """
import sys, time
from pathlib import Path
from cnnviz.training.events import Preparing
from cnnviz.training.recording import record
sys.path.insert(0, sys.argv[2])
from run_events import WHOLE

def events():
    yield from WHOLE[: int(sys.argv[3])]
    print("there", flush=True)
    time.sleep(60)
for event in record(events(), Path(sys.argv[1])):
    pass
"""


def killed(folder: Path, events: int) -> None:
    """Kill a process that has recorded so many events."""
    command = [sys.executable, "-c", _KILLED, folder, Path(run_events.__file__).parent, str(events)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"there\n"
        assert read_status(folder)["state"] in ("preparing", "running")
        run.send_signal(signal.SIGKILL)


def test_run_that_was_killed_is_lost_and_opens_with_all_that_it_wrote(tmp_path: Path) -> None:
    killed(tmp_path / "run", len(WHOLE) - 1)
    run = read_run(tmp_path / "run")
    assert run.state == "lost"
    assert STEPS in run.events
    assert EPOCH in run.events
    with pytest.raises(CnnvizError, match="already holds a run"):
        list(record(WHOLE, tmp_path / "run"))


def test_folder_of_a_run_that_was_killed_while_preparing_serves_the_next_one(tmp_path: Path) -> None:
    killed(tmp_path, 1)
    with pytest.raises(CnnvizError, match="has not got beyond reading its data") as caught:
        read_run(tmp_path)
    assert "a new run may take the folder" in caught.value.hint
    assert tuple(record(WHOLE, tmp_path)) == WHOLE
    assert [event for event in read_run(tmp_path).events if isinstance(event, StepsDone)] == [STEPS]
    assert not list(tmp_path.glob(".*"))


def test_run_of_another_machine_is_lost_when_its_heart_stopped(tmp_path: Path) -> None:
    recording = record(WHOLE, tmp_path)
    next(event for event in recording if event is STARTED)
    assert read_status(tmp_path)["state"] == "running"
    status = json.loads((tmp_path / "status.json").read_text())
    recording.close()
    for host, age, state in (("another", 5, "running"), ("another", 60, "lost"), (status["host"], 60, "lost")):
        facts = {**status, "host": host, "process": os.getpid(), "heartbeat": time.time() - age}
        (tmp_path / "status.json").write_text(json.dumps(facts))
        assert read_status(tmp_path)["state"] == state


def test_heart_beats_while_nothing_happens(tmp_path: Path) -> None:
    recording = record(WHOLE, tmp_path)
    next(recording)
    first = read_status(tmp_path)["heartbeat"]
    time.sleep(1.5)
    assert read_status(tmp_path)["heartbeat"] > first
    recording.close()


@pytest.mark.parametrize("left_by_a_killed_run", [False, True])
def test_one_of_many_that_want_a_folder_gets_it(tmp_path: Path, left_by_a_killed_run: bool) -> None:
    if left_by_a_killed_run:
        status = {"state": "preparing", "heartbeat": 0}
        (tmp_path / "status.json").write_text(json.dumps(status))
    got: list[int] = []
    refused: list[str] = []
    gate, over = threading.Barrier(8), threading.Barrier(8)

    def start(number: int) -> None:
        recording = record(WHOLE, tmp_path)
        gate.wait()
        try:
            next(event for event in recording if event is STARTED)
            got.append(number)
        except CnnvizError as error:
            refused.append(error.message)
        over.wait()
        recording.close()

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert set(refused) == {f"{tmp_path} already holds a run."}
    assert read_run(tmp_path).state == "stopped"


@pytest.mark.parametrize("how", ["removed", "moved"])
def test_folder_that_vanishes_is_told_at_once(tmp_path: Path, how: str) -> None:
    run = tmp_path / "run"

    def events() -> Iterator[Event]:
        yield from WHOLE[:3]
        if how == "removed":
            shutil.rmtree(run)
        else:
            run.rename(tmp_path / "elsewhere")
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            time.sleep(0.05)
            yield STEPS
        pytest.fail("nobody noticed")

    with pytest.raises(CnnvizError, match=r"The run's folder .* is gone"):
        list(record(events(), run))
    assert not run.exists()


def lost_in_the_middle(run: Path, control: Control) -> Iterator[Event]:
    """Steps as the engine makes them: it tells what was done, and then waits while it is paused."""
    yield from WHOLE[:3]
    shutil.rmtree(run)
    for _ in range(3):
        yield STEPS
    control.wait_while_paused()
    yield EPOCH
    yield FINISHED


def test_run_that_lost_its_folder_goes_on_in_another_one_with_all_of_its_numbers(tmp_path: Path) -> None:
    control, run, other = Control(), tmp_path / "run", tmp_path / "taken"
    list(record(WHOLE, other))
    folders, told = [tmp_path / "elsewhere", other], []
    for event in record(lost_in_the_middle(run, control), run, control):
        told.append(event)
        if isinstance(event, FolderLost):
            assert control.paused
            threading.Timer(0.1, control.go_on_in, folders[-1:]).start()
            folders.pop()
    lost, again, taken = [event for event in told if isinstance(event, FolderLost | FolderTaken)]
    assert lost.what == f"The run's folder {run} is gone."
    assert again.what == f"{other} already holds a run."
    assert taken == FolderTaken(tmp_path / "elsewhere")
    assert not run.exists()
    found = read_run(tmp_path / "elsewhere")
    assert found.state == "finished"
    kinds = [type(event).__name__ for event in found.events if not isinstance(event, Noticed)]
    assert kinds == [
        "Preparing", "RunStarted", "CheckpointWritten", "StepsDone", "StepsDone", "StepsDone", "EpochDone",
        "CheckpointWritten", "RunFinished",
    ]  # fmt: skip
    assert (tmp_path / "elsewhere" / "checkpoints" / "final" / "model.safetensors").is_file()
    assert (tmp_path / "elsewhere" / "environment.json").is_file()
    log = (tmp_path / "elsewhere" / "log.txt").read_text()
    assert f"The run's folder {run} was lost on the way" in log


def test_run_whose_folder_was_put_back_goes_on_there(tmp_path: Path) -> None:
    control, run = Control(), tmp_path / "run"

    def events() -> Iterator[Event]:
        yield from WHOLE[:3]
        run.rename(tmp_path / "away")
        yield STEPS
        (tmp_path / "away").rename(run)
        control.resume()
        yield EPOCH
        yield FINISHED

    told = [type(event) for event in record(events(), run, control)]
    assert told.count(FolderLost) == 1
    assert read_run(run).state == "finished"
    assert STEPS in read_run(run).events
    assert read_status(run)["epoch"] == 1


def test_run_that_is_stopped_without_a_folder_says_what_was_lost(tmp_path: Path) -> None:
    control, run = Control(), tmp_path / "run"
    recording = record(lost_in_the_middle(run, control), run, control)
    next(event for event in recording if isinstance(event, FolderLost))
    control.stop()
    with pytest.raises(CnnvizError, match="is gone"):
        list(recording)
    assert not run.exists()


def test_disk_that_is_full_at_the_end_waits_for_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save = checkpoint.write

    def save_weights(folder: Path, *arguments: object) -> Path:
        if folder == tmp_path / "full":
            raise NoSpaceError("There is no space left.", "Free some.")
        return save(folder, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(checkpoint, "write", save_weights)
    control = Control()
    for event in record(WHOLE, tmp_path / "full", control):
        if isinstance(event, FolderLost):
            control.go_on_in(tmp_path / "roomy")
    assert read_run(tmp_path / "roomy").state == "finished"
    assert [each.name for each in read_run(tmp_path / "roomy").checkpoints] == ["epoch-0001"]


def test_full_disk_does_not_end_training_and_nothing_is_missing_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, write, save = [False], Journal._append, checkpoint.write

    def append(self: Journal, out: object) -> None:
        write(self, FillsUp(out, 3) if full[0] else out)  # type: ignore[arg-type]

    def save_weights(*arguments: object) -> Path:
        if full[0]:
            raise NoSpaceError("There is no space left.", "Free some.")
        return save(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "_append", append)
    monkeypatch.setattr(checkpoint, "write", save_weights)

    def events() -> Iterator[Event]:
        yield STARTED
        yield weights(0, 0)
        full[0] = True
        yield STEPS
        yield EPOCH
        yield weights(1, 2)
        full[0] = False
        yield STEPS
        yield RunFinished("finished", 1, 2, 0.5)

    said = [event.what for event in record(events(), tmp_path) if isinstance(event, Noticed)]
    assert len(said) == 2
    assert "no space left" in said[0]
    assert "Training goes on." in said[0]
    assert "There is space again" in said[1]
    journalled = [event for event in read_run(tmp_path).events if not isinstance(event, Noticed)]
    assert [type(event).__name__ for event in journalled] == [
        "RunStarted", "CheckpointWritten", "StepsDone", "EpochDone", "StepsDone", "CheckpointWritten", "RunFinished",
    ]  # fmt: skip
    assert (tmp_path / "checkpoints" / "final" / "model.safetensors").is_file()
    assert CheckpointWritten(1, 2) in journalled


def test_disk_that_is_still_full_at_the_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def save_weights(*_arguments: object) -> None:
        raise NoSpaceError("There is no space left.", "Free some.")

    monkeypatch.setattr(checkpoint, "write", save_weights)
    with pytest.raises(NoSpaceError):
        list(record(WHOLE, tmp_path))
    assert read_run(tmp_path).state == "failed"


def test_run_that_ends_on_a_disk_that_became_read_only_says_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = Control()

    def refuse(_journal: Journal) -> None:
        raise CnnvizError("metrics.jsonl cannot be written: Read-only file system.", "Choose another folder.")

    def events() -> Iterator[Event]:
        yield from WHOLE[:3]
        monkeypatch.setattr(Journal, "write", refuse)
        yield STEPS
        control.stop()
        yield RunFinished("stopped", 0, 2, 0.5)

    with pytest.raises(CnnvizError, match=r"Read-only file system\. Kept so far: epoch 0, step 0\.") as caught:
        list(record(events(), tmp_path, control))
    assert caught.value.hint == "Put that right, then go on from there: Continue, or --resume."


def test_status_that_cannot_be_written_leaves_the_folder_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "write_text", no_space)
    with pytest.raises(NoSpaceError):
        Status(tmp_path).begin()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_folder_that_can_have_no_such_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CnnvizError, match="no folder's name"):
        list(record(WHOLE, tmp_path / name))
