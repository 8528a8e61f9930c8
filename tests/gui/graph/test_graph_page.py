from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPicture
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from shown_reports import show_report

from cnnviz.errors import CnnvizError
from cnnviz.gui.graph.cards import draw_graph
from cnnviz.gui.graph.family_colors import graph_colors_of
from cnnviz.gui.graph.page import GraphPage
from cnnviz.gui.graph.view import GraphView, next_box
from cnnviz.gui.parts.drawing_file import png_scale, write
from cnnviz.gui.session import Session
from cnnviz.gui.theme import DARK, LIGHT, Colors, palette_of
from cnnviz.inspection.graphs.graph import INPUT, OUTPUT
from cnnviz.inspection.graphs.graph_layout import Rect
from cnnviz.inspection.kinds.kind import Family
from cnnviz.inspection.report import Failure, Report

MakeReport = Callable[..., Report]
_FEATURES, _CONV, _RELU, _FC = 1, 2, 3, 5
_SOURCES = {2: (), 3: (2,), 4: (3,), 5: (4,), 6: (5,)}


@pytest.fixture
def report(make_report: MakeReport) -> Report:
    """features (convolution, ReLU), flatten, a classifier used twice: a chain."""
    return _linked(make_report())


def _linked(report: Report) -> Report:
    calls = tuple(
        replace(call, inputs_from=_SOURCES.get(call.index, ()), reads_input=not _SOURCES.get(call.index))
        for call in report.calls
    )
    return replace(report, calls=calls, outputs_from=() if report.error else (max(_SOURCES),))


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> Iterator[GraphPage]:
    page = GraphPage(session)
    qtbot.addWidget(page)
    page.resize(600, 500)
    yield page
    page.end()


def settle(qtbot: QtBot, page: GraphPage) -> None:
    qtbot.waitUntil(lambda: page.drawing is not None and page.drawing.opened == page.opened, timeout=3000)
    assert page.drawing is not None


@pytest.fixture
def shown(qtbot: QtBot, page: GraphPage, session: Session, report: Report) -> GraphPage:
    """The page with its first graph on screen."""
    page.show()
    show_report(session, report)
    settle(qtbot, page)
    return page


def ids(page: GraphPage) -> set[int]:
    assert page.drawing is not None
    return {node.id for node in page.drawing.graph.nodes}


def click(page: GraphPage, call: int, double: bool = False) -> None:
    viewport = page.view.viewport()
    at = place_of(page, call) + QPointF(8, 8)
    (QTest.mouseDClick if double else QTest.mouseClick)(viewport, Qt.MouseButton.LeftButton, pos=at.toPoint())


def place_of(page: GraphPage, call: int) -> QPointF:
    """Where a card's left top end is in the viewport."""
    return page.view.viewportTransform().map(page.view.graph.boxes[call].pos())


def test_hidden_page_lays_out_nothing(qtbot: QtBot, page: GraphPage, session: Session, report: Report) -> None:
    show_report(session, report)
    QApplication.processEvents()
    assert not page._layouts.busy
    assert page.drawing is None
    page.show()
    settle(qtbot, page)
    assert ids(page) == {INPUT, 2, 3, 4, 5, 6, OUTPUT}


def test_small_network_is_open_at_first(shown: GraphPage) -> None:
    assert shown.opened == {_FEATURES}
    assert shown.drawing is not None
    assert set(shown.drawing.layout.groups) == {_FEATURES}


def test_double_click_opens_and_closes_a_container(qtbot: QtBot, shown: GraphPage) -> None:
    click(shown, _FEATURES, double=True)
    settle(qtbot, shown)
    assert ids(shown) == {INPUT, 1, 4, 5, 6, OUTPUT}
    click(shown, _FEATURES, double=True)
    settle(qtbot, shown)
    assert ids(shown) == {INPUT, 2, 3, 4, 5, 6, OUTPUT}


def test_toggled_container_keeps_its_place_on_screen(qtbot: QtBot, shown: GraphPage) -> None:
    shown.view.pan(QPointF(13, -21))
    before = shown.view.anchor_at(_FEATURES)
    shown.toggle(_FEATURES)
    settle(qtbot, shown)
    after = shown.view.anchor_at(_FEATURES)
    assert before is not None
    assert after is not None
    assert (after[1] - before[1]).manhattanLength() < 2


def test_button_on_a_card_opens_it(qtbot: QtBot, shown: GraphPage) -> None:
    shown.close_all()
    settle(qtbot, shown)
    button = shown.view.graph.boxes[_FEATURES].button()
    assert button is not None
    at = shown.view.viewportTransform().map(button.center()).toPoint()
    QTest.mouseClick(shown.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    settle(qtbot, shown)
    assert shown.opened == {_FEATURES}


def test_keys_close_open_and_walk_along_the_wires(qtbot: QtBot, shown: GraphPage, session: Session) -> None:
    def press(key: Qt.Key) -> None:
        QTest.keyClick(shown.view, key)

    shown.view.setFocus()
    session.select_call(_CONV)
    press(Qt.Key.Key_Down)
    assert session.selected_call is not None
    assert session.selected_call.index == _RELU
    press(Qt.Key.Key_Minus)
    settle(qtbot, shown)
    assert ids(shown) == {INPUT, 1, 4, 5, 6, OUTPUT}
    assert session.selected_call.index == _FEATURES
    press(Qt.Key.Key_Return)
    settle(qtbot, shown)
    assert _CONV in ids(shown)


def test_clicked_card_is_selected_for_all_views(shown: GraphPage, session: Session) -> None:
    click(shown, _FC)
    assert session.selected_call is not None
    assert session.selected_call.index == _FC
    assert shown.view.graph.boxes[_FC].is_selected


def test_call_selected_elsewhere_lights_up_or_what_holds_it(qtbot: QtBot, shown: GraphPage, session: Session) -> None:
    session.select_call(_RELU)
    assert [box for box, item in shown.view.graph.boxes.items() if item.is_selected] == [_RELU]
    shown.close_all()
    settle(qtbot, shown)
    assert [box for box, item in shown.view.graph.boxes.items() if item.is_selected] == [_FEATURES]


def test_call_selected_out_of_sight_is_brought_to_the_middle(shown: GraphPage, session: Session) -> None:
    session.select_call(_CONV)
    shown.view.zoom(3.0)
    shown.view.center_on(_CONV)
    session.select_call(6)
    box = shown.view.graph.boxes[6]
    middle = shown.view.viewportTransform().map(box.pos() + box.box.center())
    assert (middle - QPointF(shown.view.viewport().rect().center())).manhattanLength() < 4


def test_drag_pans_and_selects_nothing(shown: GraphPage, session: Session) -> None:
    selected, viewport, before = session.selected_call, shown.view.viewport(), place_of(shown, _FC)
    start = (before + QPointF(9, 9)).toPoint()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(viewport, start + QPoint(0, 30))
    QTest.mouseMove(viewport, start + QPoint(25, 40))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=start + QPoint(25, 40))
    assert (place_of(shown, _FC) - before - QPointF(25, 40)).manhattanLength() < 2
    assert session.selected_call is selected


def test_zoom_keeps_what_is_under_the_mouse(shown: GraphPage) -> None:
    at = place_of(shown, _FC)
    shown.view.zoom(1.7, at)
    assert (place_of(shown, _FC) - at).manhattanLength() < 2
    assert shown.view.scale_ > 1.0


def test_fit_shows_everything(shown: GraphPage) -> None:
    shown.view.zoom(3.0)
    shown.view.fit()
    seen = shown.view.mapToScene(shown.view.viewport().rect()).boundingRect()
    assert seen.contains(shown.view.graph.content)


def test_search_marks_hits_and_steps_through_them(qtbot: QtBot, shown: GraphPage, session: Session) -> None:
    def marked() -> set[int]:
        return {call for call, box in shown.view.graph.boxes.items() if box.is_marked}

    shown.close_all()
    settle(qtbot, shown)
    shown.bar.search.setText("relu")
    assert marked() == {_FEATURES}
    assert shown.bar.hits.text() == "1 hit"
    QTest.keyClick(shown.bar.search, Qt.Key.Key_Return)
    settle(qtbot, shown)
    assert marked() == {_RELU}
    assert shown.bar.hits.text() == "1 of 1"
    assert session.selected_call is not None
    assert session.selected_call.index == _RELU
    shown.bar.search.setText("linear")
    assert marked() == {5, 6}
    for expected in (5, 6, 5):
        QTest.keyClick(shown.bar.search, Qt.Key.Key_Return)
        assert session.selected_call.index == expected
    QTest.keyClick(shown.bar.search, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert session.selected_call.index == 6
    shown.bar.search.setText("nowhere")
    assert shown.bar.hits.text() == "no hit"
    QTest.keyClick(shown.bar.search, Qt.Key.Key_Escape)
    assert (marked(), shown.bar.hits.text()) == (set(), "")


def test_changed_numbers_leave_the_same_containers_open(
    qtbot: QtBot, shown: GraphPage, session: Session, make_report: MakeReport
) -> None:
    shown.close_all()
    settle(qtbot, shown)
    again = _linked(make_report(macs=7))
    show_report(session, again)
    qtbot.waitUntil(lambda: shown.drawing is not None and shown.drawing.report is again, timeout=3000)
    assert shown.opened == frozenset()


def test_last_picture_stays_until_the_new_one_is_there(qtbot: QtBot, shown: GraphPage) -> None:
    before = shown.drawing
    shown.close_all()
    assert shown.drawing is before
    shown.open_all()
    shown.close_all()
    settle(qtbot, shown)
    assert ids(shown) == {INPUT, 1, 4, 5, 6, OUTPUT}


def test_failed_call_is_told_apart(qtbot: QtBot, page: GraphPage, session: Session, make_report: MakeReport) -> None:
    page.show()
    show_report(session, _linked(make_report(error=Failure("got 10", "960", 6, None))))
    settle(qtbot, page)
    assert page.drawing is not None
    assert [card.id for card in page.drawing.cards.values() if card.failed] == [6]
    assert OUTPUT not in ids(page)


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_graph_is_saved_with_every_text(qtbot: QtBot, shown: GraphPage, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"graph.{suffix}"
    shown.view.zoom(0.1)  # too far away to read on screen
    with qtbot.waitSignal(shown._saver.saved, timeout=5000):
        shown.save(file)
    if suffix == "svg":
        text = file.read_text("utf-8")
        assert all(word in text for word in ("Conv2d", "ReLU", "features", "8"))
    image, card = _read(file), shown.view.graph.boxes[OUTPUT]
    at = (card.pos() + QPointF(24 + 3, 24 + card.box.height() / 2)) * 2  # in the stripe of the last card
    stripe = image.pixelColor(at.toPoint())
    assert stripe.name() == shown.view.graph.style_.colors.family[Family.OTHER].name()
    assert image.width() == 2 * round(shown.view.graph.content.width() + 48)
    assert str(file) in shown.banner.text


def test_saved_graph_has_neither_selection_nor_buttons_which_stay_on_screen(
    qtbot: QtBot, shown: GraphPage, session: Session, tmp_path: Path
) -> None:
    files = [tmp_path / "plain.png", tmp_path / "selected.png"]
    for file, selected in zip(files, (None, 2), strict=True):
        session.select_call(selected)
        with qtbot.waitSignal(shown._saver.saved, timeout=5000):
            shown.save(file)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert shown.view.graph.boxes[2].is_selected


def _read(file: Path) -> QImage:
    """Return a saved graph, two pixels for each of the scene."""
    if file.suffix == ".png":
        return QImage(str(file))
    drawing = QSvgRenderer(str(file))
    image = QImage(drawing.viewBox().size() * 2, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    drawing.render(painter)
    painter.end()
    return image


def test_unwritable_file_is_told_and_nothing_is_left(qtbot: QtBot, shown: GraphPage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with qtbot.waitSignal(shown._saver.failed, timeout=5000):
        shown.save(tmp_path / "file" / "graph.png")
    assert "cannot be written" in shown.banner.text
    with pytest.raises(CnnvizError, match=r"neither a \.svg nor a \.png"):
        write(QPicture(), QSize(1, 1), QColor(), tmp_path / "graph.gif")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["graph.svg", "graph.png"])
def test_full_disk_is_told_and_the_file_there_stays(
    qtbot: QtBot, shown: GraphPage, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_half(self: Path, data: bytes) -> None:
        with self.open("wb") as out:
            out.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / name).write_text("old")
    monkeypatch.setattr(Path, "write_bytes", write_half)
    with qtbot.waitSignal(shown._saver.failed, timeout=5000):
        shown.save(tmp_path / name)
    assert shown.banner.text.startswith(f"There is no space left to write {tmp_path / name}.")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [(name, "old")]


def test_save_asks_where_to(shown: GraphPage, qtbot: QtBot) -> None:
    dialog = shown.ask_where_to_save()
    assert isinstance(dialog, QFileDialog)
    assert dialog.selectedFiles()[0].endswith("vgg11 graph.svg")
    dialog.reject()


@pytest.mark.parametrize("size", [QSize(300, 400), QSize(1200, 46_000), QSize(30_000, 30_000)])
def test_large_graph_becomes_a_picture_that_others_can_open(size: QSize) -> None:
    scale = png_scale(size)
    assert scale <= 2.0
    assert max(size.width(), size.height()) * scale <= 32_000
    assert size.width() * size.height() * scale**2 <= 120_000_001


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_families_differ_and_are_seen_in_both_themes(colors: Colors) -> None:
    made = graph_colors_of(palette_of(colors))
    assert len({color.name() for color in made.family.values()}) == len(Family)
    assert made.background.name() == colors.window


def test_far_away_no_text_is_painted(qtbot: QtBot, report: Report) -> None:
    view = GraphView()
    qtbot.addWidget(view)
    view.show_drawing(draw_graph(report, frozenset({_FEATURES}), view.font()))
    near, far = (_strings(view, scale) for scale in (1.0, 0.2))
    assert near > 5
    assert far == 0


def _strings(view: GraphView, scale: float) -> int:
    """Return how many texts are painted at a scale: recorded, each of them takes room beside its box."""
    image = QImage(400, 900, QImage.Format.Format_RGB32)
    image.fill(view.graph.style_.colors.background)
    painter = QPainter(image)
    painter.scale(scale, scale)
    view.graph.render(painter, view.graph.content, view.graph.content)
    painter.end()
    text = view.graph.style_.colors.text.rgb()
    return sum(image.pixel(x, y) == text for y in range(image.height()) for x in range(image.width()))


def test_arrow_keys_go_to_the_nearest_box_beside() -> None:
    rects = {1: Rect(0, 0, 10, 10), 2: Rect(0, 50, 10, 10), 3: Rect(40, 52, 10, 10), 4: Rect(90, 50, 10, 10)}
    wires = {(1, 2), (1, 3)}
    assert next_box(rects, wires, 1, Qt.Key.Key_Down) == 2
    assert next_box(rects, wires, 3, Qt.Key.Key_Up) == 1
    assert next_box(rects, wires, 2, Qt.Key.Key_Right) == 3
    assert next_box(rects, wires, 4, Qt.Key.Key_Left) == 3
    assert next_box(rects, wires, 4, Qt.Key.Key_Right) is None
