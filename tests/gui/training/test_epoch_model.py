from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from cnnviz.gui.training.epoch_model import EpochModel
from cnnviz.training.events import EpochDone


def test_model_keeps_its_contract_empty_full_and_after_a_reset(qtmodeltester: ModelTester) -> None:
    model = EpochModel()
    qtmodeltester.check(model, force_py=True)
    model.append(EpochDone(1, 100, 1.5, 0.25, 1.25, 0.5, 61.0, 1234.5))
    model.append(EpochDone(2, 200, 1.0, 0.5, 0.75, 0.75, 60.0, 1234.5))
    assert model.rowCount() == 2
    model.clear()
    assert model.rowCount() == 0


def test_row_reads_as_loss_in_nats_and_accuracy_in_percent() -> None:
    model = EpochModel()
    model.append(EpochDone(1, 100, 1.5, 0.25, 1.25, 0.5, 61.0, 1234.5))
    row = [model.index(0, column).data() for column in range(model.columnCount())]
    assert row == ["1", "1.5000", "25.00%", "1.2500", "50.00%", "1 min 01 s", "1,234"]


def test_loss_that_ran_away_is_as_short_as_any() -> None:
    model = EpochModel()
    model.append(EpochDone(1, 5, 2278987300738639.0, 0.1, 99999.5, 0.1, 2.0, 10.0))
    assert [model.index(0, column).data() for column in (1, 3)] == ["2.279e+15", "99999.5000"]


def test_best_epoch_is_marked_and_says_that_its_weights_are_kept() -> None:
    model = EpochModel()
    for epoch, accuracy in ((1, 0.5), (2, 0.8), (3, 0.7)):
        model.append(EpochDone(epoch, 2 * epoch, 1.0, 0.5, 1.0, accuracy, 1.0, 1.0))
    bold = [bool(model.data(model.index(row, 0), Qt.ItemDataRole.FontRole)) for row in range(3)]
    assert bold == [False, True, False]
    assert "are kept" in str(model.data(model.index(1, 3), Qt.ItemDataRole.ToolTipRole))
    model.clear()
    assert model.best is None
