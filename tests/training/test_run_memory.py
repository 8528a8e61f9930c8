from __future__ import annotations

import pytest

from cnnviz import machine
from cnnviz.errors import CnnvizError
from cnnviz.inspection.tracer import inspect
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.run_memory import check_run_fits
from cnnviz.zoo.catalog import resolve

LENET = resolve("lenet")


@pytest.mark.parametrize(("precision", "floats"), [("fp32", 4), ("bf16", 4)])
def test_weights_count_once_gradients_once_and_adam_twice(
    monkeypatch: pytest.MonkeyPatch, precision: str, floats: int
) -> None:
    needed: list[int] = []
    monkeypatch.setattr("cnnviz.training.run_memory.check_room", lambda need, _hint: needed.append(need))
    config = TrainConfig("lenet", "", precision=precision, device="cpu")  # type: ignore[arg-type]
    for images in (1, 2):
        check_run_fits(config, inspect(LENET), images)
    fixed = 2 * needed[0] - needed[1]  # what does not grow with the batch
    assert fixed == floats * 4 * 61_706


def test_run_that_does_not_fit_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "free_bytes", lambda: 10**7)  # the data take 8 MB of it
    config = TrainConfig("lenet", "fashion-mnist-sample", batch_size=100_000, limit=10_000, device="cpu")
    with pytest.raises(CnnvizError, match=r"of memory; 9.5 MB is free\. Choose a smaller batch size"):
        list(train(config))
