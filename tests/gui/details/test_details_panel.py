from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shown_reports import show_report

from cnnviz.gui.details.call_link import CallLink
from cnnviz.gui.details.details_panel import DetailsPanel
from cnnviz.gui.details.link_list import LinkList
from cnnviz.gui.session import Session
from cnnviz.inspection.call import Call
from cnnviz.inspection.report import Failure, Report

MakeReport = Callable[..., Report]


@pytest.fixture
def linked(make_report: MakeReport) -> Report:
    """The small network, its calls knowing who fed them."""
    report = make_report()
    sources = {3: (2,), 4: (3,), 5: (4,), 6: (5,)}
    calls = tuple(replace(call, inputs_from=sources.get(call.index, ())) for call in report.calls)
    calls = tuple(replace(call, reads_input=call.index == 2) for call in calls)
    return replace(report, calls=calls, outputs_from=(6,))


@pytest.fixture
def details(qtbot: QtBot, session: Session) -> DetailsPanel:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    panel.resize(280, 600)
    panel.show()
    return panel


def links(panel: DetailsPanel) -> list[CallLink]:
    assert panel.related is not None
    return panel.related.links


def test_selected_call_is_explained_in_a_sentence_and_in_numbers(
    details: DetailsPanel, session: Session, linked: Report
) -> None:
    show_report(session, linked)
    session.select_call(2)
    assert "Slides 8 learned 3×3 kernels over all 3 input maps" in details.text
    assert "3·3·3·8 + 8 = 224" in details.text
    assert "Other ops" in details.text


def test_links_name_what_feeds_a_call_and_what_it_feeds(
    details: DetailsPanel, session: Session, linked: Report
) -> None:
    show_report(session, linked)
    session.select_call(3)
    assert [link.text() for link in links(details)] == ["features.0", "flatten", "features"]
    assert links(details)[0].details.replace("\u00a0", " ") == "Conv2d · 8 × 10 × 12"


def test_ends_of_the_network_are_named(details: DetailsPanel, session: Session, linked: Report) -> None:
    show_report(session, linked)
    session.select_call(2)
    assert "From the network's input" in details.text
    session.select_call(6)
    assert "To the network's output" in details.text


def test_container_is_linked_to_its_neighbours_and_to_what_it_holds(
    details: DetailsPanel, session: Session, linked: Report
) -> None:
    show_report(session, linked)
    session.select_call(1)
    assert [link.text() for link in links(details)] == ["flatten", "the network", "features.0", "features.1"]


def test_click_on_a_link_selects_its_call(
    qtbot: QtBot, details: DetailsPanel, session: Session, linked: Report
) -> None:
    show_report(session, linked)
    session.select_call(3)
    qtbot.mouseClick(links(details)[0], Qt.MouseButton.LeftButton)
    assert session.selected_call is not None
    assert session.selected_call.index == 2


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_keyboard_follows_links_on_and_on(
    qtbot: QtBot, details: DetailsPanel, session: Session, linked: Report, key: Qt.Key
) -> None:
    show_report(session, linked)
    session.select_call(6)
    details.activateWindow()
    qtbot.waitUntil(details.isActiveWindow)
    links(details)[0].setFocus()
    for expected in (5, 4, 3):
        focus = QApplication.focusWidget()
        assert isinstance(focus, CallLink)
        qtbot.keyClick(focus, key)
        assert session.selected_call is not None
        assert session.selected_call.index == expected


def test_long_list_is_folded_and_unfolds_a_part_at_a_time(qtbot: QtBot, linked: Report) -> None:
    call = linked.calls[3]
    many = LinkList([(replace(call, index=i, path=f"layer{i}"), ()) for i in range(100)])
    qtbot.addWidget(many)
    many.show()
    assert len(many.links) == 3
    assert many.more.text() == "97 more…"
    with qtbot.waitSignal(many.call_chosen) as chosen:
        many.more.click()
        many.links[-1].click()
    assert chosen.args == [32]
    assert many.more.text() == "67 more…"


def test_short_list_has_no_button(qtbot: QtBot, linked: Report) -> None:
    short = LinkList([(call, ()) for call in linked.calls[:4]])
    qtbot.addWidget(short)
    short.show()
    assert len(short.links) == 4
    assert not short.more.isVisible()


def test_long_name_breaks_and_does_not_widen_the_panel(details: DetailsPanel, session: Session, linked: Report) -> None:
    path = "encoder.layers.encoder_layer_0.self_attention_of_some_length.without_any_space"
    calls = (*linked.calls[:3], replace(linked.calls[3], path=path), *linked.calls[4:])
    show_report(session, replace(linked, calls=calls))
    session.select_call(3)
    body = details.widget()
    assert body is not None
    assert body.minimumSizeHint().width() <= details.viewport().width()


def test_failure_stands_before_the_numbers(details: DetailsPanel, session: Session, make_report: MakeReport) -> None:
    show_report(session, make_report(error=Failure("got 10, expected 960", "Flatten first.", 6, None)))
    assert details.text.index("got 10, expected 960 Flatten first.") < details.text.index("Parameters")


def test_details_of_an_older_report_are_not_mixed_in(details: DetailsPanel, session: Session, linked: Report) -> None:
    show_report(session, linked)
    session.select_call(5)
    shorter: tuple[Call, ...] = linked.calls[:5]
    show_report(session, replace(linked, calls=shorter, outputs_from=(4,)))
    session.select_call(4)
    assert "To the network's output" in details.text
