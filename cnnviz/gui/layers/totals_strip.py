"""The totals of a network in one line under its table."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.gui.calls.columns import without_batch
from cnnviz.gui.layers.agreement import Agreement
from cnnviz.gui.parts.labels import label, set_role
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.inspection.report import Report

_LAZY = "lazy layers that have not run, whose size is known when they do."


class TotalsStrip(QWidget):
    """Parameters, FLOPs, multiply-adds, memory: a caption over each figure, the exact number in its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 8, 8, 10)
        self._row.setSpacing(10)
        self._params = self._figure("Parameters")
        self._flops = self._figure("FLOPs per image")
        self._macs = self._figure("Multiply-adds")
        self._activations = self._figure("Activations")
        self._weights = self._figure("Weights (float32)")
        self._agreement = label("", "good", wrap=True)  # or beside the details it would widen the page
        self._agreement.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._row.addWidget(self._agreement, 1)

    @property
    def text(self) -> str:
        """The figures as they stand."""
        figures = (self._params, self._flops, self._macs, self._activations, self._agreement)
        return " · ".join(figure.text() for figure in figures if figure.text())

    def show_params(self, report: Report, learning: int | None) -> None:
        """Show the parameters of ``report``, and how many of them learn where that is known and not all."""
        params, known = f"{units.short(report.totals.params)}{_unsized(report)}", _parameters(report)
        if learning is None or learning == report.totals.params:
            self._set(self._params, params, known)
        else:
            said = f"{known}; {units.exact(learning)} of them learn, the others are frozen"
            self._set(self._params, f"{params}, {units.part(learning, report.totals.params)} learn", said)

    def show_report(self, report: Report, agreement: Agreement | None) -> None:
        """Show the other totals of ``report``."""
        totals, more = report.totals, _unsized(report)
        self._set(self._flops, units.short(totals.flops), _counted(totals.flops, "FLOPs"))
        self._set(self._macs, units.short(totals.macs), _counted(totals.macs, "multiply-adds"))
        held = f"{units.exact(totals.activation_bytes)} bytes of outputs for {_inputs(report)}"
        self._set(self._activations, units.size(None if report.error else totals.activation_bytes), held)
        weights = 4 * (totals.params + totals.buffers)
        self._set(self._weights, f"{units.size(weights)}{more}", f"{units.exact(weights)} bytes, buffers included")
        self._agreement.setText("" if agreement is None else agreement.text)
        self._agreement.setToolTip("" if agreement is None else agreement.details)
        set_role(self._agreement, "good" if agreement is not None and agreement.agrees else "muted")

    def _figure(self, caption: str) -> QLabel:
        column = QVBoxLayout()
        column.setSpacing(0)
        figure = label(units.UNKNOWN, "figure", selectable=True)
        column.addWidget(label(caption, "caption"))
        column.addWidget(figure)
        self._row.addLayout(column)
        return figure

    def _set(self, figure: QLabel, text: str, tooltip: str) -> None:
        figure.setText(text)
        figure.setToolTip(plain_tip(tooltip))


def _counted(number: int | None, unit: str) -> str:
    if number is None:
        return "Unknown: some call could not be counted; see the rows that show –."
    return f"{units.exact(number)} {unit}; two FLOPs for each multiply-add"


def _unsized(report: Report) -> str:
    return f" + {units.UNKNOWN}" if report.unsized else ""


def _parameters(report: Report) -> str:
    known = units.counted(report.totals.params, "parameter")
    if not report.unsized:
        return known
    return f"{known}, and {', '.join(report.unsized[:5])}{' …' if len(report.unsized) > 5 else ''}: {_LAZY}"


def _inputs(report: Report) -> str:
    return f"an input of {without_batch(report.input_shapes)}"
