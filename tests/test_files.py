from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.files import replacing


def test_file_appears_whole(tmp_path: Path) -> None:
    file = tmp_path / "网络" / "a.txt"
    with replacing(file) as temporary:
        temporary.write_text("new")
        assert not file.exists()
    assert file.read_text() == "new"
    assert list(file.parent.iterdir()) == [file]


def test_failure_leaves_the_old_file_and_no_temporary_one(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    with pytest.raises(CnnvizError, match="no space left"):
        _write_until_the_disk_is_full(file)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(CnnvizError, match="cannot be written"), replacing(tmp_path / "a" / "b"):
        pass


def _write_until_the_disk_is_full(file: Path) -> None:
    with replacing(file) as temporary:
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")


def test_umask_of_the_process_is_applied_and_never_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0o027)
    try:
        with monkeypatch.context() as watched:  # for a moment, every other thread would write files open to all
            watched.setattr(os, "umask", lambda _mask: pytest.fail("the umask was set"))
            with replacing(tmp_path / "file") as temporary:
                temporary.write_text("x")
        assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)
