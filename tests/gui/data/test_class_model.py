from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from cnnviz.gui.data import class_model
from cnnviz.gui.data.class_model import EMPTY_ROLE, ClassModel
from cnnviz.training.data.browsing import Contents, Sample, SplitByClass
from cnnviz.training.data.labelled import Part

Make = Callable[..., Contents]


def half(counts: list[int]) -> SplitByClass:
    labels = np.repeat(np.arange(len(counts)), counts)
    part = Part(np.zeros((len(labels), 1, 4, 4), np.uint8), labels)
    numbers = np.array(counts)
    return SplitByClass(part, numbers, np.arange(len(labels)), np.cumsum(numbers) - numbers)


def holding(train: list[int], test: list[int]) -> Contents:
    return Contents("some", tuple(f"c{at}" for at in range(len(train))), half(train), half(test), ())


def sample(name: str = "a.png", side: int = 4) -> Sample:
    return Sample(name, np.zeros((1, side, side), np.uint8), (1, 4, 4))


def shown(train: list[int], test: list[int], columns: int = 3) -> ClassModel:
    model = ClassModel()
    model.set_pictures(columns)
    model.show_contents(holding(train, test))
    return model


def test_model_keeps_its_contract_empty_full_and_after_a_reset(qtmodeltester: ModelTester) -> None:
    model = ClassModel()
    qtmodeltester.check(model, force_py=True)
    model.set_pictures(3)
    model.show_contents(holding([5, 2], [1, 0]))
    assert (model.rowCount(), model.columnCount()) == (2, 4)
    model.set_pictures(5)
    model.choose_split("test")
    model.show_others()
    model.set_pictures(1)
    assert model.columnCount() == 2
    model.show_contents(None)
    assert model.rowCount() == 0


def test_class_says_its_counts_in_words_too() -> None:
    model = shown([5, 2], [1, 0])
    row = model.class_row(0)
    assert (row.name, row.label, row.counts, row.most) == ("c0", 0, (5, 1), 5)
    text = model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert text == "c1, label 1: 2 to learn, 0 to test"


def test_only_rows_that_are_asked_for_are_missing_first_row_first() -> None:
    model = shown([5, 5, 5], [1, 1, 1])
    assert model.missing([1, 2]) == (5, 6, 7)
    model.take("train", (5, 6, 7), [sample()] * 3, [1, 2])
    assert model.missing([1, 2]) == (10, 11, 12)
    assert model.missing([1]) == ()


def test_cell_has_a_picture_only_where_the_class_has_one() -> None:
    model = shown([2, 5], [0, 1])
    assert [model.has_picture(model.index(0, column)) for column in range(4)] == [False, True, True, False]
    assert not model.flags(model.index(0, 3)) & Qt.ItemFlag.ItemIsEnabled
    assert model.index(0, 1).data(EMPTY_ROLE) == ""
    model.choose_split("test")
    assert model.index(0, 1).data(EMPTY_ROLE) == "No test picture"
    assert model.missing([0]) == ()


def test_others_are_those_that_follow_and_the_other_split_has_its_own() -> None:
    model = shown([7], [4])
    model.take("train", (0, 1, 2), [sample("first")] * 3, [0])
    model.show_others()
    assert model.missing([0]) == (3, 4, 5)
    model.show_others()
    assert model.missing([0]) == (6,), "of 6, 0 and 1 two were read"
    model.choose_split("test")
    assert model.missing([0]) == (2, 3, 0)


def test_answer_for_another_split_is_kept_for_it() -> None:
    model = shown([3], [3])
    model.choose_split("test")
    model.take("train", (0,), [sample("of training")], [0])
    assert model.sample(model.index(0, 1)) is None
    model.choose_split("train")
    seen = model.sample(model.index(0, 1))
    assert seen is not None
    assert seen.name == "of training"


def test_pictures_out_of_sight_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_model, "_MOST_KEPT", 100)
    model = shown([3, 3, 3], [1, 1, 1])
    for row in range(3):
        model.take("train", model.missing([row]), [sample(side=10)] * 3, [row])
    assert model.missing([0]) == (0, 1, 2)
    assert model.missing([2]) == ()
