from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import CnnvizError
from cnnviz.runs.judged_file import Judged, judged_epochs, read_judged, write_judged
from cnnviz.training.config import TrainConfig
from cnnviz.training.confusion import confusion, most_confused, pictures_in_cell, worst_classes, worst_mistakes
from cnnviz.training.engine import train
from cnnviz.training.events import ClassesJudged, EpochDone
from cnnviz.training.recording import read_run, record

FIVE = Judged(np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 0]), np.array([0.1, 2.0, 3.0, 0.5, 5.0], np.float32))


def test_confusion_counts_what_was_taken_for_what() -> None:
    assert confusion(FIVE, 2).tolist() == [[1, 1], [2, 1]]
    assert confusion(FIVE, 3).sum() == 5


def test_mistakes_are_ordered_by_their_loss() -> None:
    assert worst_mistakes(FIVE, 2) == [4, 2]
    assert pictures_in_cell(FIVE, 1, 0, 9) == [4, 2]
    assert pictures_in_cell(FIVE, 1, 1, 9) == [3]


def test_what_was_said_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_judged(tmp_path, 12, FIVE)
    write_judged(tmp_path, 3, FIVE)
    found = read_judged(tmp_path, 12)
    assert judged_epochs(tmp_path) == (3, 12)
    assert found.labels.tolist() == FIVE.labels.tolist()
    assert found.predictions.tolist() == FIVE.predictions.tolist()
    assert np.allclose(found.losses, FIVE.losses, rtol=1e-3)


@pytest.mark.parametrize("content", [b"", b"nonsense" * 9, None])
def test_file_that_is_damaged_or_not_there_is_refused(content: bytes | None, tmp_path: Path) -> None:
    write_judged(tmp_path, 1, FIVE)
    (file,) = (tmp_path / "judged").iterdir()
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(CnnvizError):
        read_judged(tmp_path, 1)


def test_run_keeps_what_its_network_said_of_each_test_picture(tmp_path: Path) -> None:
    config = TrainConfig("lenet", "fashion-mnist-sample", epochs=2, limit=320, device="cpu", deterministic=True)
    list(record(train(config), tmp_path / "run"))
    run = read_run(tmp_path / "run")
    epochs = [event for event in run.events if isinstance(event, EpochDone)]
    told = [event for event in run.events if isinstance(event, ClassesJudged)]
    assert judged_epochs(run.folder) == (1, 2)
    for epoch, classes in zip(epochs, told, strict=True):
        judged = read_judged(run.folder, epoch.epoch)
        matrix = confusion(judged, 10)
        assert matrix.sum() == sum(classes.pictures) == 2000
        assert tuple(matrix.diagonal()) == classes.right
        assert sum(classes.right) / 2000 == pytest.approx(epoch.test_accuracy)
        assert judged.losses.mean() == pytest.approx(epoch.test_loss, rel=1e-3)


def test_classes_told_worst_are_those_with_pictures_and_the_commonest_mistake_is_off_the_diagonal() -> None:
    counts = np.array([[9, 1, 0], [3, 1, 0], [0, 0, 0]])
    assert worst_classes(counts, 3) == [(1, 0.25), (0, 0.9)]
    assert most_confused(counts) == (1, 0, 3)
    assert most_confused(np.diag([4, 4])) is None
