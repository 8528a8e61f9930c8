from __future__ import annotations

from collections.abc import Callable

from cnnviz.gui.calls.arrangement import arranged, hits
from cnnviz.inspection.report import Report

MakeReport = Callable[..., Report]


def test_no_words_keep_every_call(make_report: MakeReport) -> None:
    calls = make_report().calls
    assert hits(calls, "  ") is None
    assert arranged(calls).below == {None: [0], 0: [1, 4, 5, 6], 1: [2, 3]}


def test_hits_are_kept_with_what_is_around_them_and_nothing_below(make_report: MakeReport) -> None:
    calls = make_report().calls
    assert hits(calls, "RELU") == {3, 1, 0}
    assert hits(calls, "features conv") == {2, 1, 0}
    assert arranged(calls, hits(calls, "sequential")).below == {None: [0], 0: [1]}
    assert arranged(calls, hits(calls, "nothing like it")).below == {}


def test_unknown_values_stand_last_either_way_and_equals_in_order(make_report: MakeReport) -> None:
    calls = make_report().calls
    up = arranged(calls, key=lambda call: call.macs)
    down = arranged(calls, key=lambda call: call.macs, descending=True)
    assert up.below[0] == [6, 5, 1, 4]
    assert down.below[0] == [1, 5, 6, 4]
    assert arranged(calls, key=lambda _call: 0, descending=True).below[0] == [1, 4, 5, 6]
    assert [down.rows[call] for call in down.below[0]] == [0, 1, 2, 3]
