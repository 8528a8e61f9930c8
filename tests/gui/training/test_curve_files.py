from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot
from run_events import WHOLE

from cnnviz.errors import CnnvizError
from cnnviz.gui.theme import DARK, LIGHT, Colors, palette_of, plot_colors_of
from cnnviz.gui.training.run_view import RunView
from cnnviz.gui.training.shown_run import ShownRun
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import WeightsReady


@pytest.fixture
def view(qtbot: QtBot, tmp_path: Path) -> Iterator[RunView]:
    made = RunView()
    qtbot.addWidget(made)
    made.resize(900, 700)
    shown = ShownRun(made)
    shown.clear_for(TrainConfig("lenet", "fashion-mnist-sample"), tmp_path)
    shown.take(tuple(event for event in WHOLE if not isinstance(event, WeightsReady)))
    yield made
    made.browser.end()
    made.files.end()


@pytest.mark.parametrize("suffix", [".png", ".svg", ".csv", ".tsv"])
def test_curves_are_saved_in_each_form(qtbot: QtBot, view: RunView, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"curves{suffix}"
    with qtbot.waitSignal(view.files.saved, timeout=5000):
        view.files.save(file)
    match suffix:
        case ".png":
            assert QImage(str(file)).width() > 1000
        case ".svg":
            assert QSvgRenderer(str(file)).isValid()
        case ".csv":
            assert len(file.read_text("utf-8").splitlines()) == 3
        case ".tsv":
            assert file.read_text("utf-8").splitlines()[0].startswith("Epoch\tTrain loss")


def test_file_of_no_known_kind_is_refused(qtbot: QtBot, view: RunView, tmp_path: Path) -> None:
    with qtbot.waitSignal(view.files.failed) as failed:
        view.files.save(tmp_path / "curves.docx")
    assert isinstance(failed.args[0], CnnvizError)


def test_curves_and_numbers_are_copied(view: RunView) -> None:
    clipboard = QGuiApplication.clipboard()
    view.files.copy_picture()
    assert clipboard.image().width() > 1000
    view.files.copy_steps()
    assert clipboard.text().startswith("run,epoch,step")
    view.files.copy_epochs()
    assert clipboard.text().startswith("Epoch\t")


@pytest.mark.parametrize("colors", [LIGHT, DARK])
def test_curves_are_drawn_on_white_paper_whatever_the_theme_is(view: RunView, colors: Colors) -> None:
    view.setPalette(palette_of(colors))
    view.files.copy_picture()
    picture = QGuiApplication.clipboard().image()
    assert picture.pixelColor(0, 0).name() == "#ffffff"
    shown = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(0, picture.height(), 3)}
    light, dark = plot_colors_of(palette_of(LIGHT)), plot_colors_of(palette_of(DARK))
    assert light.test in shown
    assert dark.test not in shown


def test_plot_that_is_flat_on_screen_is_not_flat_on_paper(view: RunView) -> None:
    view.plots.resize(900, 180)
    view.files.copy_picture()
    picture = QGuiApplication.clipboard().image()
    assert picture.height() > 280 * 2
    assert picture.height() > 0.3 * picture.width()


def test_level_of_guessing_is_named_in_the_legend(view: RunView) -> None:
    view.plots.paint_now()
    assert "┈ guessing: ln 2 = 0.693" in view.plots.loss.legend
    assert "┈ guessing: 1/2" in view.plots.accuracy.legend


def test_end_of_a_run_says_how_it_stands_beside_published_ones(view: RunView) -> None:
    assert view.judgement.isVisibleTo(view)
    assert view.judgement.text().startswith("Not comparable with")
