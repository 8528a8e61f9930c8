"""Networks side by side: totals, costs at each resolution, and where they stand among torchvision's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.calls.delegate import GroupDelegate
from cnnviz.gui.commands import Command
from cnnviz.gui.compare.comparison_models import STAGES, TOTALS, ComparisonTable, stage_rows, totals_rows
from cnnviz.gui.compare.comparison_view import table_view
from cnnviz.gui.compare.contestants import (
    ADDED_AT_MOST,
    AT_MOST,
    Contestant,
    answered,
    compared,
    inspected_all,
    published_figures,
)
from cnnviz.gui.compare.cost_plot import CostPlot
from cnnviz.gui.compare.network_chips import NetworkChips
from cnnviz.gui.compare.network_field import NetworkField
from cnnviz.gui.inspector import Inspect
from cnnviz.gui.late_specs import LateSpecs
from cnnviz.gui.page import Page, Shared
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.parts.labels import label, line
from cnnviz.gui.parts.looks import Looks, follow_looks, keep_width, room_for_text
from cnnviz.gui.session import Session
from cnnviz.gui.spec_text import spec_as_text
from cnnviz.gui.theme import series_colors_of
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.inspection.inspected import Inspected, inspect_spec
from cnnviz.zoo.catalog import ModelSpec, architectures, resolve

_ROW, _STRIP = 27, 46  # pixels
_TOTAL, _STAGE = 96, 78  # pixels, for "Activations" and for "Network"
_PARTS = (560, 460)  # pixels: stages, plot


class ComparePage(Page):
    """The session's network is in by itself; others are added, probed off the GUI thread, and taken out."""

    def __init__(self, session: Session, inspect: Inspect = inspect_spec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._inspect = inspect
        self._current: Contestant | None = None
        self._added: list[Contestant] = []
        self._stale = True
        self._jobs = LatestJob(self, "compare")
        self._late = LateSpecs(self)
        self.banner = Banner()
        self.field = NetworkField(architectures())
        self.chips = NetworkChips()
        self.totals = ComparisonTable(TOTALS, self)
        self.stages = ComparisonTable(STAGES, self)
        self.totals_view = table_view(self.totals, "Totals", (0, 7, 8), _TOTAL)
        self.stages_view = table_view(self.stages, "Costs at each resolution", (0, 1, 2), _STAGE)
        self._groups = GroupDelegate(self.stages_view)
        self.stages_view.setItemDelegate(self._groups)
        self.plot = CostPlot(published_figures(architectures()))
        self._lay_out()
        self._connect()
        if session.inspected is not None:
            self._follow(session.inspected)

    @property
    def contestants(self) -> list[Contestant]:
        """What is compared, the current network first; one that was added and is current is there once."""
        current = [] if self._current is None else [self._current]
        specs = [each.spec for each in current]
        return [*current, *(each for each in self._added if each.spec not in specs)]

    def add(self, name: str) -> None:
        """Compare the network of this name too, with its usual options."""
        try:
            self.add_spec(resolve(name))
        except CnnvizError as error:
            self.banner.show_error(error)

    def add_spec(self, spec: ModelSpec) -> None:
        """Compare this network too.

        Raises:
            CnnvizError: so many are compared already that their colours could not be told apart.
        """
        if any(spec == each.spec for each in self._added):
            return
        self._add(Contestant(spec, current=False))
        self.banner.clear()
        self._probe()

    @Slot()
    def keep_current(self) -> None:
        """Compare the current network also when another one is picked."""
        if self._current is not None and self._may_keep():
            try:
                self._add(replace(self._current, current=False))
            except CnnvizError as error:
                self.banner.show_error(error)
                return
            self.banner.show_notice(f"{self._current.title} stays.", "Pick another network, or change an option.")

    def commands(self) -> tuple[Command, ...]:
        enter = partial(self.field.setFocus, Qt.FocusReason.ShortcutFocusReason)  # which opens its list
        return (
            Command("compare.add-network", "Add a network to compare…", enter),
            Command("compare.keep-current", "Keep the current network", self.keep_current, enabled=self._may_keep),
        )

    def choices(self) -> dict[str, str]:
        texts = (*(spec_as_text(each.spec) for each in self._added), *self._late.awaited)
        return {str(at): text for at, text in enumerate(texts)}

    def choose(self, choices: Mapping[str, str]) -> None:
        self._added = []
        self._add_remembered(self._late.read(text for _, text in sorted(choices.items())[:ADDED_AT_MOST]))

    def end(self) -> None:
        self._jobs.close()
        self._late.close()

    @Slot(object)
    def _add_remembered(self, specs: tuple[ModelSpec, ...]) -> None:
        room = ADDED_AT_MOST - len(self._added)
        others = [spec for spec in specs if all(spec != each.spec for each in self._added)]
        self._added += [Contestant(spec, current=False) for spec in others[:room]]
        self._probe()

    def _add(self, contestant: Contestant) -> None:
        if len(self._added) >= ADDED_AT_MOST:
            raise CnnvizError(
                f"{AT_MOST} networks are compared at most, the current one included.", "Take one out first."
            )
        self._added.append(contestant)

    @Slot(object)
    def _remove(self, position: int) -> None:
        gone = self.contestants[position].spec
        self._added = [each for each in self._added if each.spec != gone]
        self._show_soon()

    def _may_keep(self) -> bool:
        return self._current is not None and all(self._current.spec != each.spec for each in self._added)

    @Slot(object)
    def _follow(self, inspected: Inspected) -> None:
        self._current = Contestant(inspected.spec, True, inspected)
        self._show_soon()

    @Slot()
    def _probe(self) -> None:
        missing = [each.spec for each in self._added if each.inspected is None]
        if missing and self._session.torch_is_ready:
            self._jobs.submit(partial(inspected_all, self._inspect, missing))
        self._show_soon()

    @Slot(object)
    def _take_reports(self, answers: list[tuple[ModelSpec, Inspected | CnnvizError]]) -> None:
        for spec, answer in answers:
            self._added = [each for each in (answered(each, spec, answer) for each in self._added) if each is not None]
            if isinstance(answer, CnnvizError):
                self.banner.show_error(answer)
        self._show_soon()

    @Slot()
    def _show_soon(self) -> None:
        self._stale = True
        if self.isVisible():
            self._show()

    def _show(self) -> None:
        self._stale = False
        contestants = self.contestants
        colors = [QColor(color) for color in series_colors_of(self.palette())]
        self.chips.show_contestants(contestants, colors)
        ready = [color for color, each in zip(colors, contestants, strict=False) if each.inspected is not None]
        comparison = compared(contestants)
        self.totals.show_rows(totals_rows(comparison) if comparison is not None else (), ready)
        self.stages.show_rows(stage_rows(comparison) if comparison is not None else (), ready)
        self.plot.show_networks(comparison.networks if comparison is not None else (), ready)
        self._arrange_tables(len(ready))

    def _arrange_tables(self, networks: int) -> None:
        """Fit the upper table to its rows; a resolution is named once for all of its networks."""
        row = room_for_text(self, _ROW)
        for view in (self.totals_view, self.stages_view):
            view.verticalHeader().setDefaultSectionSize(row)
        self._fit_totals()
        self._groups.size = networks
        self.stages_view.clearSpans()
        for first in range(0, self.stages.rowCount(), max(networks, 1)):
            if networks > 1:
                self.stages_view.setSpan(first, 0, networks, 1)

    @Slot()
    def _fit_totals(self) -> None:
        """Show all rows of the upper table, beside what scrolls its columns where they are wider than the page."""
        view = self.totals_view
        below = view.horizontalScrollBar().sizeHint().height() if view.horizontalScrollBar().maximum() > 0 else 0
        rows = view.verticalHeader().defaultSectionSize() * max(self.totals.rowCount(), 1)
        view.setFixedHeight(view.horizontalHeader().sizeHint().height() + rows + below + 4)

    def _connect(self) -> None:
        self.field.network_chosen.connect(self.add)
        self.plot.network_chosen.connect(self.add)
        self.chips.removal_wanted.connect(self._remove)
        self.chips.pin_wanted.connect(self.keep_current)
        self._jobs.succeeded.connect(self._take_reports)
        self._jobs.failed.connect(self.banner.show_error)
        self._late.came.connect(self._add_remembered)
        self._session.inspected_changed.connect(self._follow)
        self._session.torch_ready.connect(self._probe)
        self.totals_view.horizontalScrollBar().rangeChanged.connect(self._fit_totals)
        Looks(self).changed.connect(self._show_soon)

    def _lay_out(self) -> None:
        keep_width(self.field, 230)
        top = QHBoxLayout()
        top.setContentsMargins(12, 3, 12, 3)
        top.setSpacing(8)
        top.addWidget(self.field)
        top.addWidget(_sideways(self.chips), 1)
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self._stages_part())
        parts.addWidget(self.plot)
        parts.setSizes(list(_PARTS))
        parts.setStretchFactor(0, 1)
        parts.setStretchFactor(1, 1)
        below = QVBoxLayout()
        below.setContentsMargins(0, 0, 8, 8)
        below.addWidget(parts)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addLayout(top)
        column.addWidget(line())
        column.addWidget(self.totals_view)
        column.addWidget(line())
        column.addSpacing(8)
        column.addLayout(below, 1)

    def _stages_part(self) -> QWidget:
        part = QWidget()
        part.setProperty("role", "panel")
        part.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        heading = label("Costs at each resolution", "heading")
        heading.setContentsMargins(8, 8, 16, 4)
        heading.setToolTip("Maps that are the input halved equally often stand together.")
        column.addWidget(heading)
        column.addWidget(self.stages_view, 1)
        return part

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._show()


def build(shared: Shared) -> ComparePage:
    """Make the page for the window."""
    return ComparePage(shared.session, shared.inspect)


def _sideways(row: QWidget) -> QScrollArea:
    """Return a strip in which a long row is scrolled, so that it does not widen the window."""
    strip = QScrollArea(widgetResizable=True)
    strip.setFrameShape(QFrame.Shape.NoFrame)
    strip.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    follow_looks(strip, lambda: strip.setFixedHeight(room_for_text(strip, _STRIP)))
    strip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    strip.setWidget(row)
    strip.viewport().setAutoFillBackground(False)
    row.setAutoFillBackground(False)
    return strip
