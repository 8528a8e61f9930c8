"""Whose mistake an error is: a line of the user's, or one of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import cnnviz
from cnnviz.errors import CnnvizError
from cnnviz.inspection.tracing.recorder import Recorder
from cnnviz.training import state
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train

_NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(784, 10)

    def forward(self, x):
        out = self.layer(x.flatten(1))
        if self.training:
            TRAINING
        return out
"""


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], TrainConfig]:
    """A run of a network of the user's that does something of its own in training."""

    def make(training: str) -> TrainConfig:
        file = tmp_path / "net.py"
        file.write_text(_NET.replace("TRAINING", training))
        return TrainConfig(
            f"{file}:Net",
            "fashion-mnist-sample",
            resize=28,
            epochs=1,
            batch_size=50,
            limit=100,
            device="cpu",
            deterministic=True,
            options={},
        )

    return make


def test_mistake_of_ours_in_training_is_no_line_of_the_user_s_file(
    config: Callable[[str], TrainConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(state, "find_gradients")
    with pytest.raises(NameError):
        list(train(config("pass")))


@pytest.mark.parametrize(
    ("training", "said", "hint"),
    [
        ("return self.leyer(x)", r"no attribute 'leyer' \(net\.py:13\)", "Mend its file"),
        ("return undefined", r"'undefined' is not defined \(net\.py:13\)", "Mend its file"),
        (
            "return self.layer(x)",
            r"layer: Linear expects 784 features, 28 arrive .*\(net\.py:13\)",
            "Flatten before it",
        ),
        ("return out.detach()", r"does not depend on any weight that learns", "follows from the weights"),
        ("return {'out': out}", r"returns dict for 50 pictures", "a number for each class"),
        ("return out, None, 'x'", r"returns \(50, 10\), str for 50", "a number for each class"),
    ],
)
def test_mistake_of_the_user_s_file_is_its_line(
    config: Callable[[str], TrainConfig], training: str, said: str, hint: str
) -> None:
    with pytest.raises(CnnvizError, match=said) as raised:
        list(train(config(training)))
    assert hint in raised.value.hint


def test_mistake_of_ours_while_a_network_is_inspected_is_not_called_the_network_s(
    config: Callable[[str], TrainConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Recorder, "_begin")
    with pytest.raises(AttributeError, match="_begin"):
        cnnviz.inspect(config("pass").model, input_shape=(1, 28, 28))
