from __future__ import annotations

import errno
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.files import (
    create_text,
    making_folder,
    read_whole,
    replacing,
    stamp_of,
    sweep,
    write_text,
)


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


_KILLED = """
import os, sys
from pathlib import Path
from cnnviz.files import replacing, making_folder
with (replacing if sys.argv[2] == "file" else making_folder)(Path(sys.argv[1])):
    os.kill(os.getpid(), 9)
"""


def killed_while_writing(target: Path, kind: str = "file") -> None:
    """Leave what a process leaves that is killed while it writes."""
    subprocess.run([sys.executable, "-c", _KILLED, target, kind], check=False)
    assert len(list(target.parent.glob(f".{target.name}.*"))) == 1


def test_what_a_killed_process_left_goes_with_the_next_writing(tmp_path: Path) -> None:
    killed_while_writing(tmp_path / "a.txt")
    write_text(tmp_path / "other.txt", "x")
    assert len(list(tmp_path.iterdir())) == 2
    write_text(tmp_path / "a.txt", "x")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.txt", "other.txt"]


def test_sweep_takes_what_is_left_and_leaves_what_is_being_written_or_is_somebody_elses(tmp_path: Path) -> None:
    killed_while_writing(tmp_path / "a.txt")
    killed_while_writing(tmp_path / "d", "folder")
    for name in (".a.txt.swp", ".0123abcd", "a.0123abcd", ".a.0123ABCD"):
        (tmp_path / name).write_text("mine")
    with replacing(tmp_path / "b.txt") as one, making_folder(tmp_path / "c") as other:
        one.write_text("x")
        sweep(tmp_path)
        assert one.exists()
        assert other.exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        ".0123abcd", ".a.0123ABCD", ".a.txt.swp", "a.0123abcd", "b.txt", "c",
    ]  # fmt: skip


@pytest.mark.parametrize("has_links", [True, False])
def test_one_of_many_creates_a_file_and_it_is_never_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", lambda *_names: (_ for _ in ()).throw(OSError(errno.EPERM, "no links")))
    assert create_text(tmp_path / "a.txt", "first")
    assert not create_text(tmp_path / "a.txt", "second")
    assert (tmp_path / "a.txt").read_text() == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for file in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="no file"):
            read_whole(file, 10)


def test_a_file_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_whole(tmp_path / "a", 5) == b"12345"
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_whole(tmp_path / "a", 4)


def test_reading_takes_no_more_memory_than_the_file_has(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    tracemalloc.start()
    try:
        read_whole(tmp_path / "a", 1 << 28)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there are no files of unknown length")
def test_a_file_whose_length_the_system_does_not_tell_is_read_whole() -> None:
    assert b"Threads" in read_whole(Path("/proc/self/status"), 1 << 20)


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_name_that_no_file_can_have_is_an_error_of_the_system_as_any_other(name: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no file can have this name"):
        read_whole(tmp_path / name, 9)
    assert stamp_of(tmp_path / name) is None


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CnnvizError, match="no file can have this name"):
        write_text(tmp_path / name, "x")
