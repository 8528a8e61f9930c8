"""A run of somebody's own network goes on to the same bits whatever its code keeps, or says what was lost."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from resumed_runs import final_bits, small_config, told
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.training import meter
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.engine import resume, train
from cnnviz.training.events import Event, Noticed, Recorded, StepsDone
from cnnviz.training.own_attributes import OwnAttributes
from cnnviz.training.recording import record
from cnnviz.training.resumption import read_resumption

pytestmark = pytest.mark.usefixtures("one_thread")

_FILE = """
import numpy as np
import torch
from torch import nn

input_shape = (1, 28, 28)
COUNT = [0]


class Plain(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.fc = nn.Linear(784, num_classes)
        self.drop = nn.Dropout(0.5)
        self.begin()

    def begin(self):
        pass

    def count(self, x):
        return x

    def forward(self, x):
        return self.fc(self.drop(self.count(x)).flatten(1))


class Steps(Plain):
    def begin(self):
        self.n = 0

    def count(self, x):
        self.n += self.training
        return x * (1 + 0.1 * self.n)


class DropsLess(Plain):
    def count(self, x):
        self.drop.p = max(0.0, self.drop.p - 0.03 * self.training)
        return x


class Mean(Plain):
    def begin(self):
        self.mean = torch.zeros(())

    def count(self, x):
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * x.mean()
        return x - self.mean


class FirstIsNone(Plain):
    persistent = True

    def begin(self):
        self.register_buffer("mean", None, self.persistent)

    def count(self, x):
        if self.training:
            self.mean = x.mean() if self.mean is None else 0.9 * self.mean + 0.1 * x.mean()
        return x if self.mean is None else x - self.mean


class FirstIsNoneUnsaved(FirstIsNone):
    persistent = False


class Grows(Plain):
    persistent = True

    def begin(self):
        self.register_buffer("means", torch.zeros(1), self.persistent)

    def count(self, x):
        if self.training:
            self.means = torch.cat([self.means, x.mean()[None]])
        return x - self.means.mean()


class GrowsUnsaved(Grows):
    persistent = False


class Expanded(Plain):
    def begin(self):
        self.register_buffer("ones", torch.ones(1).expand(28))

    def count(self, x):
        return x * self.ones


class FreezesOnce(Plain):
    def begin(self):
        self.register_buffer("n", torch.zeros((), dtype=torch.long))

    def count(self, x):
        self.n += self.training
        if int(self.n) == 4:
            self.fc.bias.requires_grad_(False)
        return x


class Listed(Plain):
    def begin(self):
        self.seen = []

    def count(self, x):
        self.seen.append(len(x))
        return x


class Generator(Plain):
    def begin(self):
        self.noise = np.random.default_rng(5)

    def count(self, x):
        return x + float(self.noise.normal())


class Global(Plain):
    def count(self, x):
        COUNT[0] += 1
        return x


class Small(Plain):
    def begin(self):
        self.register_buffer("small", torch.ones(3).to(torch.float8_e4m3fn))
"""


@pytest.fixture(autouse=True)
def every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "FLUSH_SECONDS", 0.0)


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    (tmp_path / "own.py").write_text(_FILE, "utf-8")
    return small_config(tmp_path, limit=60, batch_size=20, epochs=3, deterministic=True)


def of(config: TrainConfig, name: str, folder: Path) -> TrainConfig:
    return replace(config, model=f"{folder / 'own.py'}:{name}")


def stopped(config: TrainConfig, folder: Path, step: int = 5) -> Path:
    control = Control()
    for event in record(train(config, control), folder):
        if isinstance(event, StepsDone) and event.last_step == step:
            control.stop()
    return folder


def go_on(folder: Path) -> Iterator[Recorded]:
    going = read_resumption(folder)
    return record(resume(going), folder, point=going.point)


def notices(events: Iterator[Event] | Iterator[Recorded]) -> str:
    return "\n".join(event.what for event in events if isinstance(event, Noticed))


_EXACT = ("Steps", "DropsLess", "Mean", "FirstIsNone", "FirstIsNoneUnsaved", "Grows", "GrowsUnsaved", "Expanded")


@pytest.mark.parametrize("name", [*_EXACT, "FreezesOnce"])
def test_what_forward_changes_is_gone_on_with(config: TrainConfig, name: str, tmp_path: Path) -> None:
    config = of(config, name, tmp_path)
    said = notices(record(train(config), tmp_path / "whole"))
    list(go_on(stopped(config, tmp_path / "run")))
    assert final_bits(tmp_path / "run") == final_bits(tmp_path / "whole")
    assert told(tmp_path / "run") == told(tmp_path / "whole")
    assert "no checkpoint holds" not in said


@pytest.mark.parametrize(("name", "what"), [("Listed", "seen"), ("Generator", "noise"), ("Global", "COUNT")])
def test_what_no_checkpoint_holds_is_said_once(config: TrainConfig, name: str, what: str, tmp_path: Path) -> None:
    said = notices(train(of(config, name, tmp_path)))
    assert said.count(f"The network changes {what} while it learns, which no checkpoint holds") == 1


def test_numbers_that_no_array_holds_are_refused_by_their_name(config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match="a tensor of the kind float8_e4m3fn, small, which checkpoints cannot hold"):
        list(train(of(config, "Small", tmp_path)))


def test_file_that_was_changed_meanwhile_is_said(config: TrainConfig, tmp_path: Path) -> None:
    folder = stopped(of(config, "Plain", tmp_path), tmp_path / "run")
    (tmp_path / "own.py").write_text(_FILE.replace("nn.Dropout(0.5)", "nn.Dropout(0.4)"), "utf-8")
    assert "own.py was changed since the run began" in notices(go_on(folder))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for label, name in enumerate(("cats", "dogs")):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for at in range(20):
            Image.fromarray(np.full((28, 28), 100 * label + at, np.uint8)).save(tmp_path / "pets" / name / f"{at}.png")
    return tmp_path / "pets"


def on_pictures(config: TrainConfig, pictures: Path) -> TrainConfig:
    return replace(config, model="lenet", data=str(pictures), batch_size=4, limit=None)


def test_labels_that_were_changed_meanwhile_are_refused(config: TrainConfig, pictures: Path, tmp_path: Path) -> None:
    folder = stopped(on_pictures(config, pictures), tmp_path / "run")
    (pictures / "cats" / "3.png").rename(pictures / "dogs" / "30.png")
    (pictures / "dogs" / "4.png").rename(pictures / "cats" / "40.png")
    (pictures / "cats").rename(pictures / "mice")
    with pytest.raises(CnnvizError, match="Pictures have other labels than when the run began"):
        list(go_on(folder))


def test_pictures_that_were_changed_meanwhile_are_said(config: TrainConfig, pictures: Path, tmp_path: Path) -> None:
    folder = stopped(on_pictures(config, pictures), tmp_path / "run")
    Image.fromarray(np.full((28, 28), 250, np.uint8)).save(pictures / "cats" / "3.png")
    assert "Pictures look otherwise than when the run began" in notices(go_on(folder))


@pytest.mark.parametrize("name", [".forward", "._parameters", "fc.forward", "fc.training"])
def test_checkpoint_overwrites_neither_methods_nor_what_is_pytorchs(name: str) -> None:
    network = nn.Sequential(OrderedDict(fc=nn.Linear(2, 2)))
    with pytest.raises(ValueError, match="none of the network's own"):
        OwnAttributes(network).restore({name: 0})
