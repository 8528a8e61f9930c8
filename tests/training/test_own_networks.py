"""Networks of somebody's that cannot learn, or hardly: each is told why."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.events import Diagnosed, EpochDone, Noticed

_FILE = """
import torch
from torch import nn

input_shape = (1, 28, 28)


class Plain(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.fc = nn.Linear(784, num_classes)

    def forward(self, x):
        return self.fc(x.flatten(1))


class Probable(Plain):
    def forward(self, x):
        return super().forward(x).softmax(1)


class Still(Plain):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__(num_classes)
        self.requires_grad_(False)


class Detached(Plain):
    def forward(self, x):
        return super().forward(x).detach()


class Divided(Plain):
    def forward(self, x):
        return super().forward(x) / 0


class LeavesGradients(Plain):
    def forward(self, x):
        torch.set_grad_enabled(True)
        return super().forward(x)


class Elsewhere(Plain):
    def forward(self, x):
        return super().forward(x.to("cuda:99"))


class Scripted(Plain):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__(num_classes)
        self.tail = torch.jit.script(nn.Linear(num_classes, num_classes))

    def forward(self, x):
        return self.tail(super().forward(x))


class Complex(Plain):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__(num_classes)
        self.turn = nn.Parameter(torch.ones(784, dtype=torch.complex64))

    def forward(self, x):
        return self.fc((x.flatten(1) * self.turn).abs())
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "nets.py"
    made.write_text(_FILE, "utf-8")
    return made


def _config(file: Path, name: str) -> TrainConfig:
    return TrainConfig(f"{file}:{name}", "fashion-mnist-sample", limit=100, epochs=1, device="cpu", batch_size=50)


@pytest.mark.parametrize(("name", "is_doubted"), [("Plain", False), ("Probable", True)])
def test_probabilities_in_the_place_of_logits_are_said_before_the_first_step(
    file: Path, name: str, is_doubted: bool
) -> None:
    said = [event.what for event in train(_config(file, name)) if isinstance(event, Noticed)]
    assert any("returns probabilities" in each for each in said) is is_doubted


@pytest.mark.parametrize(("name", "why"), [("Still", "nothing of the network learns"), ("Detached", "does not depend")])
def test_network_that_cannot_learn_is_refused(file: Path, name: str, why: str) -> None:
    with pytest.raises(CnnvizError, match=why):
        list(train(_config(file, name)))


def test_file_that_fails_at_its_own_size_is_not_only_told_to_take_another(file: Path) -> None:
    with pytest.raises(CnnvizError, match="Mend its file, or choose another resize"):
        list(train(_config(file, "Elsewhere")))


@pytest.mark.parametrize("name", ["LeavesGradients", "Complex"])
def test_odd_network_trains(file: Path, name: str) -> None:
    assert any(isinstance(event, EpochDone) for event in train(_config(file, name)))


def test_result_that_forward_makes_no_number_is_not_blamed_on_the_loss(file: Path) -> None:
    (finding,) = [event for event in train(_config(file, "Divided")) if isinstance(event, Diagnosed)]
    assert "what forward makes of them is not" in finding.why


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_part_that_is_torchscript_is_refused_by_its_name_before_anything_is_learned(file: Path) -> None:
    with pytest.raises(CnnvizError, match=r"tail of .*Scripted.* is TorchScript"):
        list(train(_config(file, "Scripted")))
