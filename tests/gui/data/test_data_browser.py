"""The data of a run seen before it starts: the real page with the real sample and with folders made for the test."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.gui.data import sample_reader
from cnnviz.gui.data.data_browser import DataBrowser
from cnnviz.gui.parts.reading_order import reading_order
from cnnviz.gui.session import Session
from cnnviz.gui.theme import Theme
from cnnviz.gui.training.page import TrainingPage
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.data import browsing
from cnnviz.training.data.browsing import Contents, Sample, Split
from cnnviz.training.events import Journalled, Preparing, RunFinished, RunStarted
from cnnviz.zoo.catalog import resolve

MakePage = Callable[..., TrainingPage]
Asked = list[tuple[Split, tuple[int, ...], tuple[int, int, int]]]
_WAIT = 10_000


def run(config: TrainConfig, control: Control, folder: Path) -> Generator[Journalled, None, None]:
    yield Preparing("Reading", 0.5)
    yield RunStarted(config, "CPU", 20, 10, 2, ("a", "b"), 1234)
    yield RunFinished("finished", 1, 2, 0.5)


@pytest.fixture
def make_page(qtbot: QtBot, session: Session, theme: Theme) -> Iterator[MakePage]:
    pages: list[TrainingPage] = []

    def make(data: str | Path = "fashion-mnist-sample", model: str = "lenet") -> TrainingPage:
        session.set_spec(resolve(model))
        page = TrainingPage(session, run)
        qtbot.addWidget(page)
        pages.append(page)
        page.form.data.choose(str(data))
        page.resize(1000, 760)
        page.show()
        return page

    yield make
    for page in pages:
        page.end()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Which pictures are read."""
    made: Asked = []
    read = browsing.samples_at

    def samples_at(
        found: Contents, which: Split, positions: Sequence[int], shape: tuple[int, int, int], control: Control
    ) -> tuple[Sample, ...]:
        made.append((which, tuple(positions), shape))
        return read(found, which, positions, shape, control)

    monkeypatch.setattr(sample_reader, "samples_at", samples_at)
    return made


def pictures(root: Path, counts: dict[str, int], side: int = 20) -> Path:
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        for number in range(count):
            Image.new("RGB", (side, side + 4), (40 + number, 90, 10)).save(root / name / f"{number}.png")
    return root


def classes_read(browser: DataBrowser, asked: Asked) -> set[int]:
    """The classes of the training pictures that were read."""
    assert browser.model.contents is not None
    labels = browser.model.contents.train.part.labels
    return {int(labels[at]) for _, positions, _ in asked for at in positions}


def names(browser: DataBrowser) -> tuple[str, ...]:
    return browser.model.contents.class_names if browser.model.contents is not None else ()


def settle(qtbot: QtBot, page: TrainingPage) -> DataBrowser:
    """Wait until all that is in sight is read."""
    browser = page.view.browser

    def is_still() -> bool:
        rows = browser.grid.rows_in_sight
        return browser.model.contents is not None and bool(rows) and not browser.model.missing(rows)

    qtbot.waitUntil(is_still, timeout=_WAIT)
    return browser


def test_sample_shows_its_classes_and_only_what_is_in_sight_is_read(
    qtbot: QtBot, make_page: MakePage, asked: Asked
) -> None:
    browser = settle(qtbot, make_page())
    assert browser.model.rowCount() == 10
    assert browser.model.class_row(5).text == "Sandal, label 5: 1,000 to learn, 200 to test"
    assert browser.summary.text().startswith("10 classes  ·  10,000 to learn  ·  2,000 to test")
    assert "1 × 28 × 28" in browser.summary.text().replace("\u00a0", " ")
    read = [at for _, positions, _ in asked for at in positions]
    assert len(set(read)) == len(read)
    assert len(browser.grid.rows_in_sight) < 10
    assert classes_read(browser, asked) == set(browser.grid.rows_in_sight)
    assert not browser.reader.asked


def test_pixels_on_screen_are_whole_multiples_of_those_the_network_sees(qtbot: QtBot, make_page: MakePage) -> None:
    browser = settle(qtbot, make_page())
    grid = browser.grid
    sample = browser.model.sample(browser.model.index(0, 1))
    assert sample is not None
    assert sample.pixels is not None
    cell = grid.visualRect(browser.model.index(0, 1))
    left = cell.left() + int((cell.width() - 56) / 2)
    top = cell.top() + int((cell.height() - 56) / 2)
    image = grid.viewport().grab().toImage()
    seen = [[image.pixelColor(left + 2 * x + 1, top + 2 * y).red() for x in range(28)] for y in range(28)]
    assert seen == sample.pixels[0].tolist()


def test_a_thousand_classes_read_what_is_in_sight_wherever_that_is(
    qtbot: QtBot, make_page: MakePage, asked: Asked, tmp_path: Path
) -> None:
    labels = np.repeat(np.arange(1000), 4)
    np.savez(tmp_path / "many.npz", images=np.zeros((4000, 8, 8), np.uint8), labels=labels)
    browser = settle(qtbot, make_page(tmp_path))
    assert browser.model.rowCount() == 1000
    rows = browser.grid.rows_in_sight
    assert len(rows) < 30
    assert classes_read(browser, asked) == set(rows)
    browser.grid.scrollToBottom()
    settle(qtbot, browser_page(browser))
    assert browser.grid.rows_in_sight[-1] == 999
    assert classes_read(browser, asked) == {*rows, *browser.grid.rows_in_sight}


def browser_page(browser: DataBrowser) -> TrainingPage:
    found: QWidget | None = browser
    while not isinstance(found, TrainingPage):
        assert found is not None
        found = found.parentWidget()
    return found


def test_data_changed_while_they_are_read_the_newest_are_shown(
    qtbot: QtBot, make_page: MakePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go, controls = threading.Event(), threading.Event(), []

    def contents(data: str, limit: int | None, control: Control, tell: Callable[[Preparing], None]) -> Contents:
        if data == "fashion-mnist-sample":
            controls.append(control)
            began.set()
            go.wait(5)
        return browsing.contents(data, limit, control, tell)

    monkeypatch.setattr(sample_reader, "contents", contents)
    page = make_page()
    qtbot.waitUntil(began.is_set, timeout=_WAIT)
    page.form.data.choose(str(pictures(tmp_path / "mine", {"cat": 5, "dog": 5})))
    qtbot.waitUntil(lambda: controls[0].stop_requested, timeout=_WAIT)
    assert "Reading mine" in page.view.browser.message.text()
    go.set()
    browser = settle(qtbot, page)
    assert names(browser) == ("cat", "dog")


def test_broken_picture_stands_in_its_place_and_says_why(qtbot: QtBot, make_page: MakePage, tmp_path: Path) -> None:
    pictures(tmp_path / "train", {"cat": 3, "dog": 3})
    pictures(tmp_path / "test", {"cat": 2, "dog": 2})
    (tmp_path / "train" / "cat" / "1.png").write_bytes(b"no picture")
    browser = settle(qtbot, make_page(tmp_path))
    cells = [browser.model.index(0, column) for column in (1, 2, 3)]
    broken = [cell for cell in cells if browser.model.sample(cell).pixels is None]  # type: ignore[union-attr]
    assert len(broken) == 1
    browser.grid.setCurrentIndex(broken[0])
    assert "cat/" in browser.strip.text
    assert "1.png is not a picture" in browser.strip.text
    assert "A run leaves it out." in browser.strip.text
    assert broken[0].data(Qt.ItemDataRole.AccessibleTextRole).startswith("cat: 1.png is not a picture")


def test_class_without_test_pictures_says_so_in_its_row_and_among_what_was_decided(
    qtbot: QtBot, make_page: MakePage, tmp_path: Path
) -> None:
    pictures(tmp_path / "train", {"cat": 3, "dog": 3})
    pictures(tmp_path / "test", {"cat": 2})
    (tmp_path / "train" / "notes.txt").write_text("hello")
    Image.new("RGB", (4, 4)).save(tmp_path / "train" / "loose.png")
    page = make_page(tmp_path)
    browser = settle(qtbot, page)
    said = f"{browser.notes.text()}\n{browser.more_notes.text()}"
    for part in ("train/ to learn, test/ to test", "no picture of dog", "it has no label", ".txt (1)"):
        assert part in said
    assert browser.notes.isVisible()
    assert browser.more.isVisible()
    browser.more.button.click()
    assert browser.more_notes.isVisible()
    browser.split.button("test").click()
    browser.grid.setCurrentIndex(browser.model.index(1, 0))
    assert "No picture of this class is in the test" in browser.strip.text
    settle(qtbot, page)
    assert browser.model.sample(browser.model.index(0, 1)) is not None


def test_data_that_are_not_here_are_said_to_be_downloaded_by_the_run_and_shown_once_it_has_them(
    qtbot: QtBot, make_page: MakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = browsing.locate
    monkeypatch.setattr(browsing, "locate", lambda _data_set: None)
    monkeypatch.setattr(browsing, "find", lambda *_: pytest.fail("nothing may be downloaded"))
    page = make_page()
    browser = page.view.browser
    qtbot.waitUntil(lambda: "not on this machine yet" in browser.message.text(), timeout=_WAIT)
    assert "Press Start" in browser.message.text()
    assert not browser.others.isEnabled()
    monkeypatch.undo()
    monkeypatch.setattr(browsing, "locate", there)
    with qtbot.waitSignal(page.run_ended, timeout=_WAIT):
        page.start()
    page.view.switch.button("data").click()
    settle(qtbot, page)
    assert browser.model.rowCount() == 10


def test_folder_without_data_says_what_is_wrong_and_is_read_again_when_it_is_mended(
    qtbot: QtBot, make_page: MakePage, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    page = make_page(folder)
    browser = page.view.browser
    qtbot.waitUntil(lambda: "is empty" in browser.message.text(), timeout=_WAIT)
    assert "one sub-folder of pictures for each class" in browser.message.text()
    pictures(folder, {"cat": 3, "dog": 3})
    browser.again.click()
    settle(qtbot, page)
    shutil.rmtree(folder / "dog")
    pictures(folder, {"owl": 3})
    browser.again.click()
    qtbot.waitUntil(lambda: names(browser) == ("cat", "owl"), timeout=_WAIT)


def test_another_size_or_network_reads_the_pictures_in_sight_anew_and_not_the_data(
    qtbot: QtBot, make_page: MakePage, asked: Asked, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    read = browsing.contents
    monkeypatch.setattr(sample_reader, "contents", lambda *rest: opened.append(rest[0]) or read(*rest))
    page = make_page()
    settle(qtbot, page)
    page.form.fields["resize"].type_text("40")
    qtbot.waitUntil(lambda: asked[-1][2] == (1, 40, 40), timeout=_WAIT)
    session.set_spec(resolve("torchvision/resnet18"))
    qtbot.waitUntil(lambda: asked[-1][2] == (3, 224, 224), timeout=_WAIT)
    browser = settle(qtbot, page)
    sample = browser.model.sample(browser.model.index(0, 1))
    assert sample is not None
    assert sample.pixels is not None
    assert sample.pixels.shape == (3, 224, 224)
    assert opened == ["fashion-mnist-sample"]


def test_limit_of_the_run_counts(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page()
    settle(qtbot, page)
    page.form.fields["limit"].type_text("500")
    qtbot.waitUntil(lambda: "500 to learn" in page.view.browser.summary.text(), timeout=_WAIT)


def test_what_a_run_would_refuse_stands_in_red_before_it(qtbot: QtBot, make_page: MakePage, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.zeros((8, 8, 8, 3), np.uint8), labels=np.repeat([0, 1], 4))
    browser = settle(qtbot, make_page(tmp_path))
    assert browser.misfits.isVisible()
    assert "have 3 channels, the network takes 1" in browser.misfits.text()
    assert browser.misfits.property("role") == "error"


def test_nothing_is_read_out_of_sight(qtbot: QtBot, make_page: MakePage, asked: Asked) -> None:
    page = make_page()
    page.view.pick_view("curves")
    qtbot.wait(300)
    assert asked == []
    assert page.view.browser.model.contents is None
    page.view.pick_view("data")
    settle(qtbot, page)


def test_other_pictures_are_others_of_the_same_classes(qtbot: QtBot, make_page: MakePage, asked: Asked) -> None:
    page = make_page()
    browser = settle(qtbot, page)
    before = {at for _, positions, _ in asked for at in positions}
    asked.clear()
    browser.others.click()
    settle(qtbot, page)
    after = {at for _, positions, _ in asked for at in positions}
    assert after
    assert not before & after


def test_arrow_keys_enlarge_a_picture_and_pointing_at_another_does_for_as_long_as_it_lasts(
    qtbot: QtBot, make_page: MakePage, tmp_path: Path
) -> None:
    pictures(tmp_path, {"cat": 10, "dog": 10})
    browser = settle(qtbot, make_page(tmp_path))
    grid = browser.grid
    assert "Point at a picture" in browser.strip.text
    grid.setCurrentIndex(browser.model.index(0, 0))
    assert "cat  ·  label 0\n8 to learn  ·  2 to test" in browser.strip.text
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert grid.currentIndex().column() == 1
    first = browser.strip.text
    assert "3 × 24 × 20 → the network sees 1 × 28 × 28, its proportions changed." in first
    place = grid.visualRect(browser.model.index(1, 2)).center()
    QTest.mouseMove(grid.viewport(), place + QPoint(1, 1))
    QTest.mouseMove(grid.viewport(), place)
    qtbot.waitUntil(lambda: browser.strip.text.startswith("dog"), timeout=_WAIT)
    QApplication.sendEvent(grid.viewport(), QEvent(QEvent.Type.Leave))
    assert browser.strip.text == first


def test_start_shows_the_curves_and_the_view_picked_by_hand_is_remembered(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page()
    settle(qtbot, page)
    with qtbot.waitSignal(page.run_ended, timeout=_WAIT):
        page.start()
    assert page.view.switch.chosen == "curves"
    assert page.view.plots.isVisible()
    assert page.view.browser.model.contents is None, "the run had the memory to itself"
    assert page.choices()["view"] == "data"
    page.view.switch.button("curves").click()
    page.view.browser.split.button("test").click()
    second = make_page()
    second.choose(page.choices())
    assert second.view.switch.chosen == "curves"
    assert second.view.browser.split.chosen == "test"
    second.choose({"view": "of another version"})
    assert second.view.switch.chosen == "curves"


def test_network_without_pictures_is_asked_for_another(qtbot: QtBot, session: Session) -> None:
    browser = DataBrowser()
    qtbot.addWidget(browser)
    browser.show()
    qtbot.waitUntil(lambda: "Pick a network that takes pictures" in browser.message.text(), timeout=_WAIT)
    browser.end()


def test_closing_ends_what_is_being_read(qtbot: QtBot, make_page: MakePage, monkeypatch: pytest.MonkeyPatch) -> None:
    began = threading.Event()

    def contents(data: str, limit: int | None, control: Control, tell: Callable[[Preparing], None]) -> Contents:
        began.set()
        while not control.stop_requested:
            tell(Preparing("Reading", 0.25))
            threading.Event().wait(0.01)
        return browsing.contents(data, limit, control, tell)

    monkeypatch.setattr(sample_reader, "contents", contents)
    page = make_page()
    qtbot.waitUntil(began.is_set, timeout=_WAIT)
    qtbot.waitUntil(lambda: "25%" in page.view.browser.message.text(), timeout=_WAIT)
    page.end()


def test_tab_goes_through_it_as_it_is_read(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page()
    browser = settle(qtbot, page)
    order = reading_order(page.view)
    expected = [page.view.switch.button("data"), page.view.start_button]
    expected += [browser.split.button("train"), browser.others, browser.again, browser.grid]
    assert [each for each in order if each in expected] == expected
    assert all(each.accessibleName() or each.text() for each in expected)  # type: ignore[attr-defined]


@pytest.mark.parametrize("percent", [80, 200])
@pytest.mark.parametrize("choice", ["light", "dark"])
def test_it_can_be_painted_in_both_themes_and_in_any_text_size(
    qtbot: QtBot, make_page: MakePage, theme: Theme, tmp_path: Path, percent: int, choice: str
) -> None:
    pictures(tmp_path / "train", {"a class of a very long name indeed that no column has room for": 3, "dog": 3})
    pictures(tmp_path / "test", {"dog": 2})
    (tmp_path / "train" / "dog" / "1.png").write_bytes(b"")
    theme.choose(choice)  # type: ignore[arg-type]
    theme.choose_text_size(percent)
    page = make_page(tmp_path, "torchvision/resnet18")
    browser = settle(qtbot, page)
    grid = browser.grid
    assert grid.rowHeight(0) >= 2 * grid.fontMetrics().lineSpacing()
    for split in ("train", "test"):
        browser.split.choose(split)
        settle(qtbot, page)
        browser.grid.setCurrentIndex(browser.model.index(1, 1))
        assert not page.grab().isNull()


@pytest.mark.parametrize("limit", ["", "5"])
def test_picture_that_is_double_clicked_is_looked_at_on_the_maps_page(
    qtbot: QtBot, make_page: MakePage, session: Session, tmp_path: Path, limit: str
) -> None:
    page = make_page(pictures(tmp_path / "data", {"left": 8, "right": 8}))
    page.form.fields["limit"].type_text(limit)
    browser = settle(qtbot, page)
    qtbot.waitUntil(lambda: browser.limit == (int(limit) if limit else None), timeout=_WAIT)
    settle(qtbot, page)
    index = browser.model.index(1, 1)
    at = browser.model.position(index)
    assert browser.model.contents is not None
    assert at is not None
    with qtbot.waitSignal(page.page_wanted, timeout=_WAIT) as wanted:
        browser.grid.activated.emit(index)
    assert wanted.args == ["maps"]
    assert session.picture == Path(browser.model.contents.train.part.pictures[at])
    assert session.of_data is not None
    assert session.of_data.class_name == "right"
