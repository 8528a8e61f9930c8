from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt

from cnnviz.gui.calls.call_list import CallList
from cnnviz.gui.calls.tree_model import CallTreeModel
from cnnviz.gui.compare.comparison_models import ComparisonTable
from cnnviz.gui.data.class_model import ClassModel
from cnnviz.gui.picker.catalog_model import CatalogModel
from cnnviz.gui.training.epoch_model import EpochModel

MODELS: list[Callable[[], QAbstractItemModel]] = [
    CallList,
    CallTreeModel,
    lambda: ComparisonTable(()),
    CatalogModel,
    ClassModel,
    EpochModel,
]


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("place", [(0, 0, 1), (99, 3, 10**6), (-1, -1, 0), (0, 99, 2)])
def test_what_outlived_its_row_has_no_data(make: Callable[[], QAbstractItemModel], place: tuple[int, int, int]) -> None:
    model = make()
    stale = model.createIndex(*place)
    for role in Qt.ItemDataRole:
        assert model.data(stale, role) is None
    model.flags(stale)
    assert not stale.parent().isValid()
    for orientation in Qt.Orientation:
        assert model.headerData(99, orientation) in (None, 100)  # Qt's own numbers
        assert model.headerData(-1, orientation) in (None, 0)
