"""Settings as two windows, other versions and damaged disks leave them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from cnnviz.gui.preferences import Preferences


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "settings.json"


def test_what_was_stored_is_there_after_a_restart(file: Path) -> None:
    settings = Preferences(file)
    settings.store("text", "图像")
    settings.store("texts", ["b", "a", "\udcff"])
    settings.store("state", QByteArray(b"\x00\xff"))
    settings.store_mapping("pairs", {"a=b;": "c"})
    settings.save()
    again = Preferences(file)
    assert (again.text("text"), again.texts("texts")) == ("图像", ["b", "a", "\udcff"])
    assert (again.state("state"), again.mapping("pairs")) == (b"\x00\xff", {"a=b;": "c"})


def test_two_windows_keep_each_others_entries(file: Path) -> None:
    first, second = Preferences(file), Preferences(file)
    first.store("theme", "dark")
    first.store_mapping("trusted", {"a.py": "1"})
    first.save()
    second.store("page", "graph")
    second.store_mapping("trusted", {"b.py": "2"})
    second.save()
    assert Preferences(file).text("theme") == "dark"
    assert Preferences(file).mapping("trusted") == {"a.py": "1", "b.py": "2"}


def test_what_one_window_forgets_another_does_not_bring_back(file: Path) -> None:
    first = Preferences(file)
    first.store_mapping("trusted", {"a.py": "1", "b.py": "2"})
    first.save()
    second = Preferences(file)
    first.store_mapping("trusted", {"b.py": "2"})
    first.save()
    second.store_mapping("trusted", {**second.mapping("trusted"), "c.py": "3"})
    second.save()
    assert Preferences(file).mapping("trusted") == {"b.py": "2", "c.py": "3"}
    assert second.mapping("trusted") == {"b.py": "2", "c.py": "3"}


def test_what_cannot_be_written_is_remembered_until_it_can(file: Path) -> None:
    settings = Preferences(file)
    file.parent.write_text("a file where the folder should be")
    settings.store("theme", "dark")
    settings.save()
    settings.refresh()
    assert settings.text("theme") == "dark"
    file.parent.unlink()
    settings.save()
    assert Preferences(file).text("theme") == "dark"


def test_what_a_later_version_stores_stays(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(json.dumps({"later": {"deep": [1, {}]}, "theme": 3}), "utf-8")
    settings = Preferences(file)
    assert (settings.text("theme", "system"), settings.texts("later"), settings.mapping("later")) == ("system", [], {})
    settings.store("page", "graph")
    settings.save()
    assert json.loads(file.read_text("utf-8"))["later"] == {"deep": [1, {}]}
