"""A part of what the scripts beside this file try: odd pictures, damaged files, hostile pickles."""

from __future__ import annotations

import os
from pathlib import Path

import damaged_files
import hostile_journals
import hostile_pickles
import hostile_resumes
import odd_pictures
import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and alarms are POSIX's")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CNNVIZ_CONFIG_FOLDER", "CNNVIZ_DATA_FOLDER", "CNNVIZ_CACHE", "TORCH_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "own"))
    monkeypatch.chdir(tmp_path)


def test_odd_pictures_are_pictures_or_one_clear_line(tmp_path: Path) -> None:
    (pictures := tmp_path / "pictures").mkdir()
    outcomes = []
    for number, file in enumerate(odd_pictures.odd_pictures(pictures, 80, 7)):
        if "bomb-" not in file.name:  # those at the limit take seconds
            outcomes += odd_pictures.opened_in_all_ways(file, tmp_path / f"data-{number}")
    assert "\n".join(f"{each.what}: {each.fault}" for each in outcomes if each.fault) == ""
    assert sum(not each.line for each in outcomes) > 20
    assert not (tmp_path / "MARK").exists()


def test_damaged_files_are_answers_or_one_clear_line(tmp_path: Path) -> None:
    outcomes = damaged_files.tried(tmp_path, 120, 7, special=False)
    assert "\n".join(f"{each.what}: {each.fault}" for each in outcomes if each.fault) == ""
    assert any(each.line for each in outcomes)


def test_no_pickle_is_run(tmp_path: Path) -> None:
    outcomes, made = hostile_pickles.tried(tmp_path, 8)
    assert made == []
    assert "\n".join(f"{each.what}: {each.fault}" for each in outcomes if each.fault) == ""


def test_journal_of_others_is_read_or_refused_in_one_clear_line(tmp_path: Path) -> None:
    outcomes = hostile_journals.tried(tmp_path, 400, 7)
    assert "\n".join(f"{each.what}: {each.fault}" for each in outcomes if each.fault) == ""
    assert sum(not each.line for each in outcomes) > 300


def test_checkpoint_of_others_is_gone_on_from_or_refused_in_one_clear_line(tmp_path: Path) -> None:
    outcomes = hostile_resumes.tried(tmp_path, 30, 7)
    assert "\n".join(f"{each.what}: {each.fault}" for each in outcomes if each.fault) == ""
    assert any(each.line for each in outcomes)
