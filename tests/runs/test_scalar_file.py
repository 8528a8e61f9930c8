"""The file of a run's curves, read by a parser that follows the format's description and shares no line with ours."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from full_disk import no_space
from run_events import EPOCH, STEPS, WHOLE

from cnnviz.runs.scalar_file import ScalarFile
from cnnviz.training.control import Control
from cnnviz.training.events import Event, FolderLost, FolderTaken, RunFinished
from cnnviz.training.recording import record
from cnnviz.training.rows import row_of

Fields = dict[int, list[object]]


def crc32c(content: bytes) -> int:
    """One bit after another: slow, and as the polynomial is defined."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 * (crc & 1))
    return crc ^ 0xFFFFFFFF


def masked(content: bytes) -> int:
    crc = crc32c(content)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) % 2**32


def records(content: bytes) -> Iterator[bytes]:
    while content:
        (length, check) = struct.unpack_from("<QI", content)
        assert check == masked(content[:8])
        yield content[12 : 12 + length]
        assert struct.unpack_from("<I", content, 12 + length) == (masked(content[12 : 12 + length]),)
        content = content[16 + length :]


def fields(content: bytes) -> Fields:
    """Return the values of a protobuf message by their numbers."""
    found: Fields = {}
    at = 0

    def varint() -> int:
        nonlocal at
        number, shift = 0, 0
        while True:
            byte = content[at]
            at += 1
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    while at < len(content):
        key = varint()
        match key & 7:
            case 0:
                value: object = varint()
            case 1:
                value, at = struct.unpack_from("<d", content, at)[0], at + 8
            case 5:
                value, at = struct.unpack_from("<f", content, at)[0], at + 4
            case 2:
                length = varint()
                value, at = content[at : at + length], at + length
        found.setdefault(key >> 3, []).append(value)
    return found


def scalars(folder: Path) -> dict[str, dict[int, float]]:
    """Return what the files of a run's folder say, by tag and step."""
    found: dict[str, dict[int, float]] = {}
    for file in sorted(folder.glob("events.out.tfevents.*")):
        first, start, *rest = [fields(each) for each in records(file.read_bytes())]
        assert first[3] == [b"brain.Event:2"]
        assert start[7] == [b"\x08\x01"]  # SessionLog.START: what was said before of these steps is undone
        for points in found.values():
            for step in [each for each in points if each >= start.get(2, [0])[0]]:
                del points[step]
        for event in rest:
            assert event[1][0] > 1.7e9  # wall time, seconds
            for value in fields(event[5][0])[1]:
                each = fields(value)
                found.setdefault(each[1][0].decode(), {})[event[2][0]] = each[2][0]
    return found


def test_checksum_is_that_of_the_standard() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # RFC 3720, and every list of CRCs


def test_every_step_and_every_epoch_of_a_run_is_a_point(tmp_path: Path) -> None:
    list(record(iter(WHOLE), tmp_path / "run"))
    found = scalars(tmp_path / "run")
    assert found["step/loss"] == {1: 2.5, 2: 2.25}
    assert found["step/accuracy"] == {1: 0.125, 2: 0.25}
    assert found["epoch/test accuracy"] == {2: EPOCH.test_accuracy}
    assert found["epoch/train loss"] == {2: EPOCH.train_loss}


def test_learning_rates_are_points_where_the_journal_tells_them(tmp_path: Path) -> None:
    file = ScalarFile(tmp_path)
    file.add({"kind": "steps", "first_step": 300, "losses": [1.0, 0.5], "learning_rates": [0.125, 0.0625]})
    file.write()
    assert scalars(tmp_path)["step/learning rate"] == {300: 0.125, 301: 0.0625}


def test_run_that_never_started_leaves_no_file(tmp_path: Path) -> None:
    list(record(iter(WHOLE[:1]), tmp_path / "run"))
    assert not list(tmp_path.rglob("events.out.*"))


def test_number_too_large_for_the_file_is_infinite_there(tmp_path: Path) -> None:
    file = ScalarFile(tmp_path)
    file.add({"kind": "steps", "first_step": 1, "losses": [1e300]})
    file.write()
    assert scalars(tmp_path)["step/loss"] == {1: float("inf")}


def test_disk_that_is_full_for_a_while_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ScalarFile(tmp_path)
    file.add(row_of(STEPS))
    with monkeypatch.context() as full:
        full.setattr(Path, "open", no_space)
        file.write()
    file.add(row_of(replace(STEPS, first_step=3)))
    file.write()
    assert list(scalars(tmp_path)["step/loss"]) == [1, 2, 3, 4]


def test_run_whose_folder_is_lost_has_all_of_its_curves_in_the_next(tmp_path: Path) -> None:
    control = Control()
    first, second = tmp_path / "first", tmp_path / "second"

    def events() -> Iterator[Event]:
        yield from WHOLE[:4]
        first.rename(tmp_path / "gone")
        yield EPOCH
        yield RunFinished("finished", 1, 2, 0.5)

    for event in record(events(), first, control):
        if isinstance(event, FolderLost):
            control.go_on_in(second)
        assert not isinstance(event, FolderTaken) or event.folder == second
    assert scalars(second)["step/loss"] == {1: 2.5, 2: 2.25}
    assert scalars(second)["epoch/train loss"] == {2: EPOCH.train_loss}


@pytest.mark.parametrize("was_told", [False, True])
def test_step_stays_a_point_where_the_test_behind_it_is_told_after_a_pause(
    was_told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The epoch's numbers are of that very step: undoing them, if there are any, undoes the step's as well."""
    before, again = ScalarFile(tmp_path), ScalarFile(tmp_path)
    for row in [row_of(STEPS), *[row_of(replace(EPOCH, test_loss=9.0))] * was_told]:
        before.add(row)
    before.write()
    monkeypatch.setattr("os.getpid", lambda: 2**22)  # of the process that goes on
    again.go_on_behind([row_of(STEPS)])
    again.add(row_of(EPOCH))
    again.write()
    found = scalars(tmp_path)
    assert found["step/loss"] == {1: 2.5, 2: 2.25}
    assert found["step/accuracy"] == {1: 0.125, 2: 0.25}
    assert found["epoch/test loss"] == {2: EPOCH.test_loss}


def test_file_of_a_run_that_goes_on_with_another_step_says_nothing_of_the_last_one(tmp_path: Path) -> None:
    file = ScalarFile(tmp_path)
    file.go_on_behind([row_of(STEPS)])
    file.add(row_of(replace(STEPS, first_step=3)))
    file.write()
    assert list(scalars(tmp_path)["step/loss"]) == [3, 4]
