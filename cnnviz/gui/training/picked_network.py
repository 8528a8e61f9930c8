"""The form follows the network that is picked; a recipe picks it anew, as it has it."""

from __future__ import annotations

from cnnviz.gui.session import Session
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.inspection.inspected import Inspected


def follow(form: TrainForm, session: Session) -> None:
    """Let ``form`` train what is picked in ``session``, and say what it costs."""

    def show_cost(inspected: Inspected) -> None:
        form.show_params(inspected.report.totals.params)

    session.spec_changed.connect(form.show_spec)
    session.inspected_changed.connect(show_cost)
    form.spec_wanted.connect(session.set_spec)
    if session.spec is not None:
        form.show_spec(session.spec)
    if session.inspected is not None:
        show_cost(session.inspected)
