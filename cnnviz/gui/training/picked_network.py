"""The form follows the network that is picked; a recipe picks it anew, as it has it."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.gui.session import Session
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.inspection.frozen_modules import paths_in
from cnnviz.inspection.inspected import Inspected
from cnnviz.zoo.catalog import ModelSpec


def follow(form: TrainForm, session: Session, offer: Callable[[ModelSpec], None]) -> None:
    """Let ``form`` train what is picked in ``session``; ``offer`` it to be tried, too."""

    def show_dropout(inspected: Inspected) -> None:
        form.show_dropout(any(call.module and "Dropout" in call.kind for call in inspected.report.calls))

    freeze = form.fields["freeze"]

    def type_frozen(paths: tuple[str, ...]) -> None:
        if paths != paths_in(freeze.text):
            freeze.type_text(",".join(paths))

    def tell_frozen() -> None:
        session.set_frozen(paths_in(freeze.text))

    def show(spec: ModelSpec) -> None:
        form.show_spec(spec)
        offer(spec)

    freeze.changed.connect(tell_frozen)
    form.look_changed.connect(tell_frozen)  # what is remembered is filled in without a word
    session.frozen_changed.connect(type_frozen)
    session.spec_changed.connect(show)
    session.inspected_changed.connect(show_dropout)
    session.torch_ready.connect(form.shown.begin)
    form.spec_wanted.connect(session.set_spec)
    if session.torch_is_ready:
        form.shown.begin()
    if session.spec is not None:
        show(session.spec)
    if session.inspected is not None:
        show_dropout(session.inspected)
