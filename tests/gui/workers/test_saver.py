"""Every file that is to be written is written, in order, and told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui.workers.saver import Saver


@pytest.fixture
def saver(qapp: object) -> Iterator[Saver]:
    saver = Saver()
    yield saver
    saver.end()


def test_file_and_its_size_are_told(qtbot: QtBot, saver: Saver, tmp_path: Path) -> None:
    with qtbot.waitSignal(saver.saved, timeout=3000) as told:
        saver.save(lambda file: file.write_text("seven77"), tmp_path / "a.txt")
    assert told.args == [tmp_path / "a.txt", 7]


def test_second_file_takes_nothing_from_the_first(qtbot: QtBot, saver: Saver, tmp_path: Path) -> None:
    told: list[str] = []
    saver.saved.connect(lambda file, _size: told.append(file.name))
    for name in "abc":
        saver.save(lambda file: file.write_text("x"), tmp_path / name)
    qtbot.waitUntil(lambda: told == ["a", "b", "c"], timeout=3000)


def test_refused_file_is_told_and_the_next_one_written(qtbot: QtBot, saver: Saver, tmp_path: Path) -> None:
    def refuse(_file: Path) -> None:
        raise CnnvizError("No.")

    told: list[str] = []
    saver.failed.connect(lambda error: told.append(error.message))
    with qtbot.waitSignal(saver.saved, timeout=3000):
        saver.save(refuse, tmp_path / "a")
        saver.save(lambda file: file.write_text("x"), tmp_path / "b")
    assert told == ["No."]


def test_what_waits_at_the_end_is_written(saver: Saver, tmp_path: Path) -> None:
    begun = threading.Event()
    saver.save(lambda file: (begun.wait(3), file.write_text("x")), tmp_path / "a")
    saver.save(lambda file: file.write_text("x"), tmp_path / "b")
    begun.set()
    saver.end()
    assert (tmp_path / "a").is_file()
    assert (tmp_path / "b").is_file()
