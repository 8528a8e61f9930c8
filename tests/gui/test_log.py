from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnviz.gui import messages

_LOG = logging.getLogger("cnnviz")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    before, level = list(_LOG.handlers), _LOG.level
    messages.write_log_to(tmp_path / "new")
    yield tmp_path / "new" / "cnnviz.log"
    for handler in set(_LOG.handlers) - set(before):
        _LOG.removeHandler(handler)
        handler.close()
    _LOG.setLevel(level)


def test_log_holds_what_is_told_and_begins_when_something_is(log: Path) -> None:
    assert not log.exists()
    _LOG.info("a device was %s", "found")
    assert log.read_text("utf-8").endswith("INFO cnnviz: a device was found\n")


def test_log_that_has_grown_large_makes_room_and_is_kept_once(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "_LOG_BYTES", 500)
    for number in range(40):
        _LOG.warning("message %s %s", number, "." * 50)
    older = log.with_name("cnnviz.log.1")
    assert sorted(log.parent.iterdir()) == [log, older]
    assert max(log.stat().st_size, older.stat().st_size) < 650
    told = older.read_text("utf-8") + log.read_text("utf-8")
    assert "message 39 " in told
    assert "message 38 " in told
    assert "message 0 " not in told


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_in_the_logs_place_costs_the_log(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cnnviz.log")
    before = list(messages._log.handlers)
    messages.write_log_to(tmp_path)
    assert messages._log.handlers == before
