from __future__ import annotations

import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.maps.live_pace import LivePace
from cnnviz.gui.maps.weights_chooser import WeightsChooser
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS


def test_next_look_waits_a_hundred_times_as_long_as_the_one_before_took(qtbot: QtBot) -> None:
    pace, looks = LivePace(time.perf_counter), []
    pace.due.connect(lambda: looks.append(time.perf_counter()))
    pace.wish()
    assert len(looks) == 1
    time.sleep(0.003)
    for _ in range(5):
        pace.wish()
    pace.rest()
    pace.rest()
    rested = time.perf_counter()
    assert len(looks) == 1
    qtbot.waitUntil(lambda: len(looks) == 2)
    assert looks[1] - rested > 0.2


def test_nothing_is_waited_for_once_the_run_has_ended() -> None:
    pace, looks = LivePace(time.perf_counter), []
    pace.due.connect(lambda: looks.append(1))
    pace.wish()
    pace.wish()
    time.sleep(0.05)
    pace.rest()
    assert len(looks) == 1
    pace.hurry()
    assert len(looks) == 2
    pace.rest()
    pace.hurry()
    assert len(looks) == 2


@pytest.mark.qt_log_ignore("grabbing the keyboard")  # which the platform of tests cannot
def test_list_of_weights_stays_as_it_is_while_somebody_chooses_from_it(qtbot: QtBot) -> None:
    chooser, run = WeightsChooser(), Path("runs/a")
    qtbot.addWidget(chooser)
    chooser.show()
    chooser.showPopup()
    before = chooser.count()
    chooser.offer(None, run, RANDOM_WEIGHTS)
    assert chooser.count() == before
    chooser.hidePopup()
    qtbot.waitUntil(lambda: chooser.findText("Run a") > 0)
