from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from cnnviz.gui.picker.catalog_model import ARCHITECTURE_ROLE, CatalogFilter, CatalogModel
from cnnviz.zoo.catalog import architectures


def names_in(model: CatalogModel | CatalogFilter, parent: QModelIndex | None = None) -> list[str]:
    parent = parent or QModelIndex()
    found = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        architecture = index.data(ARCHITECTURE_ROLE)
        found += [architecture.name] if architecture is not None else names_in(model, index)
    return found


@pytest.mark.parametrize("count", [0, 2, 200])
def test_model_keeps_its_contract_empty_full_and_over_a_reset(qtmodeltester: ModelTester, count: int) -> None:
    model = CatalogModel(architectures()[:count])
    qtmodeltester.check(model, force_py=True)
    model.set_architectures(architectures()[:7])


def test_every_architecture_stands_in_the_tree_once() -> None:
    assert sorted(names_in(CatalogModel(architectures()))) == sorted(entry.name for entry in architectures())


def test_textbook_networks_come_first_and_need_no_family() -> None:
    model = CatalogModel(architectures())
    assert model.index(0, 0).data() == "Textbook"
    assert model.index(0, 0, model.index(0, 0)).data() == "LeNet-5"


def test_search_finds_all_words_in_any_order(qtmodeltester: ModelTester) -> None:
    shown = CatalogFilter()
    shown.setSourceModel(CatalogModel(architectures(), shown))
    shown.set_text("bn VGG16")
    assert names_in(shown) == ["torchvision/vgg16_bn"]
    qtmodeltester.check(shown, force_py=True)


def test_search_for_a_family_shows_its_members() -> None:
    shown = CatalogFilter()
    shown.setSourceModel(CatalogModel(architectures(), shown))
    shown.set_text("swin transformer")
    assert "torchvision/swin_t" in names_in(shown)
    assert "torchvision/vgg16" not in names_in(shown)


def test_headings_cannot_be_selected() -> None:
    model = CatalogModel(architectures())
    assert not model.flags(model.index(0, 0)) & Qt.ItemFlag.ItemIsSelectable
    assert model.flags(model.index_of("lenet")) & Qt.ItemFlag.ItemIsSelectable
