"""A run on screen: its buttons, how far it is, its curves and its epochs."""

from __future__ import annotations

from enum import Enum, auto
from functools import partial
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cnnviz import units
from cnnviz.gui.commands import Command, native
from cnnviz.gui.data.data_browser import DataBrowser
from cnnviz.gui.page import Work
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.parts.labels import Steady, label
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.parts.progress import Progress
from cnnviz.gui.parts.room_for_lines import RoomForLines, SplitterForLines
from cnnviz.gui.parts.segments import Segments
from cnnviz.gui.parts.stay_at_end import stay_at_end
from cnnviz.gui.parts.whole_headers import keep_titles_whole
from cnnviz.gui.training.curve_files import CurveFiles
from cnnviz.gui.training.epoch_model import EpochModel
from cnnviz.gui.training.lessons import Lessons
from cnnviz.gui.training.live_plots import LivePlots
from cnnviz.gui.training.rate_change import RateChange
from cnnviz.gui.training.run_export import RunExport
from cnnviz.gui.training.run_head import RunHead
from cnnviz.gui.training.run_progress import RunProgress
from cnnviz.gui.training.run_remarks import RunRemarks
from cnnviz.gui.training.runs_panel import RunsPanel
from cnnviz.gui.workers.file_watch import FileWatch
from cnnviz.runs.checkpoint import checkpoints_of
from cnnviz.slow_disks import found
from cnnviz.training.published_runs import Judgement
from cnnviz.training.resumption import why_not_further

_COLUMN, _ROW = 76, 26  # pixels, in text of the usual size: "Train loss", a row
_TICK_MS = 250  # a batch, or a disk, may be silent for long
_CONTINUE = "Go on with this run where it ended. A finished one gets as many more epochs as the form says."
CONTINUE_KEY = "Ctrl+Shift+R"
_HINT = "Choose data and settings at the left, then press Start."


UNDER_WAY = Work(
    "A network is being trained.",
    "Closing the window stops the run. What it has learned up to now is kept in its folder.",
    stop="Stop and close",
    go_on="Go on training",
    stopping="Stopping the run…",
)


class Phase(Enum):
    """What the page is doing; each button works in some of its phases."""

    IDLE = auto()
    RUNNING = auto()
    PAUSED = auto()
    STOPPING = auto()


class RunView(RoomForLines):
    """Shows what it is told; the page decides."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = Banner(flush=True)
        self.browser = DataBrowser()
        self.lessons = Lessons(self)
        self.plots = LivePlots()
        self.epochs = EpochModel(self)
        self.table = _make_table(self.epochs)
        self.files = CurveFiles(self.plots, self.epochs, self)
        self.files.done.connect(self.banner.show_notice)
        self.files.saved.connect(self.banner.show_saved)
        self.files.failed.connect(self.banner.show_error)
        self.plots.bar.take.setMenu(self.files.menu(self.plots.bar.take))
        self.runs = RunsPanel()
        titles = {"data": "Data", "curves": "Curves"} | self.lessons.titles | {"runs": "Runs"}
        self.switch = Segments(titles, "Shown")
        self.picked_view = self.switch.chosen  # by hand: a run that begins shows its curves whatever it is
        self.title = label("No run yet", "title", wrap=True)
        self.state = Steady(_HINT, "muted")
        self.remarks = RunRemarks()
        self.notes, self.judgement = self.remarks.notes, self.remarks.judgement
        self.bar, self.rate = Progress(textVisible=False), RateChange()
        self.look = QPushButton("Feature maps")
        self.look.setEnabled(False)
        self.export = RunExport(self.banner, self)
        self._folder: Path | None = None
        self._is_elsewhere = False  # another program trains what is in it
        self._watch = FileWatch(self)
        self._watch.changed.connect(self._offer_look)
        self.continue_button, self.start_button = QPushButton("Continue"), QPushButton("Start")
        self.start_button.setProperty("role", "primary")
        self.pause_button, self.stop_button = QPushButton("Pause"), QPushButton("Stop")
        self._text = self._hint = _HINT
        self._silence = QElapsedTimer()
        self._ticking = QTimer(self, interval=_TICK_MS)
        self._ticking.timeout.connect(self._tick)
        self._lay_out()

    @Slot(str)
    def pick_view(self, name: str) -> None:
        """Show "data", "curves", "runs" or a lesson as the user wants it."""
        self.switch.choose(name)
        self.picked_view = self.switch.chosen

    def commands(self) -> tuple[Command, ...]:
        """Return what can be done with what is shown."""
        return (self.rate.command(), self.export.command(), *self.files.commands(), *self.runs.commands())

    def show_progress(self, progress: RunProgress, running: bool, paused: bool) -> None:
        """Say how far the run is; without a known share the bar moves to and fro."""
        text = progress.text or self._hint
        self._text = f"Paused  ·  {text}" if paused else text
        self.state.setText(self._text)
        self.remarks.show_notes(progress.notices)
        self._silence.start()
        if not running or paused:
            self._ticking.stop()
        elif not self._ticking.isActive():
            self._ticking.start()
        self.bar.setVisible(running or bool(progress.elsewhere))
        if self._is_elsewhere != bool(progress.elsewhere):
            self._is_elsewhere = bool(progress.elsewhere)
            self._offer_export()
        unknown = running and progress.fraction is None and not progress.ended
        self.bar.setRange(0, 0 if unknown else 1000)
        self.bar.setValue(round(1000 * (progress.fraction or 0)))

    @Slot(object)
    def show_count(self, count: int) -> None:
        """Say how many runs are kept, above all where none is open."""
        self.switch.button("runs").setText(f"Runs ({count})" if count else "Runs")
        kept = f"{units.counted(count, 'run')} {'is' if count == 1 else 'are'} kept"
        self._hint = f"{kept}, under Runs: open one, or press Start for another." if count else _HINT
        if self._folder is None:
            self.title.setText("No run is open" if count else "No run yet")

    def show_judgement(self, judgement: Judgement | None) -> None:
        """Say how the run stands beside published ones; None: nothing."""
        self.remarks.show_judgement(judgement)

    def follow_weights(self, folder: Path) -> None:
        """Offer to look at a run's weights for as long as they stand on disk."""
        self._folder = folder
        self._watch.follow(folder)
        self._offer_look()

    @Slot()
    def _offer_look(self) -> None:
        self.look.setEnabled(self._folder is not None and _has_weights(self._folder))
        self._offer_export()

    def _offer_export(self) -> None:
        """A run that is going on needs the processors for itself."""
        folder = self._folder if self.start_button.isEnabled() and not self._is_elsewhere else None
        self.export.offer(folder if folder is not None and _has_weights(folder) else None)
        why_not = "" if folder is None else why_not_further(folder)
        self.continue_button.setEnabled(folder is not None and not why_not)
        self.continue_button.setToolTip(plain_tip(why_not or f"{_CONTINUE} ({native(CONTINUE_KEY)})"))

    def show_phase(self, phase: Phase) -> None:
        """Offer what can be done now."""
        under_way = phase in (Phase.RUNNING, Phase.PAUSED)
        is_idle = phase is Phase.IDLE
        buttons = ((self.start_button, is_idle), (self.pause_button, under_way), (self.stop_button, under_way))
        for button, on in sorted(buttons, key=lambda each: not each[1]):  # the focus goes on to what can be done
            button.setEnabled(on)
        self.rate.setVisible(under_way)
        self.pause_button.setText("Resume" if phase is Phase.PAUSED else "Pause")
        self.stop_button.setText("Stopping…" if phase is Phase.STOPPING else "Stop")
        self._offer_export()

    def end(self) -> None:
        """End every thread."""
        for part in (self.files, self.browser, self.lessons, self.export):
            part.end()

    def _lay_out(self) -> None:
        curves = RoomForLines()
        upper = QVBoxLayout(curves)
        upper.setContentsMargins(0, 0, 0, 8)
        upper.addWidget(self.plots)
        parts = SplitterForLines(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(curves)
        parts.addWidget(self.table)
        parts.setStretchFactor(0, 1)
        parts.setSizes([440, 170])
        self._views = QStackedWidget()
        self._by_name: dict[str, QWidget] = {"data": self.browser, "curves": parts, "runs": self.runs}
        self._by_name |= self.lessons.widgets
        for each in self._by_name.values():
            self._views.addWidget(each)
        self.switch.chosen_changed.connect(self._show_view)
        self.switch.picked.connect(self.pick_view)
        self.lessons.findings.room_wanted.connect(partial(self.pick_view, "curves"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(8)
        column.addWidget(RunHead(self.title, self.switch))
        column.addWidget(self.state)
        column.addWidget(self.remarks)
        column.addLayout(self._button_row())
        column.addWidget(self.bar)
        column.addWidget(self.rate)
        column.addWidget(self.banner)
        column.addWidget(self.lessons.findings)
        column.addWidget(self._views, 1)

    def _button_row(self) -> QHBoxLayout:
        self.look.setToolTip("Look at what the layers see with the weights of this run")
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addStretch(1)
        runs = (self.start_button, self.continue_button, self.pause_button, self.stop_button)
        for button in (self.look, self.export.button, *runs):
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return top

    @Slot()
    def _tick(self) -> None:
        """Show that the run is at work while it says nothing."""
        said = self._text + units.busy(self._silence.elapsed() / 1000)
        self.state.setText(said)

    @Slot(str)
    def _show_view(self, name: str) -> None:
        self._views.setCurrentWidget(self._by_name[name])
        self.remarks.want(name == "curves")
        self.lessons.findings.fold(name != "curves")


def _has_weights(run: Path) -> bool:
    return found(lambda: bool(checkpoints_of(run)), run)


def _make_table(model: EpochModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.verticalHeader().hide()
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    keep_titles_whole(table, _COLUMN)
    stay_at_end(table)
    follow_looks(table, lambda: table.verticalHeader().setDefaultSectionSize(room_for_text(table, _ROW)))
    table.setAccessibleName("Epochs")
    return table
