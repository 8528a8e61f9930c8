"""What stands on the page while a run says nothing."""

from __future__ import annotations

from run_events import STARTED

from cnnviz.gui.training.run_progress import RunProgress, advance
from cnnviz.gui.training.run_view import RunView


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
