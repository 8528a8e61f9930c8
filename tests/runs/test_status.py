"""A run is called going on for as long as its heart beats, and no longer."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.runs import status
from cnnviz.runs.status import Status, is_under_way, read_status


def refused(*_args: object, **_kwargs: object) -> None:
    raise CnnvizError("It cannot be written: Read-only file system.")


def test_run_of_this_process_that_could_not_write_how_it_ended_is_not_going_on(tmp_path: Path, monkeypatch) -> None:
    run = Status(tmp_path)
    run.begin()
    run.note(state="running")
    run.write()
    assert is_under_way(tmp_path)
    with monkeypatch.context() as patch:  # the disk takes no more
        patch.setattr(status, "write_text", refused)
        run.note(state="stopped")
        with pytest.raises(CnnvizError, match="Read-only"):
            run.write()
        run.end()
    assert json.loads((tmp_path / "status.json").read_text())["state"] == "running"
    assert read_status(tmp_path)["state"] == "lost"
    again = Status(tmp_path)
    again.take_up()
    assert is_under_way(tmp_path)
    again.end()


def test_run_that_moved_beats_on_in_its_new_folder_alone(tmp_path: Path) -> None:
    before = Status(tmp_path / "before")
    before.begin()
    now = before.moved(tmp_path / "now")
    assert is_under_way(tmp_path / "now")
    assert not is_under_way(tmp_path / "before")
    now.end()
    assert not is_under_way(tmp_path / "now")


def told(folder: Path, **facts: object) -> None:
    usual = {"state": "running", "host": platform.node(), "process": os.getpid(), "heartbeat": time.time()}
    (folder / "status.json").write_text(json.dumps(usual | facts))


@pytest.mark.parametrize("heart", ["0123456789abcdef", "", "x" * 1000])
def test_heart_of_a_process_that_had_this_one_s_number_does_not_beat(tmp_path: Path, heart: str) -> None:
    told(tmp_path, heart=heart)
    assert read_status(tmp_path)["state"] == "lost"


@pytest.mark.parametrize("facts", [{}, {"heart": None}, {"heart": ["x"]}, {"heart": "x", "host": "elsewhere"}])
def test_heart_without_a_name_or_on_another_machine_beats_as_long_as_it_is_young(
    tmp_path: Path, facts: dict[str, object]
) -> None:
    told(tmp_path, **facts)
    assert read_status(tmp_path)["state"] == "running"


def test_run_of_another_machine_that_was_cut_off_is_as_long_dead_after_one_was_refused_to_go_on(
    tmp_path: Path,
) -> None:
    told(tmp_path, host="elsewhere", heartbeat=time.time() - 3600)
    run = Status(tmp_path)
    run.take_up()
    run.end()
    run.put_back()
    assert read_status(tmp_path)["state"] == "lost"


def test_run_that_goes_on_elsewhere_is_said_to_be_there(tmp_path: Path) -> None:
    told(tmp_path, host="elsewhere")
    with pytest.raises(CnnvizError, match="is going on, on the computer elsewhere") as caught:
        Status(tmp_path).take_up()
    assert "if it was cut off, 30 seconds" in caught.value.hint
