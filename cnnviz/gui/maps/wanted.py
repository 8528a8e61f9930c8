"""What the session asks for: which call, which picture, through which weights. Nothing is changed here."""

from __future__ import annotations

from pathlib import Path

from cnnviz.feature_maps.answers import Answer
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.questions import RANDOM_WEIGHTS, Question, Weights
from cnnviz.gui.session import Session
from cnnviz.inspection.call import Call
from cnnviz.inspection.report import Report
from cnnviz.pictures.samples import suited
from cnnviz.zoo.catalog import ModelSpec


def report_of(session: Session) -> Report | None:
    """Return the report if it is of the network that is picked; a newer one may be under way."""
    return None if session.current is None else session.current.report


def call_of(session: Session) -> Call | None:
    """Return the selected call if its output can be shown, else the first convolution."""
    report, selected = report_of(session), session.selected_call
    if report is None:
        return None
    return selected if selected is not None and selected in viewable(report) else first_choice(report)


def wanted_picture(session: Session) -> Path | None:
    """Return the picture that the user chose, else the sample that suits the network."""
    if session.picture is not None or session.spec is None:
        return session.picture
    return suited(session.spec.input_shape).file


def wanted_question(session: Session, scaling: Scaling) -> Question | None:
    """Return what is to be asked; None while something is missing."""
    inspected, call, picture = session.current, call_of(session), wanted_picture(session)
    if inspected is None or call is None or picture is None or not session.torch_is_ready:
        return None
    return Question(inspected, call, session.weights, picture, scaling)


def is_of(answer: Answer | None, spec: ModelSpec | None) -> bool:
    """Return True where what is on screen is of this network."""
    return answer is not None and answer.question.inspected.spec == spec


def weights_before(answer: Answer | None, spec: ModelSpec) -> Weights:
    """Return the weights that this network was last seen with; random ones always go."""
    return answer.question.weights if answer is not None and is_of(answer, spec) else RANDOM_WEIGHTS


def why_nothing(session: Session) -> str:
    """Return what to say where there are no maps yet."""
    if session.spec is None:
        return "Pick a network to look into."
    if not session.torch_is_ready:
        return "PyTorch is loading. The maps appear when it is there."
    report = report_of(session)
    if report is None:
        return "The layers of this network are not known yet."
    if report.error is not None and not viewable(report):
        return "This network fails before a layer returns maps. The Layers tab says where, and what to do."
    return "Computing the maps…" if call_of(session) is not None else "No layer of this network returned maps."


def viewable(report: Report) -> tuple[Call, ...]:
    """Return the calls that returned a tensor with a batch axis."""
    return tuple(call for call in report.calls if call.output_shape is not None and len(call.output_shape) > 1)


def first_choice(report: Report) -> Call | None:
    """Return the first convolution; where there is none, the first call that can be shown."""
    calls = viewable(report)
    return next((call for call in calls if call.kind.startswith("Conv")), calls[0] if calls else None)


def are_logits(report: Report | None, call: Call) -> bool:
    """Return True for a call whose output is the network's own: one number for each class."""
    answer = report.calls[0].output_shape if report is not None else None
    return answer is not None and len(answer) == 2 and call.output_shape == answer
