"""Times of a graph that is opened completely: laying out, building the scene, and each frame of panning and zooming.

    python tests/benchmarks/graph_speed.py [MODEL] [WIDTH] [HEIGHT]

Frames are painted by the processor, as on screen. QT_QPA_PLATFORM=offscreen does without a display.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QPointF
from PySide6.QtWidgets import QApplication

import cnnviz
from cnnviz.gui.graph.cards import draw_graph
from cnnviz.gui.graph.view import GraphView
from cnnviz.gui.workers.warmup import spare_the_collector
from cnnviz.inspection.graphs.graph import Nesting

_FRAMES = 60


def milliseconds(action: Callable[[], object]) -> float:
    """Return how long ``action`` takes."""
    timer = QElapsedTimer()
    timer.start()
    action()
    return timer.nsecsElapsed() / 1e6


def row(name: str, times: list[float]) -> str:
    """Return one line of the table."""
    return f"{name:30} median {statistics.median(times):6.1f}   worst {max(times):6.1f} ms"


def frames(view: GraphView, name: str, move: Callable[[int], None]) -> None:
    """Print the time that each frame of a movement takes."""

    def frame(i: int) -> None:
        move(i)
        view.viewport().repaint()

    print(row(name, [milliseconds(lambda i=i: frame(i)) for i in range(_FRAMES)]))


def main(model: str = "torchvision/densenet121", width: int = 1280, height: int = 800) -> None:
    """Open a network completely and move it about."""
    application = QApplication([])
    report = cnnviz.inspect(model)
    spare_the_collector()  # as the window does
    opened = Nesting.of(report).containers()
    view = GraphView()
    view.resize(width, height)
    view.show()
    picture = draw_graph(report, opened, view.font())
    print(f"{model}: {len(picture.graph.nodes)} nodes, {len(picture.graph.edges)} edges, {width} × {height} pixels")
    again = [milliseconds(lambda: draw_graph(report, opened, view.font())) for _ in range(5)]
    print(row("laid out (worker thread)", again))
    print(row("scene built (GUI thread)", [milliseconds(lambda: view.show_drawing(picture)) for _ in range(5)]))
    application.processEvents()
    view.fit()
    frames(view, "fitted, pan", lambda i: view.pan(QPointF(0, 3 if i % 2 else -3)))
    frames(view, "zoom in from there", lambda _: view.zoom(1.08))
    for scale in (0.05, 0.2, 0.35, 1.0):
        view.zoom(scale / view.scale_)
        view.center_on(len(report.calls) // 2)
        frames(view, f"pan at scale {scale}", lambda _: view.pan(QPointF(0, -7)))
    frames(view, "zoom out from there", lambda _: view.zoom(1 / 1.08))


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:4]))
