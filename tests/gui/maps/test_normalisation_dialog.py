"""Mean and deviation of a picture: typed, or measured of data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui.maps.normalisation_dialog import NormalisationDialog
from cnnviz.gui.maps.preprocessing_row import PreprocessingRow
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.data.measured import measured
from cnnviz.training.data.picture_set import picture_set
from cnnviz.zoo import resolve
from cnnviz.zoo.weights_source import Weights

SAMPLE = "fashion-mnist-sample"
_WAIT = 30_000  # ms


def quietly(_done: int, _of: int) -> None:
    """Tell nobody."""


@pytest.fixture
def row(qtbot: QtBot) -> Iterator[PreprocessingRow]:
    made = PreprocessingRow()
    qtbot.addWidget(made)
    made.offer(resolve("lenet"), Weights("random"))
    made.show()
    yield made
    made.end()


def asked(row: PreprocessingRow) -> NormalisationDialog:
    """What is asked when the last entry of the list is chosen."""
    row.normalisation.setCurrentIndex(row.normalisation.count() - 1)
    row.normalisation.activated.emit(row.normalisation.currentIndex())
    assert row.dialog is not None
    return row.dialog


def test_typed_numbers_are_chosen_and_listed(qtbot: QtBot, row: PreprocessingRow) -> None:
    dialog = asked(row)
    assert dialog.isVisible()
    assert row.normalisation.currentText() == "As the weights need"
    dialog.mean.setText("0.25")
    dialog.deviation.setText("0.5")
    with qtbot.waitSignal(row.weights_chosen) as chosen:
        dialog.accept()
    assert chosen.args[0].normalise == "0.25,0.5"
    row.offer(resolve("lenet"), chosen.args[0])
    assert row.normalisation.currentText() == "0.25, 0.5"


@pytest.mark.parametrize(
    ("mean", "deviation", "says"),
    [("a", "1", "no normalisation"), ("0", "0", "no normalisation"), ("0,0", "1,1,1", "as many"), ("", "", "no norm")],
)
def test_what_is_no_normalisation_is_said_in_the_dialog(
    row: PreprocessingRow, mean: str, deviation: str, says: str
) -> None:
    dialog = asked(row)
    dialog.mean.setText(mean)
    dialog.deviation.setText(deviation)
    dialog.accept()
    assert dialog.isVisible()
    assert says in dialog.said.text()


def test_one_number_stands_for_every_channel(qtbot: QtBot, row: PreprocessingRow) -> None:
    row.offer(resolve("torchvision/alexnet"), Weights("random"))
    dialog = asked(row)
    dialog.mean.setText("0.1, 0.2, 0.3")
    dialog.deviation.setText("0.5")
    with qtbot.waitSignal(row.weights_chosen) as chosen:
        dialog.accept()
    assert chosen.args[0].normalise == "0.1,0.2,0.3,0.5,0.5,0.5"


def test_data_are_measured_off_the_gui_thread(qtbot: QtBot, row: PreprocessingRow) -> None:
    dialog = asked(row)
    dialog.data.choose(SAMPLE)
    dialog.measure.click()
    qtbot.waitUntil(lambda: "Measured" in dialog.said.text(), timeout=_WAIT)
    images = picture_set(SAMPLE, "train", 2000).part.pictures
    values = np.asarray(images, np.float64) / 255
    assert float(dialog.mean.text()) == pytest.approx(values.mean(), abs=5e-5)
    assert float(dialog.deviation.text()) == pytest.approx(values.std(), abs=5e-5)


def test_files_are_measured_as_the_network_sees_them_and_broken_ones_left_out(tmp_path: Path) -> None:
    for name, colour in (("red", (200, 0, 40)), ("blue", (0, 100, 250))):
        for half in ("train", "test"):
            (tmp_path / half / name).mkdir(parents=True)
            for number in range(2):
                Image.new("RGB", (9, 7), colour).save(tmp_path / half / name / f"{number}.png")
    (tmp_path / "train" / "red" / "0.png").write_bytes(b"no picture")
    found = tuple(map(float, measured(picture_set(str(tmp_path), "train"), (3, 8, 8), quietly).split(",")))
    pixels = np.array([(200, 0, 40), (0, 100, 250), (0, 100, 250)]) / 255
    np.testing.assert_allclose(found, (*pixels.mean(0), *pixels.std(0)), rtol=1e-3)


def test_measuring_ends_when_nobody_waits_for_it() -> None:
    control = Control()

    def told(_done: int, _of: int) -> None:
        control.stop()
        control.heed()

    with pytest.raises(StoppedError):
        measured(picture_set(SAMPLE, "train"), (1, 28, 28), told)


def test_pictures_of_one_colour_have_no_deviation(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.zeros((8, 8, 8), np.uint8), labels=np.repeat([0, 1], 4))
    with pytest.raises(CnnvizError, match="no deviation"):
        measured(picture_set(str(tmp_path / "a.npz"), "train"), (1, 8, 8), quietly)
