"""Pictures in files: in threads, with news and a stop, kept on disk for the next run."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from whole_data import drained, read_folder

from cnnviz.errors import CnnvizError
from cnnviz.pictures import reading
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.data import picture_cache, reading_files
from cnnviz.training.data.in_threads import in_threads
from cnnviz.training.data.obtaining import find, measure, read


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNVIZ_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pictures"


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the pictures that are decoded."""
    names: list[str] = []

    def seen(file: Path, *rest: object) -> np.ndarray:
        names.append(f"{file.parent.name}/{file.name}")
        return reading.seen(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(reading_files, "seen", seen)
    return names


def test_pictures_are_decoded_once_and_what_changed_is_decoded_again(picture_folder, decoded: list[str]) -> None:
    folder = picture_folder(count=10)
    first = read_folder(folder)
    assert len(decoded) == 20
    again = read_folder(folder)
    assert len(decoded) == 20
    assert np.array_equal(first.train.images, again.train.images)
    decoded.clear()
    Image.new("RGB", (20, 20), (1, 2, 3)).save(folder / "cat" / "3.png")
    Image.new("RGB", (20, 20), (4, 5, 6)).save(folder / "cat" / "new.png")
    changed = read_folder(folder)
    assert sorted(decoded) == ["cat/3.png", "cat/new.png"]
    seen = np.concatenate([changed.train.images, changed.test.images])[:, :, 0, 0].tolist()
    assert [1, 2, 3] in seen
    assert [4, 5, 6] in seen


def test_another_size_is_kept_beside(picture_folder, decoded: list[str]) -> None:
    folder = picture_folder()
    read_folder(folder, size=16)
    read_folder(folder, size=8)
    assert len(decoded) == 20
    read_folder(folder, size=16)
    assert len(decoded) == 20


def test_what_was_kept_is_used_from_the_file_and_never_written_to(picture_folder) -> None:
    folder = picture_folder()
    images = read_folder(folder).train.images
    assert isinstance(images, np.memmap)
    before = images.copy()
    images[:] = 7
    assert np.array_equal(read_folder(folder).train.images, before)


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_damaged_file_is_written_anew(picture_folder, decoded: list[str], own_cache: Path, damage) -> None:
    folder = picture_folder()
    before = read_folder(folder).train.images.copy()
    for file in own_cache.glob("*.u8"):
        file.write_bytes(file.read_bytes()[:-1] if damage is None else damage)
    assert np.array_equal(read_folder(folder).train.images, before)
    assert len(decoded) == 20


def test_without_room_on_disk_memory_is_used_and_without_that_it_is_refused(
    picture_folder, monkeypatch, own_cache
) -> None:
    folder = picture_folder()
    monkeypatch.setattr(picture_cache, "LIMIT", 10)
    assert not isinstance(read_folder(folder).train.images, np.memmap)
    assert not list(own_cache.glob("*.u8"))
    monkeypatch.setattr("cnnviz.machine.free_bytes", lambda: 10)
    with pytest.raises(CnnvizError, match=r"10 B is free.*10 B may be kept"):
        read_folder(folder)


def test_oldest_files_go_when_the_limit_is_reached(picture_folder, monkeypatch, own_cache: Path) -> None:
    folder = picture_folder()
    read_folder(folder, size=8)
    old = set(own_cache.glob("*.u8"))
    for file in old:
        os.utime(file, (1, 1))
    monkeypatch.setattr(picture_cache, "LIMIT", 20 * 20 * 3 * 10)
    read_folder(folder, size=20)
    assert not old & set(own_cache.glob("*.u8"))
    assert picture_cache.used_bytes() <= picture_cache.LIMIT


def test_limit_limits_reading(picture_folder, decoded: list[str]) -> None:
    data = read_folder(picture_folder(count=20), limit=5)
    assert len(data.train) == 5
    assert len(decoded) == 5 + len(data.test)


def test_stop_is_heard_within_a_picture_and_what_was_read_serves_the_next_run(picture_folder, monkeypatch) -> None:
    folder, control = picture_folder(count=40), Control()
    source = drained(find(str(folder), control))[1]
    found = drained(measure(source, 28, None, control))[1]
    names: list[str] = []
    go = threading.Event()

    def slowly(file: Path, *rest: object) -> np.ndarray:
        names.append(str(file))
        go.wait(0.05)
        return reading.seen(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(reading_files, "seen", slowly)
    news = read(found, control)
    next(news)
    control.stop()
    with pytest.raises(StoppedError):
        list(news)
    done = len(names)
    assert 0 < done < 64
    go.set()
    read_folder(folder)
    assert len(names) < 80 + done, "what was read before the stop is not read again"
    assert len(set(names)) == 80


def test_news_rise_to_the_end(picture_folder) -> None:
    control = Control()
    source = drained(find(str(picture_folder()), control))[1]
    found = drained(measure(source, 28, None, control))[1]
    fractions = [event.fraction for event in drained(read(found, control))[0]]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)


def test_in_threads_ends_with_the_first_failure() -> None:
    def work(at: int) -> None:
        if at == 3:
            raise ValueError("three")

    with pytest.raises(ValueError, match="three"):
        list(in_threads(work, 1000))
    assert list(in_threads(work, 0)) == [1.0]
