"""Which picture of which data is wanted: found off the GUI thread, by class and number, and the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui.data.browse_dialog import BrowseDialog
from cnnviz.gui.data.number_bar import NumberBar
from cnnviz.gui.data.shelf import Shelf
from cnnviz.training.data import browsing
from cnnviz.training.data.browsing import contents
from cnnviz.training.data.numbered_picture import FoundPicture, Numbered, number_at

SAMPLE = "fashion-mnist-sample"
_WAIT = 10_000  # ms


@pytest.fixture(params=[False, True], ids=["whole", "brief"])
def bar(qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[NumberBar]:
    made = NumberBar(Shelf(), brief=request.param)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.end()


def found_after(qtbot: QtBot, bar: NumberBar, act: Callable[[], object]) -> FoundPicture:
    with qtbot.waitSignal(bar.picture_found, timeout=_WAIT) as caught:
        act()
    found = caught.args[0]
    assert isinstance(found, FoundPicture)
    return found


def test_nothing_is_looked_for_until_something_is_chosen(qtbot: QtBot, bar: NumberBar) -> None:
    bar.offer(SAMPLE)
    qtbot.wait(50)
    assert bar.found is None


def test_next_and_previous_walk_through_the_class(qtbot: QtBot, bar: NumberBar) -> None:
    first = found_after(qtbot, bar, lambda: bar.look_for(Numbered(SAMPLE, "test", "Dress", 5)))
    assert (first.class_name, first.wanted.number, bar.number.number) == ("Dress", 5, 5)
    assert (bar.classes.currentText(), bar.split.currentText()) == ("Dress", "Test")
    assert found_after(qtbot, bar, bar.next.click).wanted.number == 6
    assert found_after(qtbot, bar, bar.previous.click).wanted.number == 5
    assert found_after(qtbot, bar, lambda: bar.look_for(Numbered(SAMPLE, "test", "3", 199))).wanted.number == 199
    assert found_after(qtbot, bar, bar.go_on).wanted.number == 199


def test_another_class_has_the_same_number_or_the_last_that_it_has(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "鸟兽"
    for each, count in (("train/cat", 3), ("train/owl", 3), ("test/cat", 9), ("test/owl", 4)):
        (folder / each).mkdir(parents=True)
        for number in range(count):
            Image.new("L", (8, 8), number).save(folder / each / f"{number}.png")
    bar = NumberBar(Shelf())
    qtbot.addWidget(bar)
    found_after(qtbot, bar, lambda: bar.look_for(Numbered(str(folder), "test", "cat", 7)))
    assert bar.data.data == str(folder)
    owl = bar.classes.findText("owl")
    bar.classes.setCurrentIndex(owl)
    assert found_after(qtbot, bar, lambda: bar.classes.activated.emit(owl)).wanted.number == 3
    bar.end()


def test_data_that_are_not_there_are_refused(qtbot: QtBot, bar: NumberBar, tmp_path: Path) -> None:
    with qtbot.waitSignal(bar.refused, timeout=_WAIT) as caught:
        bar.look_for(Numbered(str(tmp_path / "没有" / "这个"), "test", "3", 5))
    assert isinstance(caught.args[0], CnnvizError)
    found_after(qtbot, bar, lambda: bar.look_for(Numbered(SAMPLE)))


def test_data_of_a_run_are_offered_and_do_not_take_the_place_of_what_is_chosen(
    qtbot: QtBot, bar: NumberBar, tmp_path: Path
) -> None:
    bar.offer(str(tmp_path))
    assert bar.data.data == str(tmp_path)
    found_after(qtbot, bar, lambda: bar.look_for(Numbered(SAMPLE)))
    bar.offer(str(tmp_path / "other"))
    assert bar.data.data == SAMPLE


def test_data_are_read_once_for_all_who_share_them(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    monkeypatch.setattr(browsing, "contents", lambda *rest: read.append(rest[0]) or contents(*rest))
    shelf = Shelf()
    assert shelf.contents(SAMPLE) is shelf.contents(SAMPLE)
    assert read == [SAMPLE]
    shelf.forget()
    shelf.contents(SAMPLE)
    assert read == [SAMPLE, SAMPLE]


def test_picture_that_is_chosen_in_the_browser_is_the_one_under_its_number(qtbot: QtBot) -> None:
    dialog = BrowseDialog(Shelf())
    qtbot.addWidget(dialog)
    dialog.browse(Numbered(SAMPLE, "test", "3", 0), (1, 28, 28))
    browser = dialog.browser
    qtbot.waitUntil(lambda: browser.model.contents is not None, timeout=_WAIT)
    assert not dialog.look.isEnabled()
    index = browser.model.index(3, 2)
    browser.grid.setCurrentIndex(index)
    assert dialog.look.isEnabled()
    with qtbot.waitSignal(dialog.picture_chosen, timeout=_WAIT) as caught:
        dialog.look.click()
    wanted, found = caught.args[0], browser.model.contents
    assert found is not None
    at = browser.model.position(index)
    assert at is not None
    assert (wanted.split, wanted.label) == ("test", "3")
    assert number_at(found.test.part, at) == (3, wanted.number)
    assert f"picture {wanted.number:,}" in browser.strip.text
    with qtbot.waitSignal(dialog.picture_chosen, timeout=_WAIT) as again:
        QTest.keyClick(browser.grid, Qt.Key.Key_Return)
    assert again.args[0] == wanted
    dialog.end()
