"""The right panel: what the selected call is and does, where its numbers come from, and which calls are around it."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.gui.calls.columns import without_batch
from cnnviz.gui.details.related_calls import RelatedCalls
from cnnviz.gui.parts.labels import Role, clear_layout, label, line
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.session import Session
from cnnviz.inspection.call import Call, SettingValue
from cnnviz.inspection.explaining.explain import Formula, explain
from cnnviz.inspection.explaining.sentences import sentence
from cnnviz.inspection.explaining.surroundings import Surroundings
from cnnviz.inspection.report import Report

_NOTHING = "Select a layer to see what it does, and how its shape and costs come about."


class DetailsPanel(QScrollArea):
    """Follows the session's selected call; its links select another."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._around: Surroundings | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        body = QWidget()
        body.setProperty("role", "panel")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(16, 14, 16, 14)
        self._column.setSpacing(6)
        self.setWidget(body)
        self.related: RelatedCalls | None = None
        self._lines: list[str] = []
        self._shown: tuple[Call | None, Report | None] | None = None
        session.call_selected.connect(self._show_call)
        session.inspected_changed.connect(self._show_call)
        self._show_call()

    @property
    def text(self) -> str:
        """Everything that is shown, one line each."""
        return "\n".join(self._lines)

    @Slot()
    def _show_call(self) -> None:
        call, report = shown = self._session.selected_call, self._session.report
        if self._shown is not None and shown[0] is self._shown[0] and report is self._shown[1]:
            return  # a new report that selects another call says so twice
        self._shown = shown
        had_focus = self.isAncestorOf(QApplication.focusWidget() or self)
        clear_layout(self._column)
        self._lines, self.related = [], None
        self._column.addWidget(label("Selected layer", "heading"))
        if call is None or report is None:
            self._add(_NOTHING, "muted")
        else:
            self._fill(call, report)
        self._column.addStretch(1)
        self.verticalScrollBar().setValue(0)
        if had_focus and self.related is not None and self.related.links:
            self.related.links[0].setFocus()  # whoever follows links by keyboard can go on

    def _fill(self, call: Call, report: Report) -> None:
        if self._around is None or self._around.report is not report:
            self._around = Surroundings(report)
        related = self._around.related(call)
        self._add(call.path or report.title, "title")
        self._add(_kind_line(call), "muted")
        if said := sentence(call, related.holds):
            self._column.addSpacing(4)
            self._add(said)
            self._column.addSpacing(4)
        if report.error is not None and report.error.call == call.index:
            self._heading("Failed here")
            self._add(f"{report.error.message} {report.error.hint}", "error")
        self._column.addWidget(line())
        self._add(f"{without_batch(call.input_shapes)}  →  {without_batch(call.output_shapes)}", "formula")
        self.related = RelatedCalls(call, related, report)
        self.related.call_chosen.connect(self._session.select_call)
        self._lines += self.related.lines
        self._column.addWidget(self.related)
        self._column.addWidget(line())
        self._table(_facts(call, report, self._around))
        for formula in explain(call, self._around.fields):
            self._formula(formula)
        if settings := {name: value for name, value in call.settings.items() if value is not None}:
            self._heading("Settings")
            self._table(tuple((name, _setting_text(value)) for name, value in settings.items()))

    def _formula(self, formula: Formula) -> None:
        self._heading(formula.what)
        self._add(formula.text, "formula").setToolTip(plain_tip(formula.source))
        self._add(formula.rule, "caption").setToolTip(plain_tip(formula.source))

    def _heading(self, text: str) -> None:
        self._column.addSpacing(8)
        self._add(text, "heading")

    def _add(self, text: str, role: Role = "plain") -> QLabel:
        self._lines.append(text)
        shown = label(_breakable(text), role, wrap=True, selectable=True)
        shown.setMinimumWidth(1)  # else a long word would widen the panel beyond its frame
        self._column.addWidget(shown)
        return shown

    def _table(self, rows: tuple[tuple[str, str], ...]) -> None:
        grid = QGridLayout()
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(rows):
            self._lines.append(f"{name} {value}")
            grid.addWidget(label(name, "muted"), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(value, wrap=True, selectable=True), row, 1)
        self._column.addLayout(grid)


def _breakable(text: str) -> str:
    """Return ``text`` with zero-width spaces that let a long product or path break across lines."""
    return re.sub(r"([·._/])(?=\w)", "\\1\u200b", text)


def _kind_line(call: Call) -> str:
    what = call.kind if call.module else f"{call.kind} (function)"
    return f"{what}, call {call.call_number} of this module" if call.call_number > 1 else what


def _facts(call: Call, report: Report, around: Surroundings) -> tuple[tuple[str, str], ...]:
    rows = [
        ("Parameters", _parameters(call, report)),
        ("Multiply-adds", f"{units.exact(call.macs)}{_share(call.macs, report.totals.macs)}"),
        ("FLOPs", units.exact(call.flops)),
        ("Other ops", units.exact(around.other_operations[call.index])),
        ("Output memory", units.size(around.output_bytes[call.index])),
    ]
    if call.receptive_field_status == "exact" and call.receptive_field is not None:
        rows.append(("Receptive field", f"{units.shape(call.receptive_field)} pixels"))
    elif call.receptive_field_status == "whole input":
        rows.append(("Receptive field", "the whole input"))
    return tuple(rows)


def _parameters(call: Call, report: Report) -> str:
    if call.module and report.unsized_below(call.path):
        return f"{units.exact(call.params)} + {units.UNKNOWN} (lazy layers have no size until they run)"
    return f"{units.exact(call.params)}{_share(call.params, report.totals.params)}"


def _share(part: int | None, whole: int | None) -> str:
    if not part or not whole:
        return ""
    return f"  ({part / whole:.1%})" if part >= 0.0005 * whole else "  (<\u00a00.1%)"


def _setting_text(value: SettingValue) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return " × ".join(map(str, value))
        case float():
            return f"{value:g}"
    return str(value)
