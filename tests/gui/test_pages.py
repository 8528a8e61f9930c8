"""The window reads one list of pages: what it builds, shows, remembers and ends."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTabBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui.details.call_link import CallLink
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.page import Page, Shared
from cnnviz.gui.page_tabs import PageTabs
from cnnviz.gui.pages import PAGES, PageEntry
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.parts.tall_column import TallColumn
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.theme import LIGHT, Theme, ThemeChoice
from cnnviz.gui.window_memory import last_page
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Report
from cnnviz.zoo.catalog import ModelSpec, resolve


class Plain(Page):
    """Remembers how often it was ended."""

    def __init__(self) -> None:
        super().__init__()
        self.banner = Banner(self)
        self.ended = 0

    def end(self) -> None:
        self.ended += 1


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> list[PageEntry]:
    """Three pages, of which the second lacks a library."""
    for name in ("first", "last"):
        module = ModuleType(f"cnnviz.gui.{name}.page")
        module.build = lambda _shared: Plain()  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return [PageEntry("first", "First", at_once=True), PageEntry("nowhere", "Nowhere"), PageEntry("last", "Last")]


@pytest.fixture
def make_window(
    theme: Theme, tmp_path: Path, session: Session, make_report: Callable[..., Report]
) -> Iterator[Callable[[], MainWindow]]:
    windows: list[MainWindow] = []

    def inspect(spec: ModelSpec) -> Inspected:
        return Inspected(spec, make_report(spec.name))

    def make() -> MainWindow:
        windows.append(MainWindow(session, theme, Preferences(tmp_path / "settings.json"), inspect))
        return windows[-1]

    yield make
    for window in windows:
        window.close()


def test_tabs_stand_in_the_order_of_the_list(make_window: Callable[[], MainWindow]) -> None:
    window = make_window()
    window.build_pages()
    assert [window.tabs.tabText(at) for at in range(window.tabs.count())] == [entry.title for entry in PAGES]
    shown = [window.tabs.widget(at).widget() for at in range(window.tabs.count())]
    assert shown == [window.page(each.id) for each in PAGES]


def test_page_whose_library_is_missing_costs_the_others_nothing(
    qtbot: QtBot, entries: list[PageEntry], tmp_path: Path
) -> None:
    shared = Shared(Session(), lambda _spec: pytest.fail("nothing is inspected"))
    tabs = PageTabs(shared, Preferences(tmp_path / "settings.json"), entries)
    qtbot.addWidget(tabs)
    tabs.build(at_once=True)
    assert len(tabs.pages) == 1
    tabs.build(at_once=False)
    assert [type(tabs.widget(at)) for at in range(3)] == [QScrollArea, QLabel, QScrollArea]
    assert "Nowhere cannot be shown: No module named" in tabs.widget(1).text()


@pytest.mark.parametrize("shown", [entry.id for entry in PAGES])
def test_page_in_front_stays_there_while_the_others_are_built(
    make_window: Callable[[], MainWindow], shown: str
) -> None:
    window, in_front = make_window(), []
    window.tabs.show_page(shown)
    window.tabs.entry_shown.connect(lambda entry: in_front.append(entry.id))
    window.build_pages()
    assert set(in_front) <= {shown}
    assert window.tabs.currentWidget().widget() is window.page(shown)
    assert window.details.isVisibleTo(window) == next(each.beside_details for each in PAGES if each.id == shown)


def test_what_was_chosen_on_each_page_is_chosen_after_a_restart(
    make_window: Callable[[], MainWindow], tmp_path: Path
) -> None:
    first, picture = make_window(), tmp_path / "猫; a=b.png"
    picture.touch()
    first.build_pages()
    layers, maps, training, compare = (first.page(id_) for id_ in ("layers", "maps", "training", "compare"))
    layers.levels.setCurrentIndex(2)
    layers.view.show_column(1, False)
    layers.memory.batch.setCurrentText("256")
    maps.view.header.scaling.choose_color_map("diverging")
    first.session.set_picture(picture)
    training.form.fields["epochs"].type_text("7")
    training.form.advanced.button.setChecked(True)
    training.plots.bar.logarithmic.setChecked(True)
    training.plots.bar.smoothing.setValue(40)
    compare.add_spec(resolve("vgg13", {"width_divisor": 4}, (1, 64, 96)))
    chosen = {page: page.choices() for page in first.tabs.pages}
    first.close()
    first.session.set_picture(None)
    second = make_window()
    second.build_pages()
    assert [page.choices() for page in second.tabs.pages] == list(chosen.values())
    assert second.page("layers").view.isColumnHidden(1)
    assert [each.spec for each in second.page("compare").contestants] == [
        resolve("vgg13", {"width_divisor": 4}, (1, 64, 96))
    ]


@pytest.mark.parametrize(
    "damage", ["", "not what was stored", "=;=;==", "levels=9;smoothing=-1;colors=pink;0=[1];picture=%00"]
)
def test_damaged_choices_leave_the_defaults(make_window: Callable[[], MainWindow], tmp_path: Path, damage: str) -> None:
    usual = make_window()
    usual.build_pages()
    for entry in PAGES:
        usual._settings.store(f"page/{entry.id}", damage)
    usual._settings.save()
    window = make_window()
    window.build_pages()
    assert [page.choices() for page in window.tabs.pages] == [page.choices() for page in usual.tabs.pages]


@pytest.fixture
def busy_window(qtbot: QtBot, make_window: Callable[[], MainWindow], session: Session) -> MainWindow:
    """A window in front, with a network on every page and a call in the details."""
    window = make_window()
    window.resize(1366, 768)
    window.build_pages()
    with qtbot.waitSignal(session.inspected_changed, timeout=3000):
        window.network.pick("vgg11")
    session.select_call(2)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return window


@pytest.mark.qt_log_ignore("grabbing the keyboard", r"raise\(\)", extend=True)  # of the list that the focus opens
@pytest.mark.parametrize("theme_choice", ["light", "dark"])
def test_tab_reaches_everything_once_as_it_is_read_and_the_focus_is_seen(
    qtbot: QtBot, busy_window: MainWindow, theme: Theme, theme_choice: ThemeChoice
) -> None:
    theme.choose(theme_choice)
    for entry in PAGES:
        busy_window.tabs.show_page(entry.id)
        busy_window.activateWindow()  # again: a list that the focus opened was in front
        qtbot.waitUntil(busy_window.isActiveWindow)
        busy_window.network.focus_search()
        places = {each: _place(each) for each in busy_window.findChildren(QWidget) if _takes_focus(each)}
        reached = [busy_window.focusWidget()]
        for _ in places:
            qtbot.keyClick(busy_window.focusWidget(), Qt.Key.Key_Tab)
            reached.append(busy_window.focusWidget())
        assert reached.pop() is reached[0]
        assert Counter(reached) == Counter(list(places))
        for earlier, later in combinations(reached, 2):
            assert not _is_read_before(places[later], places[earlier]), (entry.id, earlier, later)
        for widget in reached:
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            focused = widget.grab().toImage()
            next(each for each in reached if each is not widget).setFocus()
            assert widget.grab().toImage() != focused, (entry.id, widget, widget.accessibleName())


def test_what_acts_on_a_click_has_the_outline_of_a_button_and_what_does_not_has_none(busy_window: MainWindow) -> None:
    outline = QColor(LIGHT.border)
    for entry in PAGES:
        busy_window.tabs.show_page(entry.id)
        QApplication.processEvents()  # which show what the page has made
        shown = [each for each in busy_window.findChildren(QWidget) if each.isVisible() and not each.hasFocus()]
        buttons = [each for each in shown if isinstance(each, QPushButton | QToolButton) and each.text()]
        outlined = [each for each in buttons if each.property("role") not in ("bare", "primary")]
        assert outlined, entry.id
        assert {_top(each).name() for each in outlined} == {outline.name()}
        assert outline not in [_top(each) for each in shown if type(each) is QLabel and each.text()]


def test_text_of_150_percent_is_whole_on_the_screen_of_a_laptop(
    busy_window: MainWindow, theme: Theme, qtbot: QtBot
) -> None:
    theme.choose_text_size(150)
    for entry in PAGES:
        busy_window.tabs.show_page(entry.id)
        QApplication.processEvents()
        area = busy_window.tabs.currentWidget()
        assert area.widget().width() <= area.viewport().width(), entry.id
        columns = [each for each in busy_window.findChildren(TallColumn) if each.isVisible()]
        assert all(each.widget().width() <= each.viewport().width() for each in columns), entry.id

        def all_is_whole(page: str = entry.id) -> None:
            assert [each.text() for each in _with_text(busy_window) if not _is_whole(each)] == [], page

        qtbot.waitUntil(all_is_whole)  # a text may come from a thread


def _with_text(window: MainWindow) -> list[QLabel | QAbstractButton]:
    found = [each for each in window.findChildren(QWidget) if isinstance(each, QLabel | QAbstractButton)]
    return [each for each in found if each.isVisible() and each.text()]


def _is_whole(widget: QLabel | QAbstractButton) -> bool:
    """Return whether its text fits; what ends in … where it does not is left out."""
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.height() >= widget.heightForWidth(widget.width())
    elided = widget.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Ignored or isinstance(widget, CallLink)
    least = widget.minimumSizeHint()
    return widget.height() >= least.height() and (elided or widget.width() >= least.width())


def _place(widget: QWidget) -> QRect:
    return QRect(widget.mapTo(widget.window(), QPoint()), widget.size())


def _is_read_before(one: QRect, other: QRect) -> bool:
    """Return whether one stands right above the other, or left of it in the same row."""
    above = one.bottom() < other.top() and one.left() < other.right() and other.left() < one.right()
    same_row = one.top() < other.center().y() < one.bottom() and other.top() < one.center().y() < other.bottom()
    return above or (same_row and one.right() < other.left())


def _top(widget: QWidget) -> QColor:
    """Return the colour in the middle of the upper edge."""
    return widget.grab().toImage().pixelColor(widget.width() // 2, 0)


def _takes_focus(widget: QWidget) -> bool:
    by_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
    inside = isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox | QTabBar)
    group = widget.group() if isinstance(widget, QAbstractButton) else None  # one stop; arrows go on in it
    is_stop = not inside and (group is None or widget is (group.checkedButton() or group.buttons()[0]))
    return by_tab and is_stop and widget.isVisible() and widget.isEnabled() and not widget.isWindow()


def test_page_in_front_is_remembered(make_window: Callable[[], MainWindow]) -> None:
    first = make_window()
    first.tabs.show_page("training")
    first.close()
    first.session.set_picture(None)
    second = make_window()
    assert second.tabs.entry.id == "training"
    assert not second.details.isVisibleTo(second)


def test_page_that_is_no_more_is_not_looked_for(make_window: Callable[[], MainWindow], tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"window/page": "of another version"}', "utf-8")
    assert last_page(Preferences(tmp_path / "settings.json")) == "of another version"
    assert make_window().tabs.entry is PAGES[0]


def test_page_asks_for_another_one_by_its_id(make_window: Callable[[], MainWindow]) -> None:
    window = make_window()
    window.build_pages()
    window.page("training").page_wanted.emit("maps")
    assert window.tabs.entry.id == "maps"


def test_every_page_is_ended_once(make_window: Callable[[], MainWindow], monkeypatch: pytest.MonkeyPatch) -> None:
    window, ended = make_window(), []
    window.build_pages()
    for page in window.tabs.pages:
        monkeypatch.setattr(page, "end", lambda page=page, end=page.end: (ended.append(page), end()))
    window.close()
    window.closing.end_threads()  # as the application does when it quits
    assert ended == list(window.tabs.pages)


def test_error_is_told_on_the_page_in_front_until_it_is_mended(
    qtbot: QtBot, make_window: Callable[[], MainWindow], session: Session
) -> None:
    window = make_window()
    window.build_pages()
    window.tabs.show_page("graph")
    window.own.failed.emit(CnnvizError("net.py is gone."))
    assert window.page("graph").banner.text == "net.py is gone."
    assert window.page("layers").banner.text == ""
    with qtbot.waitSignal(session.inspected_changed, timeout=3000):
        session.set_spec(resolve("lenet"))
    assert window.page("graph").banner.text == ""


def test_error_before_the_page_in_front_is_built_is_told_on_the_first(make_window: Callable[[], MainWindow]) -> None:
    window = make_window()
    window.tabs.show_page("graph")
    window.own.failed.emit(CnnvizError("net.py is gone."))
    assert window.page("layers").banner.text == "net.py is gone."
    window.build_pages()
    window.warmup.failed.emit(CnnvizError("PyTorch cannot be loaded.", "Install it."))
    assert all(page.banner.text.startswith("PyTorch cannot be loaded. Install it.") for page in window.tabs.pages)
