"""A picture that was changed while its run stood still is said to look otherwise, of whatever kind the data are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from idx_content import TRAIN_IMAGES, TRAIN_LABELS, idx_arrays, idx_bytes
from PIL import Image

from cnnviz.errors import CnnvizError
from cnnviz.training import begun_with
from cnnviz.training.begun_with import refuse_others, what_is_new
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.data.image_data import ImageData, TrainAndTest
from cnnviz.training.engine import resume, train
from cnnviz.training.events import Noticed, StepsDone
from cnnviz.training.recording import record
from cnnviz.training.resumption import read_resumption

pytestmark = pytest.mark.usefixtures("one_thread")
_OTHERWISE = "Pictures look otherwise than when the run began"
Write = Callable[[Path, dict[str, np.ndarray]], None]


def _idx(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    for name, values in arrays.items():
        (folder / name).write_bytes(idx_bytes(values))


def _npz(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    names = ("x_train", "y_train", "x_test", "y_test")
    np.savez(folder / "data.npz", **dict(zip(names, arrays.values(), strict=True)))


def _csv(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    images = iter(arrays.values())
    for half in ("train", "test"):
        pixels, labels = next(images), next(images)
        rows = np.column_stack([labels, pixels.reshape(len(labels), -1)])
        header = ",".join(["label", *(f"pixel{at}" for at in range(pixels[0].size))])
        np.savetxt(folder / f"{half}.csv", rows, "%d", ",", header=header, comments="")


def _pictures(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    values = iter(arrays.values())
    for half in ("train", "test"):
        for at, (pixels, label) in enumerate(zip(next(values), next(values), strict=True)):
            file = folder / half / f"class{label}" / f"{at}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(file)


@pytest.mark.parametrize("write", [_idx, _npz, _csv, _pictures])
def test_picture_changed_in_the_middle_of_an_epoch_is_said_when_the_run_goes_on(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_CACHE", str(tmp_path / "cache"))
    data, run, control = tmp_path / "data", tmp_path / "run", Control()
    data.mkdir()
    arrays = idx_arrays(train=40, size=28)
    write(data, arrays)
    config = TrainConfig("lenet", str(data), epochs=2, batch_size=8, device="cpu", precision="fp32")
    for event in record(train(config, control), run):
        if isinstance(event, StepsDone):
            control.stop()
    assert not _said_on_going_on(run)
    arrays[TRAIN_IMAGES][7, 3, 4] ^= 1
    write(data, arrays)
    assert _said_on_going_on(run, epochs=3)
    arrays[TRAIN_LABELS][7] = (arrays[TRAIN_LABELS][7] + 1) % 3
    if write is not _pictures:  # there it would be a second one of that name
        write(data, arrays)
        with pytest.raises(CnnvizError, match="other labels"):
            _said_on_going_on(run, epochs=4)


def _said_on_going_on(run: Path, **given: object) -> bool:
    """Go on to the next stop, after one step."""
    control, resumption = Control(), read_resumption(run, given)
    said = False
    for event in record(resume(resumption, control), run, point=resumption.point):
        said = said or (isinstance(event, Noticed) and event.what.startswith(_OTHERWISE))
        if isinstance(event, StepsDone):
            control.stop()
    return said


def _data(images: np.ndarray) -> TrainAndTest:
    half = ImageData(images, np.zeros(len(images), np.int64), ("a",))
    return TrainAndTest("x", half, replace(half, images=images[:2], labels=half.labels[:2]))


@pytest.mark.parametrize("turn", [lambda x: x[:, ::-1], lambda x: x[:, :, ::-1], lambda x: 255 - x])
def test_one_picture_of_more_than_are_looked_at_whole_is_seen_to_be_another(turn: object, monkeypatch) -> None:
    monkeypatch.setattr(begun_with, "_MOST_BYTES", 10_000)
    images = np.random.default_rng(0).integers(0, 256, (100, 3, 20, 20), np.uint8)
    config = TrainConfig("lenet", "x")
    before = begun_with.begun_with(config, _data(images.copy()))
    for at in (0, 41, 99):
        other = images.copy()
        other[at] = turn(other[at])  # type: ignore[operator]
        now = begun_with.begun_with(config, _data(other))
        refuse_others(before, now)
        assert [said[:8] for said in what_is_new(before, now, config)] == ["Pictures"]
    assert not list(what_is_new(before, begun_with.begun_with(config, _data(images)), config))


def test_run_of_an_earlier_version_whose_pictures_are_not_known_says_nothing_of_them() -> None:
    config = TrainConfig("lenet", "x")
    now = begun_with.begun_with(config, _data(np.zeros((4, 1, 2, 2), np.uint8)))
    assert not list(what_is_new({"pixels": 1}, now, config))
