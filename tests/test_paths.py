from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.paths import path_of, real


def test_home_of_nobody_is_left_as_it_was_written() -> None:
    assert path_of("~nobody-of-this-name/w.pth") == Path("~nobody-of-this-name/w.pth")
    assert path_of("~/w.pth") == Path.home() / "w.pth"


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "x" * 300, "round"])
def test_path_that_leads_nowhere_stands_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "round").symlink_to(tmp_path / "round")
    assert real(tmp_path / name) == tmp_path / name


def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "there")
    assert real(tmp_path / "link") == tmp_path.resolve() / "there"
