from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.places import config_folder
from cnnviz.zoo.own import named_before


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_CONFIG_FOLDER", str(tmp_path / "config"))


def test_what_cannot_be_read_now_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named_before.remember(tmp_path / "a.py", "1")

    def refused(_file: Path, _most: int) -> bytes:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(named_before, "read_whole", refused)
        named_before.remember(tmp_path / "b.py", "2")
        assert not named_before.was_named(tmp_path / "a.py", "1")
    assert named_before.was_named(tmp_path / "a.py", "1")


def test_what_is_damaged_is_begun_anew(tmp_path: Path) -> None:
    config_folder().mkdir(parents=True)
    (config_folder() / "trained.json").write_text("[", "utf-8")
    named_before.remember(tmp_path / "a.py", "1")
    assert named_before.was_named(tmp_path / "a.py", "1")
