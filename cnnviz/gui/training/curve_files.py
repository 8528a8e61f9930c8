"""The curves and the table of epochs on their way out: to a file or the clipboard, as picture, drawing or numbers."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QPainter
from PySide6.QtWidgets import QMenu, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.files import write_text
from cnnviz.gui.commands import Actions, Command
from cnnviz.gui.parts.drawing_file import DRAWING_KINDS, as_image, record, write
from cnnviz.gui.parts.file_dialog import FileKind, ask_where_to_save
from cnnviz.gui.parts.plots.plot_content import PlotContent
from cnnviz.gui.parts.plots.plot_drawing import Look, draw_curves, draw_ground, frame_of
from cnnviz.gui.parts.plots.plot_view import look_on
from cnnviz.gui.theme import LIGHT, palette_of
from cnnviz.gui.training.curve_plot import CurvePlot, entries
from cnnviz.gui.training.epoch_model import EpochModel
from cnnviz.gui.training.live_plots import LivePlots
from cnnviz.gui.training.plot_legend import Placed, placed, rows_of
from cnnviz.gui.training.plot_readout import as_csv
from cnnviz.gui.training.run_curves import RunCurves
from cnnviz.gui.workers.saver import Saver

_KINDS = (*DRAWING_KINDS, FileKind("Numbers of each step", ".csv"), FileKind("Table of epochs", ".tsv"))
_GAP = 16.0  # pixels around each plot
_LEAST = QSize(420, 280)  # of a plot, pixels


class CurveFiles(QObject):
    """Saves and copies what is on the page. Writing runs off the GUI thread."""

    done = Signal(str)  # what was done, in words
    saved = Signal(object, object)  # Path, int: bytes
    failed = Signal(object)  # CnnvizError

    def __init__(self, plots: LivePlots, epochs: EpochModel, window: QWidget) -> None:
        super().__init__(window)
        self._plots, self._epochs, self._window = plots, epochs, window
        self.title = ""
        self._saver = Saver(self)
        self._saver.saved.connect(self.saved)
        self._saver.failed.connect(self.failed)

    def commands(self) -> tuple[Command, ...]:
        """Return what can be done, once there is something on the page."""
        has = self._has_curves
        return (
            Command("training.save-curves", "Save curves or numbers…", self.ask_where_to_save, enabled=has),
            Command("training.copy-curves", "Copy the curves as a picture", self.copy_picture, enabled=has),
            Command("training.copy-steps", "Copy the numbers of each step as CSV", self.copy_steps, enabled=has),
            Command("training.copy-epochs", "Copy the table of epochs", self.copy_epochs, enabled=has),
        )

    def menu(self, parent: QWidget) -> QMenu:
        """Return the same as a menu."""
        commands = self.commands()
        return Actions(commands, parent).context_menu([command.id for command in commands])

    def end(self) -> None:
        """Return when everything is written."""
        self._saver.end()

    @Slot()
    def ask_where_to_save(self) -> None:
        """Open a dialog; the file's ending says as what."""
        ask_where_to_save(self._window, "Save curves or numbers", self.title or "curves", _KINDS, self.save)

    def save(self, file: Path) -> None:
        """Write what is on the page; the ending says as what."""
        match file.suffix.lower():
            case ".csv":
                self._saver.save(partial(_write, as_csv(self._runs())), file)
            case ".tsv":
                self._saver.save(partial(_write, epochs_as_tsv(self._epochs)), file)
            case ".svg" | ".png":
                drawn = self._drawn()
                self._saver.save(partial(write, record(drawn.paint), drawn.size(), drawn.ground), file)
            case _:
                endings = ", ".join(kind.suffix for kind in _KINDS)
                self.failed.emit(CnnvizError(f"{file.name} says no kind of file.", f"End the name with {endings}."))

    @Slot()
    def copy_picture(self) -> None:
        """Put the plots onto the clipboard."""
        drawn = self._drawn()
        QGuiApplication.clipboard().setImage(as_image(record(drawn.paint), drawn.size(), drawn.ground))
        self.done.emit("The curves are on the clipboard.")

    @Slot()
    def copy_steps(self) -> None:
        """Put the numbers of each step onto the clipboard."""
        QGuiApplication.clipboard().setText(as_csv(self._runs()))
        self.done.emit("The numbers of each step are on the clipboard.")

    @Slot()
    def copy_epochs(self) -> None:
        """Put the table of epochs onto the clipboard."""
        QGuiApplication.clipboard().setText(epochs_as_tsv(self._epochs))
        self.done.emit("The table of epochs is on the clipboard.")

    def _has_curves(self) -> bool:
        return len(self._plots.buffer.steps) > 0 or bool(self._epochs.rowCount())

    def _runs(self) -> list[RunCurves]:
        return [self._plots.curves, *self._plots.others]

    def _drawn(self) -> _OnPaper:
        paper = palette_of(LIGHT)
        return _OnPaper(tuple(self._plots.contents(paper)), look_on(paper, self._plots.font()))


@dataclass(frozen=True, slots=True)
class _OnPaper:
    """The plots as they are drawn for a report, which is white, whatever the window's theme is."""

    plots: tuple[tuple[CurvePlot, PlotContent], ...]
    look: Look

    @property
    def ground(self) -> QColor:
        return QColor(self.look.colors.background)

    def size(self) -> QSize:
        sizes = [_on_paper(card) for card, _ in self.plots]
        width = sum(each.width() + _GAP for each in sizes) + _GAP
        return QSize(round(width), round(max(each.height() for each in sizes) + self._head() + 2 * _GAP))

    def paint(self, painter: QPainter) -> None:
        left = _GAP
        for card, content in self.plots:
            painter.save()
            painter.translate(left, _GAP)
            self._paint_card(painter, card, content)
            painter.restore()
            left += _on_paper(card).width() + _GAP

    def _legend(self, card: CurvePlot, content: PlotContent) -> list[Placed]:
        return placed(entries(content, self.look), _on_paper(card).width(), QFontMetricsF(self.look.font))

    def _head(self) -> float:
        """Return the height of the tallest title and legend: the plots begin at the same height."""
        rows = max(rows_of(self._legend(*each)) for each in self.plots)
        return (1.6 + rows) * QFontMetricsF(self.look.font).height()

    def _paint_card(self, painter: QPainter, card: CurvePlot, content: PlotContent) -> None:
        font, metrics, size = self.look.font, QFontMetricsF(self.look.font), _on_paper(card)
        bold, height = QFont(font), metrics.height()
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(self.look.colors.text))
        painter.drawText(QRectF(0, 0, size.width(), height), Qt.AlignmentFlag.AlignLeft, card.title)
        painter.setFont(font)
        for each in self._legend(card, content):
            top = (1.2 + each.row) * height
            for left, text, color in (
                (each.left, each.entry.sign, each.entry.color),
                (each.name_left, each.shown, self.look.colors.text),
            ):
                painter.setPen(QColor(color))
                painter.drawText(QRectF(left, top, size.width(), height), Qt.AlignmentFlag.AlignLeft, text)
        painter.translate(0, self._head())
        frame = frame_of(size.width(), size.height(), *card.view.axes_of(content), font)
        draw_ground(painter, frame, content, self.look)
        draw_curves(painter, frame, content, self.look)


def _on_paper(card: CurvePlot) -> QSize:
    """Return the size of a plot: as it is on screen, but never as flat as it is there beside a long message."""
    return card.view.size().expandedTo(_LEAST)


def epochs_as_tsv(epochs: EpochModel) -> str:
    """Return the table of epochs as it is on the page, for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    columns = range(epochs.columnCount())
    writer.writerow([epochs.headerData(column, Qt.Orientation.Horizontal) for column in columns])
    for row in range(epochs.rowCount()):
        writer.writerow([epochs.data(epochs.index(row, column)) for column in columns])
    return text.getvalue()


def _write(text: str, file: Path) -> None:
    write_text(file, text)
