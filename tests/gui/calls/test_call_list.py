from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cnnviz.gui.calls.call_list import CallList
from cnnviz.gui.maps.layer_chooser import LayerChooser
from cnnviz.inspection.report import Report

MakeReport = Callable[..., Report]


@pytest.mark.parametrize("filled", [False, True])
def test_list_keeps_its_contract_empty_full_and_over_a_reset(
    qtmodeltester: ModelTester, make_report: MakeReport, filled: bool
) -> None:
    calls = CallList()
    calls.show_calls(make_report().calls if filled else ())
    qtmodeltester.check(calls, force_py=True)
    calls.show_calls(() if filled else make_report().calls)


def test_rows_and_indices_of_the_report_lead_to_each_other(make_report: MakeReport) -> None:
    calls = CallList()
    calls.show_calls(make_report().calls[2:5])
    assert calls.position_of(3) == 1
    assert calls.index_at(1) == 3
    assert (calls.position_of(6), calls.position_of(None), calls.index_at(-1), calls.index_at(3)) == (
        -1,
        -1,
        None,
        None,
    )
    assert calls.index(0, 0).data() == "features.0 · Conv2d · 8 × 10 × 12"


def test_chooser_steps_through_the_layers_and_stops_at_the_ends(qtbot: QtBot, make_report: MakeReport) -> None:
    chooser = LayerChooser()
    qtbot.addWidget(chooser)
    chooser.offer(make_report().calls[2:4])
    chooser.show_call(2)
    with qtbot.waitSignal(chooser.call_chosen) as chosen:
        chooser._on.click()
    assert chosen.args == [3]
    assert chooser.call == 3
    assert not chooser._on.isEnabled()
    chooser.show_call(6)
    assert chooser.call is None
