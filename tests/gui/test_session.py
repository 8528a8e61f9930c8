from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui.inspector import Inspector
from cnnviz.gui.session import Session
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Report
from cnnviz.zoo.catalog import ModelSpec, resolve
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

MakeReport = Callable[..., Report]
_TRAINED = Weights("file", file=Path("w.safetensors"))
_VGG, _NORMED = resolve("vgg11"), resolve("vgg11", {"batch_norm": True})


def test_every_fact_is_set_before_one_of_them_is_told(session: Session, make_report: MakeReport) -> None:
    session.set_inspected(Inspected(_VGG, make_report()))
    session.set_weights(_TRAINED)
    seen: list[tuple[object, ...]] = []

    def look() -> None:
        seen.append((session.spec, session.weights, session.current))

    for told in (session.spec_changed, session.weights_changed, session.inspected_changed):
        told.connect(look)
    lenet = resolve("lenet")
    session.set_spec(lenet)
    assert seen == [(lenet, RANDOM_WEIGHTS, None)] * 2
    seen.clear()
    answer = Inspected(_VGG, make_report())
    session.set_inspected(answer)
    assert seen[0][0] is seen[-1][0] is _VGG
    assert seen[0][2] == answer


def test_fact_that_is_what_it_was_is_not_told(qtbot: QtBot, session: Session, make_report: MakeReport) -> None:
    session.set_inspected(Inspected(_VGG, make_report()))
    signals = (session.spec_changed, session.inspected_changed, session.failure_changed, session.call_selected)
    told: list[object] = []
    for signal in signals:
        signal.connect(told.append)
    session.set_spec(resolve("vgg11"))
    session.set_inspected(Inspected(_VGG, make_report()))
    session.select_call(2)
    assert told == []


def test_call_of_a_report_that_is_gone_cannot_be_selected(session: Session, make_report: MakeReport) -> None:
    session.select_call(0)
    assert session.selected_call is None
    session.set_inspected(Inspected(_VGG, make_report()))
    before = session.selected_call
    session.select_call(len(make_report().calls))
    assert session.selected_call == before


def test_report_is_never_paired_with_another_networks_spec(session: Session, make_report: MakeReport) -> None:
    session.set_inspected(Inspected(_VGG, make_report()))
    session.set_spec(_NORMED)  # the same name and input
    assert session.current is None
    assert session.inspected is not None
    assert session.inspected.spec == _VGG
    session.set_spec(_VGG)
    assert session.current is session.inspected


def test_network_that_is_picked_again_is_not_inspected_again_and_its_failure_is_forgotten(
    qtbot: QtBot, session: Session, make_report: MakeReport
) -> None:
    asked: list[ModelSpec] = []

    def inspect(spec: ModelSpec) -> Inspected:
        asked.append(spec)
        if spec == _NORMED:
            raise CnnvizError("It cannot be built.")
        return Inspected(spec, make_report())

    inspector = Inspector(session, inspect)
    with qtbot.waitSignal(session.inspected_changed, timeout=3000):
        session.set_spec(_VGG)
    with qtbot.waitSignal(session.failure_changed, timeout=3000):
        session.set_spec(_NORMED)
    assert session.failure is not None
    session.set_spec(_VGG)
    assert session.failure is None
    assert asked == [_VGG, _NORMED]
    inspector.close()


def test_input_that_was_only_guessed_becomes_the_one_that_works(
    qtbot: QtBot, session: Session, make_report: MakeReport
) -> None:
    asked: list[ModelSpec] = []
    fitting = resolve("vgg11", None, (1, 64, 64))

    def inspect(spec: ModelSpec) -> Inspected:
        asked.append(spec)
        return Inspected(fitting, make_report())

    inspector = Inspector(session, inspect)
    with qtbot.waitSignal(session.inspected_changed, timeout=3000):
        session.set_spec(_VGG)
    assert session.spec == fitting
    assert asked == [_VGG]
    inspector.close()


@pytest.mark.parametrize("weights", [None, _TRAINED])
def test_weights_of_another_network_are_dropped_unless_new_ones_come_with_it(
    session: Session, weights: Weights | None
) -> None:
    session.set_spec(_VGG)
    session.set_weights(Weights("pretrained", name="X"))
    session.set_spec(_NORMED)
    assert session.weights.kind == "pretrained"
    session.set_spec(resolve("lenet"), weights)
    assert session.weights == (weights or RANDOM_WEIGHTS)


def test_picture_and_weights_that_are_chosen_again_are_told_as_such(session: Session) -> None:
    picture = Path("a.png")
    told: list[str] = []
    session.chosen_again.connect(told.append)
    session.set_picture(picture)
    session.set_weights(_TRAINED)
    session.set_spec(_VGG, _TRAINED)
    assert told == []
    session.set_picture(picture)
    session.set_weights(_TRAINED)
    session.set_spec(_VGG, _TRAINED)
    session.set_spec(_VGG)
    assert told == ["picture", "weights", "weights"]
