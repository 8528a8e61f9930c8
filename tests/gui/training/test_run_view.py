"""What stands on the page while a run says nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from run_events import STARTED

from cnnviz.gui.training.curve_buffer import CurveBuffer
from cnnviz.gui.training.run_curves import RunCurves
from cnnviz.gui.training.run_progress import RunProgress, advance
from cnnviz.gui.training.run_view import RunView
from cnnviz.training.events import Diagnosed, EpochDone


def test_silent_step_is_said_to_be_under_way_until_the_next_news_or_a_pause(qtbot) -> None:
    view = RunView()
    qtbot.addWidget(view)
    progress = advance(RunProgress(), STARTED)
    view.show_progress(progress, running=True, paused=False)
    assert view.state.text().startswith("First step")
    qtbot.waitUntil(lambda: "busy for" in view.state.text(), timeout=10000)
    view.show_progress(progress, running=True, paused=True)
    assert view.state.text() == f"Paused  ·  {progress.text}"
    qtbot.wait(600)
    assert "busy" not in view.state.text()
    view.show_progress(progress, running=True, paused=False)
    qtbot.waitUntil(lambda: "busy for" in view.state.text(), timeout=10000)
    view.show_progress(progress, running=False, paused=False)
    assert view.state.text() == progress.text
    view.browser.end()


def test_title_stands_in_one_line_however_wide_the_page_is(qtbot) -> None:
    view = RunView()
    qtbot.addWidget(view)
    view.title.setText("LeNet-5 on the pictures of somebody whose folder has a long name")
    view.show()

    def is_beside() -> bool:
        return view.switch.geometry().left() > view.title.geometry().right()

    def is_one_line() -> bool:
        return view.title.height() < 2 * metrics.lineSpacing()

    metrics = view.title.fontMetrics()
    room = metrics.horizontalAdvance(view.title.text()) + view.switch.sizeHint().width()
    for width in (room, room + 80, room):
        view.resize(width, 700)
        is_wide = width > room
        qtbot.waitUntil(lambda is_wide=is_wide: is_beside() == is_wide and is_one_line(), timeout=5000)
        assert not view.switch.geometry().intersects(view.title.geometry())
    view.browser.end()


def test_nothing_stands_on_the_curves_however_much_is_said_of_their_run(qtbot: QtBot) -> None:
    """Five runs compared in words, and a finding, in a page as low as that of a laptop: the words lay on the plots."""
    view = RunView()
    qtbot.addWidget(view)
    view.pick_view("curves")
    view.show_progress(replace(RunProgress(), notices=("A note.", "Another.")), running=False, paused=False)
    view.lessons.findings.add([Diagnosed("dead layer", 1, 9, "Dead. " * 20, "Why. " * 30, "Try. " * 20)])
    others = [RunCurves(CurveBuffer(), name=f"学习率 {at}，" * 6) for at in range(4)]
    for each in (view.plots.curves, *others):
        each.start(STARTED)
        each.take([EpochDone(1, 2, 1.0, 0.5, 1.0, 0.5, 1.0, 1.0)])
    view.plots.show_beside(others, "the one on the page")
    view.resize(700, 400)
    view.show()
    plots = view.plots

    def stands_apart() -> bool:
        rows: list[QWidget] = [plots.loss, plots.comparison, plots.bar]
        is_whole = plots.comparison.height() >= plots.comparison.heightForWidth(plots.comparison.width())
        return is_whole and all(upper.geometry().bottom() < lower.geometry().top() for upper, lower in pairwise(rows))

    for _ in range(3):  # as the page does that scrolls it
        view.resize(700, max(400, view.minimumSizeHint().height()))
        qtbot.wait(50)
    assert plots.comparison.text()
    qtbot.waitUntil(stands_apart, timeout=5000)
    needed = plots.layout().minimumHeightForWidth(plots.width())
    assert plots.parentWidget().parentWidget().minimumSizeHint().height() >= needed + view.table.minimumHeight()
    view.end()


def test_other_views_than_the_curves_have_the_room_of_what_is_said_of_them(qtbot: QtBot) -> None:
    view = RunView()
    qtbot.addWidget(view)
    view.show()
    view.show_progress(replace(RunProgress(), notices=("A note.",)), running=False, paused=False)
    view.lessons.findings.add([Diagnosed("chance", 1, 9, "It guesses.", "", "")])
    view.pick_view("curves")
    assert view.notes.isVisible()
    assert view.lessons.findings.cards
    view.pick_view("runs")
    assert not view.notes.isVisible()
    assert not view.lessons.findings.cards
    assert view.lessons.findings.others.isVisible()
    view.lessons.findings.more.click()
    assert view.switch.chosen == "curves"
    assert view.lessons.findings.cards
    view.end()
