"""The whole main job on the real thing: pick, probe, look, train, look again. Real network, data and threads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.gui.app import make_window
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.pages import PAGES
from cnnviz.pictures.samples import samples
from cnnviz.training.events import EpochDone
from cnnviz.training.recording import read_run
from cnnviz.zoo.catalog import resolve

_SMALL_VGG = resolve("vgg11", {"width_divisor": 8}, (1, 32, 32))
_IMPORT_MS, _ANSWER_MS, _TRAINING_MS = 60_000, 30_000, 300_000


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """The window as ``cnnviz`` makes it, painted, its pages built and torch imported."""
    window = make_window(qapp, resolve("vgg11"))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: len(window.tabs.pages) == len(PAGES) and window.session.torch_is_ready, timeout=_IMPORT_MS)
    window.page("training").form.keep_runs_in(tmp_path / "训练")
    yield window
    window.close()


def test_small_vgg_is_picked_probed_looked_at_trained_and_looked_at_again(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    _probe(window, qtbot)
    window.open_picture(samples()[0].file)
    untrained, deeper = (_maps(window, qtbot, path) for path in ("block1.0", "block3.2"))
    assert untrained.values.shape == (8, 32, 32)
    assert deeper.values.shape == (32, 8, 8)
    assert "untrained" in untrained.weights

    run = _train(window, qtbot)
    epoch = [event for event in read_run(run).events if isinstance(event, EpochDone)][-1]
    assert epoch.test_accuracy > 0.5

    window.page("training").look_at_feature_maps()
    assert session.weights.file == run
    qtbot.waitUntil(lambda: _shown(window).step == epoch.step, timeout=_ANSWER_MS)
    trained = _maps(window, qtbot, "block1.0")
    assert trained.values.shape == untrained.values.shape
    assert not np.allclose(trained.values, untrained.values)


def _probe(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    window.tabs.show_page("layers")
    session.set_spec(_SMALL_VGG)
    qtbot.waitUntil(lambda: session.report is not None and session.report.totals.params < 2_018_346, timeout=_ANSWER_MS)
    assert session.report is not None
    blocks = [call.output_shape for call in session.report.children(0)]
    assert blocks == [(1, 8, 16, 16), (1, 16, 8, 8), (1, 32, 4, 4), (1, 64, 2, 2), (1, 64, 1, 1), (1, 10)]
    rows = window.page("layers").view.model()
    assert rows.rowCount(rows.index(0, 0)) == len(blocks)


def _maps(window: MainWindow, qtbot: QtBot, path: str) -> FeatureMaps:
    """Select the layer at ``path`` and return its maps when they are on screen."""
    assert window.session.report is not None
    call = window.session.report.find(path)
    assert call is not None
    window.tabs.show_page("maps")
    window.session.select_call(call.index)
    qtbot.waitUntil(lambda: _shown(window) is not None and _shown(window).layer == path, timeout=_ANSWER_MS)
    return _shown(window)


def _shown(window: MainWindow) -> FeatureMaps:
    return window.page("maps").shown  # type: ignore[return-value]


def _train(window: MainWindow, qtbot: QtBot) -> Path:
    """Train on the sample for one epoch from the form and return the run folder."""
    training = window.page("training")
    assert training is not None
    window.tabs.show_page("training")
    training.form.fields["epochs"].set_value(1)
    assert training.form.config().resize == 32
    with qtbot.waitSignal(training.run_ended, timeout=_TRAINING_MS):
        training.start()
        training.start()  # a double click
    assert window.session.run is not None
    return window.session.run
