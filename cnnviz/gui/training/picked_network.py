"""The form follows the network that is picked; a recipe picks it anew, as it has it."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.gui.session import Session
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.inspection.inspected import Inspected
from cnnviz.zoo.catalog import ModelSpec


def follow(form: TrainForm, session: Session, offer: Callable[[ModelSpec], None]) -> None:
    """Let ``form`` train what is picked in ``session``, and say what it costs; ``offer`` it to be tried, too."""

    def show_cost(inspected: Inspected) -> None:
        form.show_params(inspected.report.totals.params)

    def show(spec: ModelSpec) -> None:
        form.show_spec(spec)
        offer(spec)

    session.spec_changed.connect(show)
    session.inspected_changed.connect(show_cost)
    form.spec_wanted.connect(session.set_spec)
    if session.spec is not None:
        show(session.spec)
    if session.inspected is not None:
        show_cost(session.inspected)
