"""Ways out of the layer table, what training needs, and the notes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from shown_reports import show_report
from torch import nn

from cnnviz import units
from cnnviz.gui.layers import table_export
from cnnviz.gui.layers.memory_line import MemoryLine
from cnnviz.gui.layers.notes_list import NotesList
from cnnviz.gui.layers.page import LayersPage
from cnnviz.gui.layers.table_export import FORMATS, text_of
from cnnviz.gui.session import Session
from cnnviz.inspection.advice import advise
from cnnviz.inspection.memory import training_memory
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect
from cnnviz.machine import DeviceMemory
from cnnviz.zoo.catalog import resolve

MakeReport = Callable[..., Report]


@pytest.fixture
def page(qtbot: QtBot, session: Session, make_report: MakeReport) -> Iterator[LayersPage]:
    page = LayersPage(session)
    qtbot.addWidget(page)
    session.set_spec(resolve("vgg11"))
    show_report(session, make_report())
    yield page
    page.end()


def _action(page: LayersPage, *titles: str) -> QAction:
    menu = page.copy_button.menu()
    for title in titles[:-1]:
        menu = next(action.menu() for action in menu.actions() if action.text() == title)
    return next(action for action in menu.actions() if action.text().startswith(titles[-1]))


def test_menu_copies_all_rows_or_the_selected_ones(page: LayersPage, session: Session) -> None:
    _action(page, "Copy all rows as", "CSV").trigger()
    assert len(list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))) == 7
    session.select_call(2)
    _action(page, "Copy selected rows as", "CSV").trigger()
    (row,) = csv.DictReader(io.StringIO(QGuiApplication.clipboard().text()))
    assert (row["layer"], row["params"]) == ("features.0", "224")
    _action(page, "Copy selected rows as", "JSON").trigger()
    answer = json.loads(QGuiApplication.clipboard().text())
    assert [call["path"] for call in answer["calls"]] == ["features.0"]
    _action(page, "Copy selected rows").trigger()
    assert QGuiApplication.clipboard().text().startswith("Layer\tType\t")


@pytest.mark.parametrize("name", FORMATS)
def test_each_form_has_every_call(name: str, make_report: MakeReport) -> None:
    text = text_of(make_report(), name)
    assert "features.0" in text
    assert "Conv2d" in text
    assert text.count("Linear") == 2


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_saved_file_has_the_form_its_ending_names(
    qtbot: QtBot, form: table_export.Form, page: LayersPage, tmp_path: Path, make_report: MakeReport
) -> None:
    file = tmp_path / f"表{form.suffix.upper()}"
    with qtbot.waitSignal(page._saver.saved, timeout=3000):
        page.export.save(file)
    assert file.read_text("utf-8") == form.whole(make_report()) + "\n"
    assert str(file) in page.banner.text


def test_unknown_ending_and_unwritable_folder_are_told(qtbot: QtBot, page: LayersPage, tmp_path: Path) -> None:
    with qtbot.waitSignal(page._saver.failed, timeout=3000):
        page.export.save(tmp_path / "table.xlsx")
    assert (
        page.banner.text == "table.xlsx names no form of table. End the name with one of .tsv, .md, .tex, .csv, .json."
    )
    (tmp_path / "file").write_text("")
    with qtbot.waitSignal(page._saver.failed, timeout=3000):
        page.export.save(tmp_path / "file" / "table.csv")
    assert "cannot be written" in page.banner.text


def test_dialog_saves_with_the_ending_of_the_chosen_form(qtbot: QtBot, page: LayersPage, tmp_path: Path) -> None:
    _action(page, "Save table…").trigger()
    (dialog,) = page.findChildren(QFileDialog)
    dialog.filterSelected.emit("Markdown (*.md)")
    assert dialog.defaultSuffix() == "md"
    with qtbot.waitSignal(page._saver.saved, timeout=3000):
        dialog.fileSelected.emit(str(tmp_path / "table.md"))
    assert (tmp_path / "table.md").read_text("utf-8").startswith("| layer | type |")
    dialog.reject()


def test_torchinfos_summary_comes_from_another_thread(
    qtbot: QtBot, page: LayersPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_export, "_summary", lambda spec: f"summary of {spec.name}")
    _action(page, "Copy torchinfo's summary").trigger()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == "summary of vgg11", timeout=3000)
    assert "on the clipboard" in page.banner.text


def test_device_is_asked_for_once_torch_is_there(
    qtbot: QtBot, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_export, "device_memory", lambda: DeviceMemory("H100", 80 * 2**30))
    session = Session()
    page = LayersPage(session)
    qtbot.addWidget(page)
    show_report(session, make_report())
    session.announce_torch()
    qtbot.waitUntil(lambda: page.memory.text.endswith("of 80.0 GB"), timeout=3000)
    page.end()


def test_estimate_follows_batch_and_optimizer_and_warns_where_it_does_not_fit(
    qtbot: QtBot, make_report: MakeReport
) -> None:
    line, report = MemoryLine(), make_report()
    qtbot.addWidget(line)
    assert line.text == "–"
    line.show_report(report)
    assert line.text == f"≈ {units.size(training_memory(report, 64, moments=2).total)}"
    line.batch.setCurrentText("1024")
    line.optimizer.setCurrentText("SGD")
    assert line.text == f"≈ {units.size(training_memory(report, 1024, moments=0).total)}"
    line.show_device(DeviceMemory("toy", 1000))
    assert line.text.endswith("of 1000 B")
    assert line._sum.property("role") == "error"


def test_estimate_that_leaves_something_out_says_at_least(qtbot: QtBot) -> None:
    line = MemoryLine()
    qtbot.addWidget(line)
    line.show_report(inspect(nn.LSTM(4, 4), (3, 4)))
    assert line.text.startswith("≥ ")
    assert "LSTM may keep more than is known." in line.toolTip()


def test_notes_are_counted_and_a_click_goes_to_the_layer(
    qtbot: QtBot, page: LayersPage, session: Session, make_report: MakeReport
) -> None:
    assert page.notes.button.text() == "No notes"
    assert not page.notes.button.isEnabled()
    report = _with_faults(make_report)
    show_report(session, report)
    assert page.notes.button.text() == f"Notes ({len(advise(report))})"
    page.show()
    qtbot.mouseClick(page.notes.button, Qt.MouseButton.LeftButton)
    assert page.notes.isVisible()
    place = page.notes.visualItemRect(page.notes.item(0)).center()
    qtbot.mouseClick(page.notes.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.selected_call is not None
    assert session.selected_call.index == page.notes.notes[0].call
    show_report(session, make_report())
    assert not page.notes.isVisible()


def test_notes_without_a_report_are_none(qtbot: QtBot) -> None:
    notes = NotesList()
    qtbot.addWidget(notes)
    assert notes.notes == ()


def _with_faults(make_report: MakeReport) -> Report:
    """The small network with a stride of 3, which leaves the last columns unseen."""
    report = make_report()
    conv = replace(report.calls[2], settings={**report.calls[2].settings, "stride": (3, 3), "padding": (0, 0)})
    return replace(report, calls=(*report.calls[:2], conv, *report.calls[3:]))
