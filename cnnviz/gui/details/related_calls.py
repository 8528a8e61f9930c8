"""What feeds a call, what it feeds, what it stands in and what it holds, as links."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from cnnviz.gui.calls.columns import without_batch
from cnnviz.gui.details.call_link import CallLink
from cnnviz.gui.details.link_list import LinkList
from cnnviz.gui.parts.labels import label
from cnnviz.inspection.call import Call, Shape
from cnnviz.inspection.explaining.related import Related, between, from_input
from cnnviz.inspection.report import Report

_MARGIN = 4  # pixels, as around the text of a link


class RelatedCalls(QWidget):
    """A row for each relation that there is: its name at left, the calls at right."""

    call_chosen = Signal(object)  # int: index in the report

    def __init__(self, call: Call, related: Related, report: Report, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[str] = []
        self._links: list[CallLink] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        if related.reads_input:
            self._add_end("From", "the network's input", from_input(call, report))
        self._add_links("From", [(each, between(each, call)) for each in related.feeds_it])
        self._add_links("To", [(each, between(call, each)) for each in related.fed_by_it])
        if related.makes_output:
            self._add_end("To", "the network's output", report.calls[0].output_shapes)
        if related.inside is not None:
            self._add_links("In", [(related.inside, ())])
        self._add_links("Holds", [(each, each.output_shapes) for each in related.holds])

    @property
    def lines(self) -> tuple[str, ...]:
        """What is shown, one line for each relation."""
        return tuple(self._lines)

    @property
    def links(self) -> list[CallLink]:
        """The links that were on show at first."""
        return self._links

    def _add_end(self, caption: str, name: str, shapes: tuple[Shape, ...]) -> None:
        text = f"{name}, {without_batch(shapes)}"
        end = label(text, wrap=True)
        end.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        self._lines.append(f"{caption} {text}")
        self._add_row(caption, end)

    def _add_links(self, caption: str, calls: list[tuple[Call, tuple[Shape, ...]]]) -> None:
        if not calls:
            return
        links = LinkList(calls)
        links.call_chosen.connect(self.call_chosen)
        self._links += links.links
        self._lines += [f"{caption} {link.text()} {link.details}" for link in links.links]
        self._add_row(caption, links)

    def _add_row(self, caption: str, widget: QWidget) -> None:
        row = self._grid.rowCount()
        name = label(caption, "muted")
        name.setContentsMargins(0, _MARGIN, 0, 0)
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(widget, row, 1)
