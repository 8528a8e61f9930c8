"""``cnnviz tail`` as another program uses it: whole lines, from a byte on, to the end of the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from run_events import WHOLE

from cnnviz.__main__ import main
from cnnviz.runs.tail import lines_of
from cnnviz.training.recording import record


@pytest.fixture
def run(tmp_path: Path) -> Path:
    list(record(iter(WHOLE), tmp_path / "run"))
    return tmp_path / "run"


def under_way(folder: Path) -> None:
    """Let the folder say of itself that its run, this process, goes on."""
    status = json.loads((folder / "status.json").read_text())
    status |= {"state": "running", "process": os.getpid(), "heartbeat": time.time() + 20}
    (folder / "status.json").write_text(json.dumps(status))


def test_whole_journal_is_printed_as_it_stands(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", str(run)]) == 0
    out = capsys.readouterr().out
    assert out == (run / "metrics.jsonl").read_text()
    assert [json.loads(line)["kind"] for line in out.splitlines()][-1] == "finished"


def test_reader_goes_on_where_it_stopped(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (run / "metrics.jsonl").read_text()
    first = whole.index("\n") + 1
    for offset in (first, len(whole)):
        assert main(["tail", str(run), "--from", str(offset)]) == 0
        assert capsys.readouterr().out == whole[offset:]


def test_offset_within_a_line_begins_with_the_next(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (run / "metrics.jsonl").read_text()
    first = whole.index("\n") + 1
    assert main(["tail", str(run), "--from", str(first - 1)]) == 0
    assert capsys.readouterr().out == whole[first:]


def test_line_that_is_being_written_is_not_printed(run: Path) -> None:
    whole = (run / "metrics.jsonl").read_bytes()
    (run / "metrics.jsonl").write_bytes(whole[:-5])
    assert b"".join(line for _, line in lines_of(run)) == whole[: whole[:-5].rindex(b"\n") + 1]


@pytest.mark.parametrize("offset", ["-1", "x", "1e3", ""])
def test_offset_that_is_no_number_of_bytes_is_refused(offset: str, run: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["tail", str(run), f"--from={offset}"])
    assert refused.value.code == 2


def test_offset_behind_the_end_is_refused_in_a_line(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", str(run), "--from", "999999"]) == 2
    said = capsys.readouterr()
    assert "byte 999,999 was asked for" in said.err
    assert said.out == ""


def test_folder_without_a_run_is_refused_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", str(tmp_path)]) == 2
    assert "holds no run" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", [b"\0\0\0", b'{"a": "\xed\xa0\x80"}', '{"a": "\u00e9"}'.encode("utf-16-be")], ids=("none", "half", "utf-16")
)
def test_damaged_line_is_told_apart_from_the_journal(
    line: bytes, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (run / "metrics.jsonl").open("ab") as journal:
        journal.write(line + b"\n")
    assert main(["tail", str(run)]) == 0
    said = capsys.readouterr()
    assert all(json.loads(line) for line in said.out.splitlines())
    assert "damaged" in said.err


def test_terminal_is_not_commanded_by_a_journal(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as journal:
        journal.write('{"kind": "\u009b31m\u202e"}\n')
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["tail", str(run)]) == 0
    said = capsys.readouterr().out
    assert json.loads(said.splitlines()[-1]) == {"kind": "\u009b31m\u202e"}
    assert said.isascii()


def test_follower_hears_of_all_that_is_written_and_ends_with_the_run(run: Path) -> None:
    lines = (run / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    (run / "metrics.jsonl").write_bytes(b"")
    ended = (run / "status.json").read_bytes()
    under_way(run)

    def write() -> None:
        with (run / "metrics.jsonl").open("ab", buffering=0) as journal:
            for line in lines:
                journal.write(line[:7])
                time.sleep(0.05)
                if line is lines[-1]:  # a run says that it has ended before its last line stands
                    (run / "status.json").write_bytes(ended)
                    time.sleep(0.3)
                journal.write(line[7:])

    writer = threading.Thread(target=write)
    writer.start()
    heard = [line for _, line in lines_of(run, follow=True)]
    writer.join()
    assert heard == lines


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_lines_that_are_taken_back_between_two_looks_are_followed_by_those_in_their_place(kept: int, run: Path) -> None:
    journal, lines = run / "metrics.jsonl", (run / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    others = [line[:-2] + b', "again": 1}\n' for line in lines[kept:]]
    journal.write_bytes(b"".join(lines[:3]))
    ended = (run / "status.json").read_bytes()
    under_way(run)
    heard = []
    for _, line in lines_of(run, follow=True):
        heard.append(line)
        if len(heard) == 3:
            (run / "new").write_bytes(b"".join([*lines[:kept], *others]))
            (run / "new").replace(journal)
            (run / "status.json").write_bytes(ended)
    assert heard == [*lines[:3], *others]


def test_follower_of_a_run_that_was_killed_ends_and_says_so(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = json.loads((run / "status.json").read_text()) | {"state": "running", "heartbeat": time.time() - 100}
    (run / "status.json").write_text(json.dumps(status))
    assert main(["tail", str(run), "--follow"]) == 3
    assert "process is gone" in capsys.readouterr().err


def test_following_a_real_run_prints_its_whole_journal(tmp_path: Path) -> None:
    cnnviz = [sys.executable, "-m", "cnnviz"]
    folder, options = tmp_path / "run", ["--limit", "500", "--epochs", "2", "--device", "cpu"]
    train = [*cnnviz, "train", "lenet", "--data", "fashion-mnist-sample", "--run-dir", str(folder), *options]
    with subprocess.Popen(train, stdout=subprocess.DEVNULL) as training:
        while not (folder / "status.json").exists():
            time.sleep(0.05)
        said = subprocess.run([*cnnviz, "tail", str(folder), "--follow"], capture_output=True, timeout=60)
    assert training.returncode == said.returncode == 0
    assert said.stdout == (folder / "metrics.jsonl").read_bytes()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_pipe_in_the_journals_place_is_refused_and_not_waited_for(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "metrics.jsonl").unlink()
    os.mkfifo(run / "metrics.jsonl")
    assert main(["tail", str(run)]) == 2
    assert "it is no file" in capsys.readouterr().err
