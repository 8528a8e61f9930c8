"""What the colours of a plot mean: whole names, both ends of long ones, and never many lines."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QFontMetricsF, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from cnnviz.gui.training.plot_legend import Entry, PlotLegend, placed, rows_of

CHINESE = "学习率很小的那一次训练" * 8 + "第二次"
FILE = "a_network_of_my_own_with_a_long_file_name_" * 5 + "20260131-093000"
EMOJI = "🐈‍⬛🧠👩‍🔬" * 20 + "末"


def entries(*names: str) -> list[Entry]:
    return [Entry("━", name, "#123456") for name in names]


def test_names_that_fit_are_whole_and_wrap_between_entries(qtbot: QtBot) -> None:
    legend = PlotLegend()
    qtbot.addWidget(legend)
    metrics = QFontMetricsF(legend.font())
    names = ("学习率 0.1", "学习率 0.01", "each step", "guessing: ln 10 = 2.303")
    made = placed(entries(*names), 1.2 * metrics.horizontalAdvance("━ 学习率 0.1 ━ 学习率 0.01"), metrics)
    assert [each.shown for each in made] == list(names)
    assert 1 < rows_of(made) <= 3


@pytest.mark.parametrize("name", [CHINESE, FILE, EMOJI])
def test_long_name_takes_one_line_and_shows_both_its_ends(qtbot: QtBot, name: str) -> None:
    legend = PlotLegend()
    qtbot.addWidget(legend)
    metrics = QFontMetricsF(legend.font())
    (made,) = placed(entries(name), 260.0, metrics)
    assert made.right <= 260.0
    assert "…" in made.shown
    assert (made.shown[0], made.shown[-1]) == (name[0], name[-1])


def test_many_long_names_share_lines(qtbot: QtBot) -> None:
    legend = PlotLegend()
    qtbot.addWidget(legend)
    metrics = QFontMetricsF(legend.font())
    made = placed(entries(*(f"{at}{CHINESE}{at}" for at in range(6))), 420.0, metrics)
    assert rows_of(made) == 3
    assert max(each.right for each in made) <= 421
    assert all(each.shown.endswith(str(at)) for at, each in enumerate(made))


def test_whole_name_is_the_tip_of_its_entry_alone(qtbot: QtBot) -> None:
    legend = PlotLegend()
    qtbot.addWidget(legend)
    legend.show_entries(entries(CHINESE, "test"))
    legend.resize(300, 60)
    legend.show()
    row = legend.fontMetrics().lineSpacing()
    assert legend.tip_at(QPoint(50, row // 2)) == CHINESE
    assert legend.tip_at(QPoint(10, row + row // 2)) == ""
    assert legend.said == f"━ {CHINESE}  ━ test"
    place = QPoint(50, row // 2)
    QApplication.sendEvent(legend, QHelpEvent(QEvent.Type.ToolTip, place, legend.mapToGlobal(place)))
    assert QToolTip.text() == CHINESE
    QToolTip.hideText()
