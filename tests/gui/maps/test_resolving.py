"""From what is wanted and found to what is shown: no window, no job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import Answer, FeatureMaps, WeightsError
from cnnviz.feature_maps.drawn.drawing import draw
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.questions import Question
from cnnviz.gui.maps.found import Found
from cnnviz.gui.maps.previews import Preview, Source
from cnnviz.gui.maps.resolving import State, resolve
from cnnviz.gui.maps.wanted import Editions, Wanted
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Failure, Report
from cnnviz.pictures.samples import samples
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

MakeReport = Callable[..., Report]
SPEC = ModelSpec("vgg11", {"num_classes": 10}, (3, 10, 12))
OTHER = replace(SPEC, options={"num_classes": 7})
CONV, RELU = 2, 3
CAT = Source(samples()[0].file)
RUN, BAD = Weights("run", file=Path("run")), Weights("file", file=Path("bad.safetensors"))
MISFIT = WeightsError("They do not fit.")


@pytest.fixture
def wanted(make_report: MakeReport) -> Wanted:
    """A network whose layers are known, and no choice of the user's."""
    return Wanted(SPEC, Inspected(SPEC, make_report()), torch_is_ready=True)


@pytest.fixture
def shown(wanted: Wanted) -> Found:
    """The maps of its first convolution."""
    return settle(wanted, Found())


def select(wanted: Wanted, index: int) -> Wanted:
    assert wanted.inspected is not None
    return replace(wanted, selected=wanted.inspected.report.calls[index])


def pick(wanted: Wanted, spec: ModelSpec, report: Report | None) -> Wanted:
    return replace(wanted, spec=spec, inspected=None if report is None else Inspected(spec, report), selected=None)


def preview(source: Source) -> Preview:
    return Preview(source, np.zeros((4, 4, 3), np.uint8))


def answer(question: Question) -> Answer:
    values = np.zeros((8, 2, 2), np.float32)
    maps = FeatureMaps(question.call.path, question.call.index, values, values[None], question.weights.title)
    return Answer(question, maps, draw(values, question.scaling))


def start(state: State, found: Found) -> Found:
    """Ask for what is missing."""
    found = found if state.read is None else found.read(state.read)
    return found if state.ask is None else found.ask(state.ask)


def settle(wanted: Wanted, found: Found, refuse: Callable[[Question], CnnvizError | None] = lambda _: None) -> Found:
    """Answer what is asked until nothing is; every picture that is a sample can be read."""
    for _ in range(10):
        found = start(resolve(wanted, found), found)
        if found.reading is None and found.asking is None:
            return found
        if found.reading is not None:
            can = found.reading.file in {sample.file for sample in samples()}
            found = found.take_preview(preview(found.reading)) if can else found.refuse_picture(CnnvizError("No."))
        if found.asking is not None:
            error = refuse(found.asking)
            found = found.take_answer(answer(found.asking)) if error is None else found.refuse_question(error)
    pytest.fail("it never comes to rest")


def refuse_bad(question: Question) -> CnnvizError | None:
    return MISFIT if question.weights in (BAD, RUN) else None


def shown_question(state: State) -> Question:
    assert state.answer is not None
    return state.answer.question


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"spec": None, "inspected": None}, "Pick a network"),
        ({"torch_is_ready": False}, "PyTorch is loading"),
        ({"inspected": None}, "not known yet"),
        ({"inspected": None, "failure": CnnvizError("No.")}, "cannot be inspected. No."),
        ({}, "Computing the maps"),
    ],
)
def test_text_says_what_is_missing(wanted: Wanted, change: dict[str, object], text: str) -> None:
    state = resolve(replace(wanted, **change), Found())  # type: ignore[arg-type]
    assert text in state.text
    assert (state.answer, state.ask) == (None, None)


@pytest.mark.parametrize(("failed", "text"), [(True, "fails before a layer"), (False, "No layer")])
def test_network_without_maps_takes_those_of_the_one_before_away_at_once(
    wanted: Wanted, shown: Found, make_report: MakeReport, failed: bool, text: str
) -> None:
    report = make_report(error=Failure("no", "do", 0, None) if failed else None)
    report = replace(report, calls=tuple(replace(call, output_shapes=()) for call in report.calls))
    state = resolve(pick(wanted, OTHER, report), shown)
    assert text in state.text
    assert (state.answer, state.ask) == (None, None)


def test_picture_is_read_before_its_maps_are_asked_for(wanted: Wanted) -> None:
    state = resolve(wanted, Found())
    assert (state.read, state.ask) == (CAT, None)
    found = start(state, Found())
    assert resolve(wanted, found).read is None
    state = resolve(wanted, found.take_preview(preview(CAT)))
    assert state.ask is not None
    assert (state.ask.call.index, state.ask.picture, state.ask.weights) == (CONV, CAT.file, RANDOM_WEIGHTS)


def test_question_is_asked_once_whether_it_is_under_way_answered_or_refused(wanted: Wanted, shown: Found) -> None:
    wanted = select(wanted, RELU)
    asked = start(resolve(wanted, shown), shown)
    assert asked.asking is not None
    refused = asked.refuse_question(CnnvizError("No tensor."))
    for found in (asked, asked.take_answer(answer(asked.asking)), refused):
        assert resolve(wanted, found).ask is None
    assert resolve(wanted, refused.forgive()).ask == asked.asking


def test_other_question_overtakes_the_one_under_way_also_where_it_was_answered(wanted: Wanted, shown: Found) -> None:
    asked = start(resolve(select(wanted, RELU), shown), shown)
    assert shown.answer is not None
    assert resolve(select(wanted, CONV), asked).ask == shown.answer.question
    assert resolve(replace(wanted, scaling=Scaling(clip=True)), asked).ask is not None


def test_newer_weights_of_one_name_wait_for_the_answer_that_is_under_way(wanted: Wanted, shown: Found) -> None:
    wanted = replace(wanted, weights=RUN)
    asked = start(resolve(wanted, shown), shown)
    assert asked.asking is not None
    newer = replace(wanted, editions=Editions(weights=3))
    assert resolve(newer, asked).ask is None
    assert resolve(newer, asked.take_answer(answer(asked.asking))).ask == replace(asked.asking, weights_edition=3)


def test_answer_of_the_network_before_is_there_when_it_is_picked_again(
    wanted: Wanted, shown: Found, make_report: MakeReport
) -> None:
    relu = select(wanted, RELU)
    asked = start(resolve(relu, shown), shown)
    assert asked.asking is not None
    away = pick(wanted, OTHER, None)
    assert resolve(away, asked).ask is None
    back = resolve(relu, asked.take_answer(answer(asked.asking)))
    assert shown_question(back).call.index == RELU
    assert (back.ask, back.waiting) == (None, False)


def test_maps_of_another_network_stand_for_a_moment_only(wanted: Wanted, shown: Found) -> None:
    wanted = pick(wanted, OTHER, None)
    state = resolve(wanted, shown)
    assert (state.answer, state.waiting, state.busy) == (shown.answer, True, False)
    late = resolve(wanted, shown, late=True)
    assert (late.answer, late.busy) == (None, False)
    assert "not known yet" in late.text


def test_wait_is_seen_once_it_is_long(wanted: Wanted, shown: Found) -> None:
    asked = start(resolve(select(wanted, RELU), shown), shown)
    assert not resolve(wanted, asked).busy
    assert resolve(wanted, asked, late=True).busy
    assert resolve(wanted, asked, late=True).answer is shown.answer


def test_picture_that_takes_long_to_read_is_said(wanted: Wanted, shown: Found) -> None:
    wanted = replace(wanted, picture=Path("large.png"))
    reading = start(resolve(wanted, shown), shown)
    assert not resolve(wanted, reading).busy
    late = resolve(wanted, replace(reading, asking=None), late=True)
    assert late.busy
    assert late.being_read is not None
    assert late.being_read.file == Path("large.png")


def test_picture_that_cannot_be_read_leaves_the_sample_and_says_why(wanted: Wanted, shown: Found) -> None:
    wanted = replace(wanted, picture=Path("bad.png"))
    found = settle(wanted, shown)
    state = resolve(wanted, found)
    assert state.answer is shown.answer
    assert state.preview is shown.preview
    assert state.message is not None
    assert resolve(wanted, found.forgive()).message is None
    assert resolve(wanted, found.forgive()).read is None
    assert resolve(wanted, found.forgive_picture()).read == Source(Path("bad.png"), 0)


def test_picture_chosen_before_the_broken_one_stands_for_the_next_network_too(
    wanted: Wanted, make_report: MakeReport
) -> None:
    boot = samples()[-1].file
    found = settle(replace(wanted, picture=boot), Found())
    wanted = replace(wanted, picture=Path("bad.png"), editions=Editions(picture=1))
    found = settle(wanted, found)
    assert shown_question(resolve(wanted, found)).picture == boot
    wanted = pick(wanted, OTHER, make_report())
    assert shown_question(resolve(wanted, settle(wanted, found))).picture == boot


def test_picture_chosen_again_is_read_and_shown_to_the_network_again(wanted: Wanted) -> None:
    chosen = replace(wanted, picture=CAT.file)
    found = settle(chosen, Found())
    again = replace(chosen, editions=Editions(picture=1))
    assert resolve(again, found).read == Source(CAT.file, 1)
    assert shown_question(resolve(again, settle(again, found))).picture_edition == 1


def test_without_any_readable_picture_the_text_points_at_the_reason(wanted: Wanted) -> None:
    found = Found(unreadable=(CAT,), message=CnnvizError("No."))
    state = resolve(wanted, found)
    assert (state.read, state.ask) == (None, None)
    assert "reason stands above" in state.text


def test_weights_that_do_not_fit_stay_wanted_beside_the_maps_of_those_before(wanted: Wanted, shown: Found) -> None:
    wanted = replace(wanted, weights=BAD)
    found = settle(wanted, shown, refuse_bad)
    state = resolve(wanted, found)
    assert state.answer is shown.answer
    assert state.message is MISFIT
    assert state.offer.weights == BAD
    relu = select(wanted, RELU)
    found = settle(relu, found.forgive(), refuse_bad)
    question = shown_question(resolve(relu, found))
    assert (question.call.index, question.weights) == (RELU, RANDOM_WEIGHTS)


def test_refused_weights_are_tried_again_when_they_may_do(
    wanted: Wanted, shown: Found, make_report: MakeReport
) -> None:
    wanted = replace(wanted, weights=BAD)
    found = settle(wanted, shown, refuse_bad)
    assert resolve(wanted, found.forgive()).ask is None
    for tried, after in (
        (wanted, found.forgive_weights()),
        (replace(wanted, editions=Editions(weights=1)), found),
        (pick(wanted, OTHER, make_report()), found),
    ):
        question = resolve(tried, after).ask
        assert question is not None
        assert question.weights == BAD


def test_weights_that_cannot_be_had_any_more_leave_random_ones(wanted: Wanted, shown: Found) -> None:
    trained = replace(wanted, weights=RUN)
    found = settle(trained, shown)
    both = select(replace(wanted, weights=BAD, editions=Editions(weights=1)), RELU)
    found = settle(both, found.forgive_weights(), refuse_bad)
    assert shown_question(resolve(both, found)).weights == RANDOM_WEIGHTS
    everything = settle(both, shown.forgive_weights(), lambda _: MISFIT)
    assert resolve(both, everything).ask is None


def test_refusal_is_no_longer_said_once_all_that_is_wanted_is_shown(wanted: Wanted, shown: Found) -> None:
    wanted = replace(wanted, weights=RUN)
    found = settle(wanted, shown, refuse_bad)
    assert resolve(wanted, found).message is MISFIT
    written = replace(wanted, editions=Editions(weights=1))
    found = settle(written, found)
    assert resolve(written, found).message is None
    assert shown_question(resolve(written, found)).weights == RUN


def test_refused_question_leaves_the_maps_of_the_network_or_a_text(
    wanted: Wanted, shown: Found, make_report: MakeReport
) -> None:
    no_memory = CnnvizError("There is not enough memory.")
    relu = select(wanted, RELU)
    state = resolve(relu, settle(relu, shown, lambda _: no_memory))
    assert (state.answer, state.message, state.call) == (shown.answer, no_memory, RELU)
    other = pick(wanted, OTHER, make_report())
    late = resolve(other, settle(other, shown, lambda _: no_memory), late=True)
    assert (late.answer, late.message) == (None, no_memory)
    assert late.text.startswith("No maps of this network")
