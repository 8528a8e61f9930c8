from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester

from cnnviz.gui.calls.columns import COLUMNS
from cnnviz.gui.calls.tree_model import FAILED_ROLE, SHARE_ROLE, CallTreeModel
from cnnviz.inspection.report import Failure, Report

MakeReport = Callable[..., Report]
PARAMS = next(i for i, column in enumerate(COLUMNS) if column.title == "Params")
MACS = next(i for i, column in enumerate(COLUMNS) if column.title == "MACs")


def names_below(model: CallTreeModel, parent: QModelIndex) -> list[str]:
    return [str(model.index(row, 0, parent).data()) for row in range(model.rowCount(parent))]


@pytest.mark.parametrize("filled", [False, True])
def test_model_keeps_its_contract_empty_full_and_over_a_reset(
    qtmodeltester: ModelTester, make_report: MakeReport, filled: bool
) -> None:
    model = CallTreeModel()
    model.set_report(make_report() if filled else None)
    qtmodeltester.check(model, force_py=True)
    model.set_report(None if filled else make_report())


def test_model_keeps_its_contract_while_it_is_filtered_and_sorted(
    qtmodeltester: ModelTester, make_report: MakeReport
) -> None:
    model = CallTreeModel()
    model.set_report(make_report())
    qtmodeltester.check(model, force_py=True)
    model.set_text("relu")
    model.sort(MACS, Qt.SortOrder.DescendingOrder)
    model.set_text("")
    model.set_report(None)


def test_persistent_indexes_follow_their_calls_through_a_sort(make_report: MakeReport) -> None:
    model = CallTreeModel()
    model.set_report(make_report())
    kept = {call: QPersistentModelIndex(model.index_of(call)) for call in range(7)}
    model.sort(MACS, Qt.SortOrder.DescendingOrder)
    assert kept[5].row() != 2
    for call, index in kept.items():
        assert model.call_at(index).index == call
        assert index.row() == model.index_of(call).row()


def test_rows_stand_in_the_order_of_execution_under_their_parents(make_report: MakeReport) -> None:
    model = CallTreeModel()
    model.set_report(make_report())
    network = model.index(0, 0)
    assert network.data() == "vgg11"
    assert names_below(model, network) == ["features", "flatten", "fc", "fc  · call 2"]
    assert names_below(model, model.index(0, 0, network)) == ["0", "1"]


def test_share_of_a_container_holds_what_is_below_and_own_share_does_not(make_report: MakeReport) -> None:
    model = CallTreeModel()
    model.set_report(make_report())
    container, layer = model.index_of(1, PARAMS), model.index_of(2, PARAMS)
    assert container.data(SHARE_ROLE) == (224 / 2004, 0.0)
    assert layer.data(SHARE_ROLE) == (224 / 2004, 224 / 2004)


def test_unknown_number_shows_a_dash_and_no_bar(make_report: MakeReport) -> None:
    model = CallTreeModel()
    model.set_report(make_report())
    cell = model.index_of(4, MACS)
    assert cell.data() == "–"
    assert cell.data(SHARE_ROLE) is None
    assert "Unknown" in str(cell.data(Qt.ItemDataRole.ToolTipRole))


def test_function_rows_are_italic_and_module_rows_are_not(make_report: MakeReport) -> None:
    model = CallTreeModel()
    model.set_report(make_report())
    assert model.index_of(4).data(Qt.ItemDataRole.FontRole).italic()
    assert model.index_of(5).data(Qt.ItemDataRole.FontRole) is None


def test_failed_call_carries_the_remedy_in_its_tooltip(make_report: MakeReport) -> None:
    model = CallTreeModel()
    model.set_report(make_report(error=Failure("got 10, expected 960", "Flatten first.", 6, None)))
    failed = model.index_of(6)
    assert failed.data(FAILED_ROLE) is True
    assert failed.data(Qt.ItemDataRole.ToolTipRole) == "got 10, expected 960\nFlatten first."
    assert model.index_of(5).data(FAILED_ROLE) is False


def test_sorting_compares_numbers_within_siblings_and_puts_unknown_last_either_way(make_report: MakeReport) -> None:
    shown = CallTreeModel()
    shown.set_report(make_report())
    network = shown.index(0, 0)
    shown.sort(MACS, Qt.SortOrder.AscendingOrder)
    assert names_below(shown, network) == ["fc  · call 2", "fc", "features", "flatten"]
    shown.sort(MACS, Qt.SortOrder.DescendingOrder)
    assert names_below(shown, network) == ["features", "fc", "fc  · call 2", "flatten"]
    shown.sort(-1)
    assert names_below(shown, network) == ["features", "flatten", "fc", "fc  · call 2"]


def test_filter_by_type_keeps_the_parents_of_hits(make_report: MakeReport) -> None:
    shown = CallTreeModel()
    shown.set_report(make_report())
    shown.set_text("conv2d")
    network = shown.index(0, 0)
    assert names_below(shown, network) == ["features"]
    assert names_below(shown, shown.index(0, 0, network)) == ["0"]


def test_first_click_on_a_cost_brings_the_largest_to_the_top(make_report: MakeReport) -> None:
    model = CallTreeModel()
    model.set_report(make_report())
    role, across = Qt.ItemDataRole.InitialSortOrderRole, Qt.Orientation.Horizontal
    orders = {column.title: model.headerData(at, across, role) for at, column in enumerate(COLUMNS)}
    assert orders["Params"] is orders["FLOPs"] is Qt.SortOrder.DescendingOrder
    assert orders["Layer"] is orders["Type"] is Qt.SortOrder.AscendingOrder
