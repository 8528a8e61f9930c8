"""The weights of somebody's network are those that plain Python gives: what its file seeds, draws or loads is kept."""

from __future__ import annotations

import random
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from cnnviz.feature_maps.features import features
from cnnviz.foreign.randomness import seeded
from cnnviz.pictures.samples import samples
from cnnviz.zoo import build, resolve
from cnnviz.zoo.weights import built

_FILE = """
import random
from pathlib import Path
import numpy as np
import torch
from torch import nn
from torch.random import manual_seed
input_shape = (3, 8, 8)
{before}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 3)
        with torch.no_grad():
            {body}
    def forward(self, x):
        return self.conv(x)
net = Net()
"""
_SHAPE = "(64, 3, 3, 3)"
_COPY = "self.conv.weight.copy_"
_CONSTRUCTORS = {
    "own generator": f"{_COPY}(torch.randn({_SHAPE}, generator=torch.Generator().manual_seed(12)))",
    "in place": "self.conv.weight.normal_(generator=torch.Generator().manual_seed(3))",
    "nn.init": "nn.init.kaiming_normal_(self.conv.weight, generator=torch.Generator().manual_seed(3))",
    "manual_seed": f"torch.manual_seed(7); {_COPY}(torch.randn{_SHAPE})",
    "manual_seed imported": f"manual_seed(8); {_COPY}(torch.rand{_SHAPE})",
    "the usual seed again": f"torch.manual_seed(0); torch.rand(3); torch.manual_seed(0); {_COPY}(torch.randn{_SHAPE})",
    "after fork_rng": (
        "torch.manual_seed(1)\n            with torch.random.fork_rng(devices=[]):\n                manual_seed(2)"
        f"; torch.rand(9)\n            {_COPY}(torch.randn{_SHAPE})"
    ),
    "state set": f"torch.set_rng_state(torch.Generator().manual_seed(5).get_state()); {_COPY}(torch.randn{_SHAPE})",
    "numpy": f"np.random.seed(3); {_COPY}(torch.tensor(np.random.rand{_SHAPE}))",
    "numpy's generator": f"{_COPY}(torch.tensor(np.random.default_rng(3).random({_SHAPE})))",
    "python": f"random.seed(3); {_COPY}(torch.full({_SHAPE}, random.random()))",
    "a file": f"{_COPY}(torch.load(Path(__file__).parent / 'bank.pt', weights_only=True))",
}
_BEFORE = ("torch.manual_seed(41)", "np.random.seed(5)", "random.seed(6)")
_DRAWN = {
    "torch": f"{_COPY}(torch.randn{_SHAPE})",
    "numpy": f"{_COPY}(torch.tensor(np.random.rand{_SHAPE}))",
    "python": f"{_COPY}(torch.full({_SHAPE}, random.random()))",
}


def file_with(folder: Path, body: str, before: str = "") -> Path:
    torch.save(torch.linspace(-1, 1, 64 * 27).reshape(64, 3, 3, 3), folder / "bank.pt")
    file = folder / "net.py"
    file.write_text(_FILE.format(body=body, before=before), "utf-8")
    return file


def in_plain_python(file: Path, name: str = "Net") -> Tensor:
    with torch.random.fork_rng(devices=[]):
        made = runpy.run_path(str(file))
        weight: Tensor = (made["net"] if name == "net" else made["Net"]()).conv.weight
    return weight.detach()


def here(file: Path, name: str = "Net") -> Tensor:
    weight = built(resolve(f"{file}:{name}")).conv.weight
    assert isinstance(weight, Tensor)
    return weight.detach()


@pytest.mark.parametrize("body", _CONSTRUCTORS.values(), ids=_CONSTRUCTORS)
def test_weights_that_a_constructor_sets_are_those_of_plain_python(tmp_path: Path, body: str) -> None:
    file = file_with(tmp_path, body)
    plain = in_plain_python(file)
    for name in ("Net", "net", "Net"):
        assert torch.equal(here(file, name), plain)
    trained = build(resolve(f"{file}:Net")).conv.weight  # as training builds it, from the random numbers of its run
    assert torch.equal(trained, plain)  # type: ignore[arg-type]


@pytest.mark.parametrize("body", _DRAWN.values(), ids=_DRAWN)
def test_what_a_file_seeds_at_its_top_its_networks_draw_from(tmp_path: Path, body: str) -> None:
    file = file_with(tmp_path, body, "\n".join(_BEFORE))
    assert torch.equal(here(file), in_plain_python(file))
    assert torch.equal(here(file, "net"), in_plain_python(file, "net"))


@pytest.mark.parametrize("body", _DRAWN.values(), ids=_DRAWN)
def test_what_nobody_seeds_is_the_same_every_time(tmp_path: Path, body: str) -> None:
    file = file_with(tmp_path, body)
    assert torch.equal(here(file), here(file))
    assert not torch.equal(here(file), here(file, "net"))


def test_seeding_in_a_file_reaches_no_random_number_outside(tmp_path: Path) -> None:
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    here(file_with(tmp_path, "torch.manual_seed(7); np.random.seed(3); random.seed(3)", "\n".join(_BEFORE)))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before[1:]


def test_seeded_draws_stay_apart_from_another_threads(tmp_path: Path) -> None:
    state = torch.get_rng_state()
    with seeded(0):
        first = torch.rand(3)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(9)
        assert not torch.equal(torch.rand(3), first)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.random.default_generator is torch.default_generator


@pytest.mark.parametrize("name", ["Net", "net"])
def test_weights_of_a_file_are_not_called_random(tmp_path: Path, name: str) -> None:
    file = file_with(tmp_path, _CONSTRUCTORS["own generator"])
    maps = features(f"{file}:{name}", samples()[0].file, "conv")
    assert maps.weights == "as net.py makes them"
    assert features("lenet", samples()[-1].file, "0").weights == "random weights (untrained)"
