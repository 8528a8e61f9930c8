from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.maps.run_watch import RunWatch
from cnnviz.gui.session import Session
from cnnviz.zoo.weights_source import Weights


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run whose second epoch has just ended, somewhere else."""
    checkpoints = tmp_path / "run" / "checkpoints"
    (checkpoints / "epoch-0001").mkdir(parents=True)
    write_latest(tmp_path / "run", "epoch-0001")
    return tmp_path / "run"


def write_latest(run: Path, name: str) -> None:
    """As a run does: beside its place, and renamed."""
    temporary = run / "checkpoints" / "latest.new"
    temporary.write_text(name, "utf-8")
    temporary.replace(run / "checkpoints" / "latest")


@pytest.mark.parametrize("kind", ["run", "file"])
def test_weights_that_another_program_writes_are_told(qtbot: QtBot, session: Session, run: Path, kind: str) -> None:
    watch = RunWatch(session)
    file = run if kind == "run" else run / "checkpoints" / "epoch-0001"
    session.set_weights(Weights(kind, file=file))  # type: ignore[arg-type]
    for name in ("epoch-0002", "epoch-0003"):
        with qtbot.waitSignal(session.run_weights_written, timeout=5000) as told:
            write_latest(run, name)
        assert told.args == [run]
    assert watch is not None


def test_a_run_of_this_window_is_told_of_once_by_itself(qtbot: QtBot, session: Session, run: Path) -> None:
    watch = RunWatch(session)
    told: list[object] = []
    session.run_weights_written.connect(told.append)
    session.set_weights(Weights("run", file=run))
    session.set_run(run)
    session.set_training(True)
    write_latest(run, "epoch-0002")
    qtbot.wait(600)
    session.set_weights(Weights("random"))
    session.set_training(False)
    write_latest(run, "epoch-0003")
    qtbot.wait(600)
    assert told == []
    assert watch is not None
