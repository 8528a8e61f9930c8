from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from shown_reports import show_report

from cnnviz.errors import CnnvizError
from cnnviz.gui.calls.columns import COLUMNS
from cnnviz.gui.calls.tree_model import FROZEN_ROLE, SHARE_ROLE
from cnnviz.gui.details.details_panel import DetailsPanel
from cnnviz.gui.layers.agreement import published_agreement
from cnnviz.gui.layers.page import LayersPage
from cnnviz.gui.session import Session
from cnnviz.gui.theme import LIGHT, Theme
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Failure, Report, Totals
from cnnviz.zoo.catalog import find, resolve

MakeReport = Callable[..., Report]


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> LayersPage:
    page = LayersPage(session)
    qtbot.addWidget(page)
    return page


def test_current_row_and_selected_call_follow_each_other(
    page: LayersPage, session: Session, make_report: MakeReport
) -> None:
    show_report(session, make_report())
    session.select_call(2)
    assert page.model.call_at(page.view.currentIndex()).index == 2
    page.view.setCurrentIndex(page.model.index_of(5))
    assert session.selected_call is not None
    assert session.selected_call.index == 5


def test_selection_stays_on_its_path_over_a_new_report(
    page: LayersPage, session: Session, make_report: MakeReport
) -> None:
    show_report(session, make_report())
    session.select_call(3)
    show_report(session, make_report(macs=7))
    assert page.model.call_at(page.view.currentIndex()).index == 3


def test_nested_layers_are_unfolded_at_once(page: LayersPage, session: Session, make_report: MakeReport) -> None:
    show_report(session, make_report())
    assert page.view.isExpanded(page.model.index_of(1))
    page.levels.setCurrentIndex(1)
    page.levels.activated.emit(1)
    assert not page.view.isExpanded(page.model.index_of(1))


def test_failed_inspection_is_told_and_the_last_table_stands(
    page: LayersPage, session: Session, make_report: MakeReport
) -> None:
    show_report(session, make_report())
    session.fail_inspection(CnnvizError("The input is too small.", "Choose 32 or more."))
    assert page.banner.text == "The input is too small. Choose 32 or more."
    assert page.model.report is not None
    show_report(session, make_report())
    assert page.banner.text == ""


def test_partial_report_puts_the_remedy_and_the_source_line_into_the_banner(
    page: LayersPage, session: Session, make_report: MakeReport
) -> None:
    show_report(session, make_report(error=Failure("got 10, expected 960", "Flatten first.", 6, "net.py:31")))
    assert page.banner.text == "got 10, expected 960 Flatten first. (net.py:31)"


def test_copied_rows_are_tab_separated_with_whole_numbers(
    page: LayersPage, session: Session, make_report: MakeReport
) -> None:
    show_report(session, make_report())
    session.select_call(2)
    page.copy_selection()
    title, row = QGuiApplication.clipboard().text().split("\n")
    assert title.split("\t") == ["Layer", "Type", "Input", "Output", "Params", "MACs", "FLOPs"]
    assert row.replace("\u00a0", " ").split("\t") == [
        "features.0",
        "Conv2d",
        "3 × 10 × 12",
        "8 × 10 × 12",
        "224",
        "25920",
        "51840",
    ]


def test_sorting_by_a_title_and_back_to_the_order_of_execution(
    page: LayersPage, session: Session, make_report: MakeReport
) -> None:
    show_report(session, make_report())
    header, root = page.view.header(), page.model.index_of(0)

    def names() -> list[object]:
        return [page.model.index(row, 0, root).data() for row in range(page.model.rowCount(root))]

    header.setSortIndicator(5, Qt.SortOrder.DescendingOrder)
    assert names()[:2] == ["fc", "features"]
    header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    assert names() == ["features", "flatten", "fc", "fc  · call 2"]


def test_totals_and_details_say_of_lazy_layers_that_their_size_is_not_known(
    page: LayersPage, session: Session, make_report: MakeReport, qtbot: QtBot
) -> None:
    details = DetailsPanel(session)
    qtbot.addWidget(details)
    show_report(session, replace(make_report(), unsized=("head.weight", "head.bias")))
    assert page.totals.text.startswith("2.00 K + – ·")
    session.select_call(0)
    assert " + – (lazy layers have no size until they run)" in details.text


def test_totals_show_a_dash_for_what_is_unknown(page: LayersPage, session: Session, make_report: MakeReport) -> None:
    show_report(session, make_report(macs=None))
    assert page.totals.text.startswith("2.00 K · – · –")


def test_agreement_needs_the_published_figures_to_the_digit() -> None:
    spec, published = resolve("torchvision/vgg11"), find("torchvision/vgg11").weights[0]
    macs = round(published.gmacs * 1e9)
    right = Report(spec.name, ((1, 3, 224, 224),), (), Totals(published.params, published.params, 0, macs, 0))
    wrong = Report(spec.name, ((1, 3, 224, 224),), (), Totals(published.params + 1, 0, 0, macs, 0))
    agreement, disagreement = (published_agreement(Inspected(spec, each)) for each in (right, wrong))
    assert agreement is not None
    assert agreement.agrees
    assert disagreement is not None
    assert not disagreement.agrees
    for other in (resolve("torchvision/vgg11", {"num_classes": 10}), resolve("vgg11")):
        assert published_agreement(Inspected(other, right)) is None


def test_details_fill_the_numbers_into_the_formulas(qtbot: QtBot, session: Session, make_report: MakeReport) -> None:
    details = DetailsPanel(session)
    qtbot.addWidget(details)
    assert "Select a layer" in details.text
    show_report(session, make_report())
    session.select_call(2)
    assert "3·3·3·8 + 8 = 224" in details.text
    assert "⌊(10 + 2·1 − 3) / 1⌋ + 1 = 10" in details.text
    assert "⌊(12 + 2·1 − 3) / 1⌋ + 1 = 12" in details.text
    assert "3·3·3·8·10·12 = 25,920" in details.text


def test_wide_table_shows_every_column_until_the_user_chooses(
    qtbot: QtBot, session: Session, make_report: MakeReport
) -> None:
    page = LayersPage(session)
    qtbot.addWidget(page)
    show_report(session, make_report())
    page.resize(700, 500)
    page.show()
    few = page.view.shown_columns()
    page.resize(1500, 500)
    assert len(page.view.shown_columns()) > len(few)
    assert page.view.columnWidth(0) < 700
    page.view.show_column(2, False)
    page.resize(1400, 500)
    assert 2 not in page.view.shown_columns()


def test_other_operations_are_a_column_that_may_be_asked_for(
    page: LayersPage, session: Session, make_report: MakeReport
) -> None:
    show_report(session, make_report())
    titles = [column.title for column in COLUMNS]
    column = titles.index("Other ops")
    assert column not in page.view.shown_columns()
    page.view.columns_menu.actions()[column].trigger()
    assert column in page.view.shown_columns()
    assert page.model.index_of(3, column).data() == "960"  # a ReLU: one for each of 8 · 10 · 12 values
    assert page.model.index_of(1, column).data() == "1.92 K"  # and 960 biases of the convolution
    assert page.model.index_of(1, column).data(SHARE_ROLE)[1] == 0


@pytest.fixture
def long_report(make_report: MakeReport) -> Report:
    """The small network, with 300 modules in it that each hold the next."""
    report = make_report()
    nested = tuple(
        replace(report.calls[3], index=7 + i, parent=6 + i if i else 1, path=f"features{'.0' * i}") for i in range(300)
    )
    return replace(report, calls=(*report.calls, *nested))


def test_long_table_opens_folded_and_unfolds_on_demand(page: LayersPage, session: Session, long_report: Report) -> None:
    show_report(session, long_report)
    assert page.view.isExpanded(page.model.index_of(1))
    assert not page.view.isExpanded(page.model.index_of(10))
    page.levels.activated.emit(0)
    assert page.view.isExpanded(page.model.index_of(10))


def test_all_rows_of_a_long_table_are_copied_without_being_painted(
    page: LayersPage, session: Session, long_report: Report
) -> None:
    show_report(session, long_report)
    page.view.selectAll()
    assert "All 307 rows" in page.banner.text
    assert len(page.selected_calls()) == 307
    page.copy_selection()
    assert len(QGuiApplication.clipboard().text().split("\n")) == 308
    session.select_call(5)
    assert [call.index for call in page.selected_calls()] == [5]


def test_all_rows_of_a_short_table_are_selected(page: LayersPage, session: Session, make_report: MakeReport) -> None:
    show_report(session, make_report())
    page.view.selectAll()
    assert len(page.view.selectionModel().selectedRows()) == 7
    assert len(page.selected_calls()) == 7


@pytest.mark.parametrize("selected", [0, 6], ids=["beside", "selected"])
def test_failed_row_is_red_even_where_it_is_selected(
    page: LayersPage, session: Session, make_report: MakeReport, theme: Theme, selected: int
) -> None:
    show_report(session, make_report(error=Failure("got 10, expected 960", "Flatten first.", 6, "net.py:31")))
    session.select_call(selected)
    page.resize(700, 500)
    page.show()
    cell = page.view.grab(page.view.visualRect(page.model.index_of(6, 1)).translated(page.view.viewport().pos()))
    image = cell.toImage()
    shown = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert LIGHT.danger in shown
    assert LIGHT.text not in shown
    assert (LIGHT.selection if selected == 6 else LIGHT.surface) in shown


def test_layers_are_frozen_and_freed_in_the_menu_of_a_row(
    page: LayersPage, session: Session, make_report: MakeReport
) -> None:
    show_report(session, make_report())
    run = {command.id: command for command in page.commands()}
    session.select_call(3)
    run["layers.freeze-up-to"].trigger()
    assert session.frozen == ("features",)
    marked = [index for index in range(7) if page.model.index_of(index).data(FROZEN_ROLE)]
    assert marked == [1, 2]
    trainable = [column.title for column in COLUMNS].index("Trainable")
    assert page.model.index_of(0, trainable).data() == "1.78 K"
    assert page.model.index_of(1, trainable).data() == "0"
    assert "1.78 K learn" in page.totals.text
    assert not run["layers.freeze-up-to"].enabled()
    session.select_call(2)
    run["layers.unfreeze"].trigger()
    assert session.frozen == ()
    assert "learn" not in page.totals.text
    assert not page.model.index_of(2).data(FROZEN_ROLE)
