"""Showing a hand-made report in a session, as an answer for the network that is picked."""

from __future__ import annotations

from cnnviz.gui.session import Session
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Report
from cnnviz.zoo.catalog import ModelSpec, resolve


def show_report(session: Session, report: Report, spec: ModelSpec | None = None) -> None:
    """Let the session hear that ``report`` is what ``spec`` does; default: the network that is picked, else "vgg11"."""
    session.set_inspected(Inspected(spec or session.spec or resolve("vgg11"), report))
