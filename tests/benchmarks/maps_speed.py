"""Times of the feature-map page in sight: from Page Down to paint for every layer, and one repaint.

    python tests/benchmarks/maps_speed.py [MODEL] [WIDTH] [HEIGHT]

It needs a display; Xvfb is one. Capture, quantising and drawing are set against a bare ``model(x)`` of the same run.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from cnnviz.feature_maps.capture import capture
from cnnviz.feature_maps.drawn.drawing import draw
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.gui.app import make_application, make_window
from cnnviz.gui.maps.mosaic_view import MosaicView
from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.maps.wanted import viewable
from cnnviz.inspection.examples import Example
from cnnviz.pictures.samples import samples
from cnnviz.zoo import resolve
from cnnviz.zoo.weights import built

_ROUNDS = 3
_BUDGET = 2**30


class _Paints(QObject):
    """Remembers when a widget was painted last."""

    def __init__(self, *widgets: QObject) -> None:
        super().__init__()
        self.last = 0.0
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.last = time.perf_counter()  # the paint begins: what follows it is waited for by the next turn
        return False


def row(name: str, times: list[float]) -> str:
    """Return one line of the table."""
    high = float(np.percentile(times, 95))
    return f"{name:34} median {statistics.median(times):6.1f}   95 % {high:6.1f}   worst {max(times):6.1f} ms"


def milliseconds(action: Callable[[], object], times: int = 15) -> list[float]:
    """Return how long ``action`` takes, each time."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        found.append(1e3 * (time.perf_counter() - start))
    return found


def until(application: QApplication, is_so: Callable[[], bool], patience: float = 120) -> None:
    """Let the window work until something is so."""
    end = time.perf_counter() + patience
    while not is_so():
        application.processEvents()
        time.sleep(0.0005)
        if time.perf_counter() > end:
            raise TimeoutError


def walk(application: QApplication, page: FeatureMapsPage) -> list[float]:
    """Return the time from each Page Down until the next layer is painted, over all layers."""
    report = page.view.header.layers
    mosaic, vector = page.view.maps.mosaic, page.view.maps.vector
    paints, found = _Paints(mosaic, vector), []
    applied = 0.0

    def note() -> None:
        nonlocal applied
        applied = time.perf_counter()

    page._jobs.found_more.connect(note)  # after the page's own: what was found is applied by then
    for _ in range(report.count - 1):
        before = page.shown
        start = time.perf_counter()
        key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(mosaic, key)
        until(application, lambda before=before: page.shown is not before and paints.last >= applied)
        found.append(1e3 * (time.perf_counter() - start))
    page._jobs.found_more.disconnect(note)
    return found


def shares(model: str) -> None:
    """Print what capture, quantising and drawing cost beside a bare pass."""
    spec = resolve(model)
    net, pixels = built(spec).eval(), torch.rand(1, *spec.input_shape)
    from cnnviz.inspection.tracer import inspect

    report = inspect(spec)
    last = report.calls[-1].identity
    with torch.no_grad():
        bare = milliseconds(lambda: net(pixels), 7)
    caught = milliseconds(lambda: capture(net, Example((pixels,)), last, _BUDGET), 7)
    print(row("bare model(x)", bare))
    print(row("capture of all calls", caught))
    outputs = capture(net, Example((pixels,)), last, _BUDGET)
    largest = max((each for found in outputs.values() for each in found if each.ndim == 4), key=torch.numel)
    values = largest[0].numpy()
    drawn = milliseconds(lambda: draw(values, Scaling(symmetric=None)))
    print(row(f"quantising {' × '.join(map(str, values.shape))}", drawn))
    base = statistics.median(bare)
    parts = (("capture", statistics.median(caught) - base), ("quantising", statistics.median(drawn)))
    print("shares of model(x): " + ", ".join(f"{name} {took / base:+.0%}" for name, took in parts))


def repaints(application: QApplication) -> None:
    """Print what 512 maps of 28 × 28 and of 56 × 56 cost."""
    for side in (28, 56):
        view = MosaicView()
        view.resize(1000, 800)
        view.show()
        drawing = draw(np.random.default_rng(0).normal(size=(512, side, side)).astype(np.float32), Scaling())
        view.show_maps(drawing.levels, drawing.stride, drawing.values)
        application.processEvents()

        def anew(view: MosaicView = view) -> None:
            view.paint_anew()
            view.repaint()

        print(row(f"repaint of 512 maps of {side} × {side}", milliseconds(anew)))
        print(row("a mark moved over them", milliseconds(view.repaint)))
        view.close()


def main(model: str = "vgg16", width: int = 1280, height: int = 800) -> None:
    """Walk through all layers of a network."""
    application = make_application()
    window = make_window(application, resolve(model), samples()[0].file)
    window.resize(width, height)
    window.show()
    until(application, lambda: "maps" in window.tabs._pages)
    window.tabs.show_page("maps")
    page = window.page("maps")
    assert isinstance(page, FeatureMapsPage)
    until(application, lambda: page.shown is not None)
    session = page._session
    assert session.confirmed is not None
    first = viewable(session.confirmed.report)[0]
    print(f"{model}, {width} × {height} pixels, {torch.get_num_threads()} threads")
    for number in range(_ROUNDS):
        session.select_call(first.index)
        until(application, lambda: page.shown is not None and page.shown.call == first.index)
        print(row(f"Page Down to paint, round {number + 1}", walk(application, page)))
    repaints(application)
    shares(model)
    window.closing.stop_and_close()
    until(application, lambda: not window.isVisible())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        import os

        os.environ.setdefault("CNNVIZ_CONFIG_FOLDER", str(Path(folder) / "config"))
        os.environ.setdefault("CNNVIZ_DATA_FOLDER", str(Path(folder) / "data"))
        main(*sys.argv[1:2], *map(int, sys.argv[2:]))
