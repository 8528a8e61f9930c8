from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from run_events import FINISHED, STARTED

from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.training.run_export import RunExport
from cnnviz.training.events import Event, WeightsReady
from cnnviz.training.recording import record


@pytest.fixture
def run(tmp_path: Path) -> Path:
    events: tuple[Event, ...] = (STARTED, WeightsReady(0, 0, {"0.weight": np.ones((2, 3), np.float32)}), FINISHED)
    list(record(events, tmp_path / "run"))
    return tmp_path / "run"


@pytest.fixture
def exporting(qtbot: QtBot) -> Iterator[RunExport]:
    banner = Banner()
    qtbot.addWidget(banner)
    exporting = RunExport(banner, banner)
    yield exporting
    exporting.end()


def test_nothing_is_offered_without_a_run(exporting: RunExport) -> None:
    assert not exporting.button.isEnabled()
    assert not exporting.command().enabled()


def test_run_is_written_in_the_form_that_the_ending_tells(
    exporting: RunExport, run: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    exporting.offer(run)
    exporting.save(tmp_path / "out.safetensors")
    qtbot.waitUntil(lambda: "is written" in exporting._banner.text, timeout=20_000)
    assert (tmp_path / "out.safetensors").stat().st_size > 24
    assert "1 tensors, 6 numbers" in exporting._banner.text


def test_ending_that_tells_nothing_is_said(exporting: RunExport, run: Path, tmp_path: Path, qtbot: QtBot) -> None:
    exporting.offer(run)
    exporting.save(tmp_path / "out.zip")
    qtbot.waitUntil(lambda: "does not tell what to write" in exporting._banner.text, timeout=20_000)
    assert not (tmp_path / "out.zip").exists()


def test_dialog_proposes_the_name_of_the_run(exporting: RunExport, run: Path, qtbot: QtBot) -> None:
    exporting.offer(run)
    dialog = exporting.ask_where_to()
    assert dialog is not None
    assert Path(dialog.selectedFiles()[0]).name == "run.py"
    dialog.close()
