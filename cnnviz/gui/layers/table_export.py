"""The layer table on its way out: to the clipboard or a file, in the forms of ``inspection.export``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from cnnviz.errors import CnnvizError
from cnnviz.files import replacing
from cnnviz.gui.parts.file_dialog import FileKind, ask_where_to_save
from cnnviz.gui.session import Session
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.gui.workers.saver import Saver
from cnnviz.inspection import export
from cnnviz.inspection.call import Call
from cnnviz.inspection.report import Report
from cnnviz.machine import DeviceMemory, device_memory
from cnnviz.zoo.catalog import ModelSpec


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the table."""

    title: str
    suffix: str
    whole: Callable[[Report], str]
    part: Callable[[Report, Sequence[Call]], str]  # of some calls of the report


FORMATS: Mapping[str, Form] = {
    "tsv": Form("TSV for spreadsheets", ".tsv", export.as_tsv, export.as_tsv),
    "markdown": Form("Markdown", ".md", export.as_markdown, export.as_markdown),
    "latex": Form("LaTeX", ".tex", export.as_latex, export.as_latex),
    "csv": Form("CSV", ".csv", export.as_csv, export.as_csv),
    "json": Form("JSON", ".json", export.as_json, export.calls_as_json),
}
TABLE_KINDS = tuple(FileKind(form.title, form.suffix) for form in FORMATS.values())


class TableExport(QObject):
    """Copies and saves the session's report. What takes time runs off the GUI thread."""

    done = Signal(str)  # what was done, in words
    failed = Signal(object)  # CnnvizError
    device_known = Signal(object)  # DeviceMemory | None

    def __init__(self, session: Session, saver: Saver, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._saver, self._window = session, saver, window
        self._summaries = LatestJob(self, "torchinfo")
        self._summaries.succeeded.connect(self._copy_summary)
        self._summaries.failed.connect(self.failed)
        self._devices = LatestJob(self, "device-memory")
        self._devices.succeeded.connect(self._tell_device)
        session.torch_ready.connect(self._ask_for_device)

    def end(self) -> None:
        """End the threads."""
        self._summaries.close()
        self._devices.close()

    @Slot(str)
    def copy(self, name: str, calls: Sequence[Call] | None = None) -> None:
        """Put the table, or these calls of it, onto the clipboard."""
        if self._session.report is not None:
            QGuiApplication.clipboard().setText(text_of(self._session.report, name, calls))

    @Slot()
    def copy_torchinfo(self) -> None:
        """Put torchinfo's summary onto the clipboard when it is computed: it builds and runs the network."""
        if self._session.inspected is not None:
            self.done.emit("torchinfo is computing its summary…")
            self._summaries.submit(partial(_summary, self._session.inspected.spec))

    @Slot()
    def ask_where_to_save(self) -> None:
        """Open a dialog; the file's ending says the form."""
        if self._session.report is None:
            return
        name = self._session.report.name.rpartition("/")[2]
        ask_where_to_save(self._window, "Save table", name, TABLE_KINDS, self.save, first=FORMATS["csv"].suffix)

    def save(self, file: Path) -> None:
        """Write the whole table; the ending says the form."""
        if self._session.report is not None:
            self._saver.save(partial(write_table, self._session.report), file)

    @Slot(object)
    def _copy_summary(self, summary: str) -> None:
        QGuiApplication.clipboard().setText(summary)
        self.done.emit("torchinfo's summary is on the clipboard.")

    @Slot()
    def _ask_for_device(self) -> None:
        self._devices.submit(device_memory)

    @Slot(object)
    def _tell_device(self, memory: DeviceMemory | None) -> None:
        self.device_known.emit(memory)


def text_of(report: Report, name: str, calls: Sequence[Call] | None = None) -> str:
    """Return the table, or these calls of it, in a form of FORMATS."""
    form = FORMATS[name]
    return form.whole(report) if calls is None else form.part(report, calls)


def write_table(report: Report, file: Path) -> None:
    """Write the whole table to ``file`` in the form that its ending names.

    Raises:
        CnnvizError: the ending names no form, or the file cannot be written.
    """
    form = next((form for form in FORMATS.values() if form.suffix == file.suffix.lower()), None)
    if form is None:
        endings = ", ".join(form.suffix for form in FORMATS.values())
        raise CnnvizError(f"{file.name} names no form of table.", f"End the name with one of {endings}.")
    with replacing(file) as temporary:
        temporary.write_text(f"{form.whole(report)}\n", "utf-8")


def _summary(spec: ModelSpec) -> str:
    """Runs in the worker thread. The network's weights draw nothing from a run that trains meanwhile."""
    from cnnviz.foreign.randomness import seeded

    with seeded(0):
        return export.torchinfo_summary(spec)
