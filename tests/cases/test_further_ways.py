"""Other members of the kinds that ``networks/`` stands for: ways in, choices, seeds, names, imports, hidden layers."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from cnnviz.feature_maps.features import features
from cnnviz.inspection.advice import advise
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect

_FOLDER = Path(__file__).parent / "networks" / "further"


def _loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"further_{name}", _FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_ways, _choosing, _methods = _loaded("ways_in"), _loaded("choosing"), _loaded("own_methods")
_noise, _plain, _seeded = _loaded("noise"), _loaded("plain"), _loaded("seeded")


@pytest.mark.parametrize("make", _ways.WAYS.values(), ids=_ways.WAYS)
def test_whatever_way_leads_into_a_module_its_work_is_counted(make: Callable[[], nn.Module]) -> None:
    report = inspect(make(), _ways.input_shape)
    assert (report.error, report.totals.params, report.totals.macs) == (None, 70, 56)
    assert [call.path for call in report.calls if call.parent is None] == [""]


@pytest.mark.parametrize("train_mode", [False, True])
@pytest.mark.parametrize("network", _methods.METHODS)
def test_names_of_the_users_are_not_taken_for_pytorchs(network: type[nn.Module], train_mode: bool) -> None:
    model = network()
    for target in (model, f"{_FOLDER / 'own_methods.py'}:{network.__name__}"):
        report = inspect(target, _methods.input_shape, train_mode=train_mode)
        assert (report.error, report.totals.params, report.totals.macs) == (None, _methods.PARAMS, _methods.MACS)


@pytest.mark.parametrize("run", _noise.NOISE.values(), ids=_noise.NOISE)
def test_what_is_made_in_forward_meets_the_features(run: Any) -> None:
    costs: list[int] = []

    def running(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
        made, cost = run(net, x)
        costs.append(cost)
        return made  # type: ignore[no-any-return]

    report = inspect(_noise.After(running), _noise.input_shape)
    assert (report.error, report.totals.macs) == (None, _noise.CONV + costs[-1])


def _is_said_to_choose(report: Report) -> bool:
    assert report.error is None
    rules = {advice.rule for advice in advise(report)}
    assert ("numbers decide what runs" in rules) == (report.decided_by_data == (0,))
    return report.decided_by_data == (0,) and "part that never ran" not in rules


@pytest.mark.parametrize(("network", "macs"), _choosing.EXPERTS_RUN.items())
def test_experts_are_counted_once_for_each_token_and_none_is_called_idle(
    network: type[nn.Module], macs: int | None
) -> None:
    report = inspect(network(), _choosing.input_shape)
    assert report.totals.macs == macs
    assert _is_said_to_choose(report)


@pytest.mark.parametrize("ask", _choosing.ASKS.values(), ids=_choosing.ASKS)
def test_question_of_numbers_is_said_to_decide(ask: Any) -> None:
    assert _is_said_to_choose(inspect(_choosing.Branch(ask), _choosing.input_shape))


@pytest.mark.parametrize("network", _choosing.OTHERS)
def test_loop_that_numbers_end_is_said_to_be_one(network: type[nn.Module]) -> None:
    assert _is_said_to_choose(inspect(network(), _choosing.input_shape))


@pytest.mark.parametrize("chance", _choosing.CHANCES.values(), ids=_choosing.CHANCES)
def test_chance_decides_as_numbers_do_and_goes_on_where_it_was(chance: Any) -> None:
    model = _choosing.Chance(chance)
    before = random.getstate(), np.random.get_state()[1:], torch.get_rng_state()
    assert _is_said_to_choose(inspect(model, _choosing.input_shape))
    after = random.getstate(), np.random.get_state()[1:], torch.get_rng_state()
    assert all(map(np.array_equal, before[1], after[1]))
    assert before[0] == after[0]
    assert torch.equal(before[2], after[2])


@pytest.mark.parametrize("choice", _choosing.NOT_CHOSEN.values(), ids=_choosing.NOT_CHOSEN)
def test_part_that_no_number_keeps_from_running_is_idle(choice: Any) -> None:
    report = inspect(_choosing.Chance(choice), _choosing.input_shape)
    assert "part that never ran" in {advice.rule for advice in advise(report)}


@pytest.mark.parametrize(("ask", "macs"), _choosing.OF_ITS_OWN.values(), ids=_choosing.OF_ITS_OWN)
def test_what_weights_or_their_place_decide_is_as_it_is_for_real_and_none_is_called_idle(ask: Any, macs: int) -> None:
    report = inspect(_choosing.Own(ask), _choosing.input_shape)
    assert (report.error, report.totals.macs) == (None, macs)
    assert "part that never ran" not in {advice.rule for advice in advise(report)}


def test_what_cannot_be_run_for_real_is_said_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.inspection.tracer.free_bytes", lambda: 1_000)
    report = inspect(_choosing.Own(lambda _net, x: x.device.type == "cpu"), _choosing.input_shape)
    assert (report.error, report.decided_by_data) == (None, (0,))


@pytest.mark.filterwarnings("ignore")  # of PyTorch's, of a text as an index
def test_dictionary_that_is_taken_apart_is_said_to_be_the_input() -> None:
    class Batch(nn.Linear):
        def forward(self, batch: Any) -> torch.Tensor:
            return super().forward(batch["image"])

    error = inspect(Batch(4, 4), (4,)).error
    assert error is not None
    assert "Its input is a dictionary" in error.hint
    assert inspect(Batch(4, 4), inputs=({"image": torch.ones(1, 4)},)).totals.macs == 16


@pytest.fixture
def bright(tmp_path: Path) -> Path:
    file = tmp_path / "bright.png"
    Image.new("RGB", (32, 32), (255, 200, 150)).save(file)
    return file


@pytest.mark.parametrize("network", _seeded.SEEDED)
def test_weights_are_those_of_plain_python(network: type[nn.Module], bright: Path) -> None:
    name = f"{_FOLDER / 'seeded.py'}:{network.__name__}"
    before = random.getstate(), np.random.get_state()[1:], torch.get_rng_state()
    totals, maps = inspect(name).totals, features(name, bright, "conv")
    assert all(map(np.array_equal, before[1], np.random.get_state()[1:]))
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[2])
    assert (totals.params, totals.macs, maps.weights) == (158, 110_632, "as seeded.py makes them")
    plain: Any = network()
    assert np.array_equal(maps.values, plain.conv(torch.from_numpy(maps.input))[0].detach().numpy())


@pytest.mark.parametrize("network", _plain.PLAIN)
def test_layers_where_pytorch_does_not_look_are_told_and_no_part_of_its_total(network: type[nn.Module]) -> None:
    for target in (network(), f"{_FOLDER / 'plain.py'}:{network.__name__}"):
        report = inspect(target, _plain.input_shape)
        assert (report.error, report.totals.params, report.totals.macs) == (None, _plain.REGISTERED, _plain.MACS)
        assert sum(part.params for part in report.unregistered) == _plain.HIDDEN
        assert all(part.path for part in report.unregistered)
        assert [advice for advice in advise(report) if advice.rule == "modules in a plain list"]


_IMPORTING = ("Package", "Dotted", "ByName", "Dunder", "Constructed", "Hooked", "Beside", "Executed", "BySpec")
_MORE_IMPORTING = ("AppendsPath", "Layers", "Lazy")


@pytest.mark.parametrize("name", _IMPORTING + _MORE_IMPORTING)
def test_what_forward_imports_or_reads_is_found(name: str) -> None:
    totals = inspect(f"{_FOLDER / 'importing' / 'net.py'}:{name}").totals
    assert (totals.params, totals.macs) == (162, 21_208)


_STARRED = (
    "chain.py:Star", "chain.py:small", "chained.py:Star", "chained.py:Hidden", "listed.py:Listed",
    "listed.py:_Private", "listed.py:small", "renamed.py:Net", "renamed.py:Other", "updated.py:Star",
    "updated.py:_Private", "lazily.py:Lazy", "tried.py:Star", "attribute.py:Attribute", "parts/inner.py:Inner",
    "parts/__init__.py:Inner", "parts/__init__.py:hidden", "of_a_package.py:Inner", "switched.py:Star",
    "switched.py:Hidden", "there.py:There", "there.py:Back", "there.py:is_there",
)  # fmt: skip


@pytest.mark.parametrize("name", _STARRED)
def test_file_offers_what_it_imports_in_whatever_way(name: str) -> None:
    totals = inspect(f"{_FOLDER / 'starred' / name}").totals
    assert (totals.params, totals.macs) == (112, 4 * 196 * 27)
