"""The layer table as a picture: whole, as unfolded, in the theme's colours, without disturbing the view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from shown_reports import show_report

from cnnviz.gui.layers.page import LayersPage
from cnnviz.gui.session import Session
from cnnviz.gui.theme import DARK, LIGHT, Theme
from cnnviz.inspection.report import Failure, Report

MakeReport = Callable[..., Report]


@pytest.fixture
def page(qtbot: QtBot, session: Session, make_report: MakeReport, theme: Theme) -> Iterator[LayersPage]:
    page = LayersPage(session)
    qtbot.addWidget(page)
    page.resize(760, 300)  # too low for all rows
    show_report(session, make_report())
    page.show()
    yield page
    page.end()


def _copied(qtbot: QtBot, page: LayersPage) -> QImage:
    with qtbot.waitSignal(page.picture.done, timeout=3000):
        page.picture.copy()
    image = QGuiApplication.clipboard().image()
    image.setDevicePixelRatio(1)
    return image


def _has(image: QImage, color: str) -> bool:
    wanted = int(color[1:], 16) | 0xFF000000
    return any(image.pixel(x, y) == wanted for y in range(0, image.height(), 2) for x in range(image.width()))


def test_picture_has_every_row_and_column_on_show_twice_as_large(qtbot: QtBot, page: LayersPage) -> None:
    row = page.view.rowHeight(page.model.index_of(0))
    high = page.view.header().sizeHint().height() + 7 * row
    assert high > page.view.height()
    image = _copied(qtbot, page)
    assert image.height() == 2 * high
    assert image.width() == 2 * page.view.header().length()
    page.view.collapse(page.model.index_of(1))
    page.view.show_column(2, False)
    folded = _copied(qtbot, page)
    assert folded.height() == 2 * (high - 2 * row)
    assert folded.width() == 2 * page.view.header().length()


def test_picture_wears_the_theme_and_has_failures_but_no_selection(
    qtbot: QtBot, page: LayersPage, session: Session, make_report: MakeReport, theme: Theme
) -> None:
    session.select_call(2)
    light = _copied(qtbot, page)
    assert light.pixelColor(light.width() // 2, 3).name() == LIGHT.surface
    assert not _has(light, LIGHT.selection)
    assert not _has(light, LIGHT.danger)
    show_report(session, make_report(error=Failure("got 10, expected 960", "Flatten first.", 6, "net.py:31")))
    assert _has(_copied(qtbot, page), LIGHT.danger)
    theme.choose("dark")
    dark = _copied(qtbot, page)
    assert dark.pixelColor(dark.width() // 2, 3).name() == DARK.surface


def test_bands_meet_without_a_seam(qtbot: QtBot, page: LayersPage, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _copied(qtbot, page)
    monkeypatch.setattr("cnnviz.gui.layers.table_picture._BAND", 10)
    assert _copied(qtbot, page) == whole


def test_sorting_selection_and_scrolling_stay_what_they_are(qtbot: QtBot, page: LayersPage, session: Session) -> None:
    page.view.header().setSortIndicator(5, Qt.SortOrder.DescendingOrder)
    session.select_call(5)
    page.view.verticalScrollBar().setValue(20)
    rows = [row.data() for row in page.view.rows_on_show()]
    _copied(qtbot, page)
    assert [row.data() for row in page.view.rows_on_show()] == rows
    assert page.view.verticalScrollBar().value() == 20
    assert session.selected_call is not None
    assert session.selected_call.index == 5


def test_picture_is_saved_under_any_name(qtbot: QtBot, page: LayersPage, tmp_path: Path) -> None:
    file = tmp_path / "网络 1.PNG"
    with qtbot.waitSignal(page._saver.saved, timeout=3000):
        page.picture.save(file)
    assert str(file) in page.banner.text
    saved = QImage(str(file))
    saved.setDevicePixelRatio(1)
    assert saved.size() == _copied(qtbot, page).size()


def test_unwritable_folder_and_other_endings_are_told(qtbot: QtBot, page: LayersPage, tmp_path: Path) -> None:
    page.picture.save(tmp_path / "table.gif")
    assert page.banner.text == "table.gif is no .png. End the name with .png."
    (tmp_path / "file").write_text("")
    with qtbot.waitSignal(page._saver.failed, timeout=3000):
        page.picture.save(tmp_path / "file" / "table.png")
    assert "cannot be written" in page.banner.text
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["file"]


def test_menu_asks_for_a_file_with_the_networks_name(page: LayersPage) -> None:
    next(action for action in page.copy_button.menu().actions() if action.text() == "Save picture…").trigger()
    (dialog,) = page.findChildren(QFileDialog)
    assert dialog.selectedFiles()[0].endswith("vgg11 layers.png")
    dialog.reject()


def test_table_that_is_too_long_is_refused(page: LayersPage, session: Session, make_report: MakeReport) -> None:
    report = make_report()
    more = tuple(replace(report.calls[3], index=7 + i, path=f"features.{i + 2}") for i in range(5000))
    show_report(session, replace(report, calls=(*report.calls, *more)))
    page.levels.activated.emit(0)
    page.picture.copy()
    assert "too long for a picture" in page.banner.text


def test_another_network_meanwhile_ends_it(page: LayersPage, session: Session, make_report: MakeReport) -> None:
    page.picture.copy()
    show_report(session, make_report(macs=7))
    assert not page.picture.painting


def test_empty_table_has_no_picture(qtbot: QtBot, session: Session) -> None:
    page = LayersPage(session)
    qtbot.addWidget(page)
    page.picture.copy()
    page.picture.ask_where_to_save()
    assert not page.picture.painting
    assert page.findChild(QFileDialog) is None
    page.end()
