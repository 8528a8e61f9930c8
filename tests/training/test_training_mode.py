"""What runs in training alone is tried before a run starts, and before any of its pictures is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.events import Event, Preparing
from cnnviz.training.fitting import fitting
from cnnviz.training.training_mode import misfit_in_training
from cnnviz.zoo.catalog import resolve

_FILE = """
import torch
from torch import nn

input_shape = (1, 28, 28)


class Plain(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.fc, self.second = nn.Linear(784, num_classes), nn.Linear(784, 4)

    def forward(self, x):
        return self.fc(x.flatten(1))


class Typo(Plain):
    def forward(self, x):
        return super().forward(self.dropp(x) if self.training else x)


class OnePicture(Plain):
    def forward(self, x):
        return self.fc(x.view(1, -1))


class AnotherHead(Plain):
    def forward(self, x):
        return (super().forward(x), self.second(x.flatten(1))) if self.training else super().forward(x)


class Fixed(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.register_buffer("weight", torch.ones(784, num_classes))

    def forward(self, x):
        return x.flatten(1) @ self.weight


class Small(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 8, 28), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8, num_classes))

    def forward(self, x):
        return self.body(x)


class ByChance(Plain):
    def forward(self, x):
        if self.training and torch.rand(1).item() < 0.5:
            x = x[torch.randperm(len(x))] + torch.randn_like(x)
        return super().forward(x)


class TwoHeads(Plain):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__(num_classes)
        self.second = nn.Linear(784, num_classes)

    def forward(self, x):
        return (super().forward(x), self.second(x.flatten(1)), None) if self.training else super().forward(x)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "nets.py"
    made.write_text(_FILE, "utf-8")
    return made


@pytest.mark.parametrize(
    ("name", "setting", "why"),
    [
        ("Typo", "resize", r"no attribute 'dropp' \(nets.py:19\)\. Mend its file"),
        ("OnePicture", "batch_size", "works on one picture, and on several at once it does not: .*784.*flatten"),
        ("AnotherHead", "resize", "returns 2 × 10, 2 × 4 for 2 pictures, not 2 × 10 alone"),
        ("Fixed", "resize", "nothing of the network learns"),
        (
            "Small",
            "batch_size",
            "more than one picture in every batch, and the last one is of one: body.1: BatchNorm2d",
        ),
    ],
)
def test_what_fails_in_training_alone_is_said_beside_its_field_and_before_pictures_are_read(
    file: Path, name: str, setting: str, why: str
) -> None:
    config = TrainConfig(f"{file}:{name}", "fashion-mnist-sample", limit=65, batch_size=64, epochs=1, device="cpu")
    found = fitting(config, resolve(config.model, {"num_classes": 10}), 65)
    assert list(found.misfits) == [setting]
    said: list[Event] = []
    with pytest.raises(CnnvizError, match=why) as refused:
        said.extend(train(config))
    assert refused.value.message == found.misfits[setting].message
    assert not any("Building" in each.what for each in said if isinstance(each, Preparing))


@pytest.mark.parametrize("name", ["Plain", "Small", "ByChance", "TwoHeads"])
def test_what_can_learn_is_not_refused(file: Path, name: str) -> None:
    """Small can where no batch is of one picture; ByChance decides by numbers, of which a first look has none."""
    spec = resolve(f"{file}:{name}", {"num_classes": 10})
    assert misfit_in_training(spec, 64, 66) is None
    assert misfit_in_training(spec, 3, None) is None, "how many pictures there are is not known"


def test_auxiliary_heads_that_are_too_small_for_a_size_refuse_it_and_another_batch_does_not_help() -> None:
    spec = resolve("torchvision/inception_v3", {"num_classes": 10}, (3, 75, 75))
    found = fitting(TrainConfig(spec.name, "fashion-mnist-sample", dict(spec.options), device="cpu"), spec, 128)
    assert found.report is not None, "in eval mode they do not run"
    assert list(found.misfits) == ["resize"]
    assert "AuxLogits" in found.misfits["resize"].message
    assert "299 is its own" in found.misfits["resize"].hint
    alone = misfit_in_training(resolve(spec.name, {"num_classes": 10}), 1, 128)
    assert alone is not None
    assert alone[0] == "batch_size"
    assert "each is of one" in alone[1].message
