"""A run that begins with given weights: of a file, a folder, another run, or published ones."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from whole_data import read_data_set

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.data.data_sets import find_data_set
from cnnviz.training.data.layouts import locate
from cnnviz.training.engine import train
from cnnviz.training.events import Event, Noticed, Preparing, RunFinished, RunStarted, StepsDone, WeightsReady
from cnnviz.training.recording import read_config, record
from cnnviz.zoo import build, pretrained, resolve

# One batch that holds every picture, so that its loss does not depend on their order.
LENET = TrainConfig(
    "lenet", "fashion-mnist-sample", epochs=1, batch_size=64, limit=64, device="cpu", deterministic=True
)


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def said(events: list[Event]) -> str:
    return " ".join(event.what for event in of(Noticed, events))


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(5)
    made = build(resolve("lenet"))
    with torch.no_grad():
        made[-1].bias.add_(torch.arange(10.0))  # far from what any fresh network begins with
    return made


@pytest.fixture
def state(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.contiguous().clone() for name, tensor in network.state_dict().items()}


@pytest.fixture
def loss(network: nn.Module) -> float:
    """Of the network, over the pictures of ``LENET``, by hand."""
    data_set = find_data_set("fashion-mnist-sample")
    found = locate(data_set)
    assert found is not None
    data = read_data_set(data_set, found[0])
    images = torch.from_numpy(data.train.images[:64].copy()).float() / 255
    with torch.no_grad():
        return nn.functional.cross_entropy(network(images), torch.from_numpy(data.train.labels[:64])).item()


def as_safetensors(state: dict[str, torch.Tensor], folder: Path) -> Path:
    save_file(state, folder / "w.safetensors")
    return folder / "w.safetensors"


def as_checkpoint_of_a_wrapper(state: dict[str, torch.Tensor], folder: Path) -> Path:
    torch.save(
        {"epoch": 3, "state_dict": {f"module.{name}": value for name, value in state.items()}}, folder / "w.ckpt"
    )
    return folder / "w.ckpt"


def as_folder(state: dict[str, torch.Tensor], folder: Path) -> Path:
    save_file(state, folder / "model.safetensors")
    (folder / "config.json").write_text("{}", "utf-8")
    return folder


def as_what_tells_of_it(state: dict[str, torch.Tensor], folder: Path) -> Path:
    return as_folder(state, folder) / "config.json"


@pytest.mark.parametrize(
    "saved",
    [as_safetensors, as_checkpoint_of_a_wrapper, as_folder, as_what_tells_of_it],
    ids=lambda saved: saved.__name__,
)
def test_training_begins_with_the_loss_of_the_given_weights(
    tmp_path: Path, state: dict[str, torch.Tensor], loss: float, saved: Callable[..., Path]
) -> None:
    events = list(train(replace(LENET, weights=str(saved(state, tmp_path)))))
    assert of(StepsDone, events)[0].losses[0] == pytest.approx(loss, rel=1e-5)
    assert of(StepsDone, list(train(LENET)))[0].losses[0] != pytest.approx(loss, rel=0.1)
    assert "The run begins with" in said(events)


def test_a_run_begins_where_another_ended_and_its_config_leads_there_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = list(record(train(LENET), tmp_path / "first"))
    monkeypatch.chdir(tmp_path)
    second = list(record(train(replace(LENET, weights="first")), tmp_path / "second"))
    begun, ended = of(WeightsReady, second)[0].state, of(WeightsReady, first)[-1].state
    assert all(np.array_equal(begun[name], ended[name]) for name in ended)
    config = read_config(tmp_path / "second")
    assert config.weights == str((tmp_path / "first").resolve())
    assert of(RunStarted, second)[0].config.weights == config.weights
    assert read_config(tmp_path / "first").weights is None


def test_a_state_to_go_on_from_goes_before_the_named_weights_which_may_be_gone(
    tmp_path: Path, state: dict[str, torch.Tensor]
) -> None:
    gone = str(tmp_path / "gone.safetensors")
    arrays = {name: tensor.numpy() for name, tensor in state.items()}
    events = list(train(replace(LENET, weights=gone), initial_state=arrays))
    assert all(np.array_equal(value, arrays[name]) for name, value in of(WeightsReady, events)[0].state.items())
    assert of(RunStarted, events)[0].config.weights == gone


def test_another_head_is_refused_before_pictures_are_read_unless_what_fits_is_enough(
    tmp_path: Path, state: dict[str, torch.Tensor], picture_folder
) -> None:
    file, data = as_safetensors(state, tmp_path), str(picture_folder(count=10, mode="L"))
    two = replace(LENET, data=data, weights=str(file))
    told: list[Event] = []
    with pytest.raises(CnnvizError, match=r"11.weight is 2 × 84 .*Tick “Load what fits alone” \(--allow-mismatch\)"):
        told.extend(train(two))
    assert not any("Reading the pictures" in event.what for event in of(Preparing, told))
    events = list(train(replace(two, allow_mismatch=True)))
    begun = of(WeightsReady, events)[0].state
    assert np.array_equal(begun["0.weight"], state["0.weight"].numpy())
    assert begun["11.weight"].shape == (2, 84)
    assert "Not loaded from w.safetensors, so the network's own numbers stay: 11.weight" in said(events)


@pytest.mark.parametrize(
    ("name", "words"), [("gone.pth", "gone.pth is not there"), ("no-such", "no pretrained weights 'NO.SUCH' for lenet")]
)
def test_weights_that_are_not_there_are_one_clear_line(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(CnnvizError, match=words):
        list(train(replace(LENET, weights=name if name == "no-such" else str(tmp_path / name))))


def test_what_the_weights_were_made_for_is_said_where_training_shows_something_else(
    tmp_path: Path, state: dict[str, torch.Tensor]
) -> None:
    as_folder(state, tmp_path)
    config = replace(LENET, weights=str(tmp_path))
    assert "Not known: the normalisation" in said(list(train(config)))
    told = json.dumps({"image_mean": [0.5], "image_std": [0.25]})
    (tmp_path / "preprocessor_config.json").write_text(told, "utf-8")
    assert "made for mean 0.5 and deviation 0.25; training shows pictures of 0 to 1" in said(list(train(config)))


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    """The state that torchvision is made to publish for SqueezeNet."""
    state = {name: value + 1 for name, value in build(resolve("torchvision/squeezenet1_1")).state_dict().items()}
    torch.save(state, tmp_path / "squeeze.pth")
    entry = type("Entry", (), {"url": (tmp_path / "squeeze.pth").as_uri(), "meta": {"categories": []}})
    preset = type("Preset", (), {"mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]})
    entry.transforms = staticmethod(preset)  # type: ignore[attr-defined]
    monkeypatch.setattr(pretrained, "_entry", lambda _spec, _name: entry)
    monkeypatch.setattr("cnnviz.downloads._unsafe", lambda _url, **_how: None)  # a file stands for the server
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return state


def test_published_weights_are_downloaded_and_keep_all_but_the_head(published: dict[str, torch.Tensor]) -> None:
    config = replace(
        LENET, model="torchvision/squeezenet1_1", resize=32, limit=4, weights="pretrained", allow_mismatch=True
    )
    events: list[Event] = []
    for event in train(config):
        events.append(event)
        if isinstance(event, WeightsReady):
            break
    begun = events[-1].state
    assert np.array_equal(begun["features.0.weight"], published["features.0.weight"].numpy())
    assert begun["classifier.1.weight"].shape[0] == 10
    whats = [event.what for event in of(Preparing, events)]
    first = next(at for at, what in enumerate(whats) if "Downloading" in what)
    assert whats[first - 1] == "Looking for pretrained IMAGENET1K_V1", "a server may be silent for long"
    assert any("Downloading pretrained IMAGENET1K_V1" in event.what for event in of(Preparing, events))
    assert "training shows pictures of 0 to 1" in said(events)
    assert of(RunStarted, events)[0].config.weights == "IMAGENET1K_V1"


def test_a_stop_is_heard_while_weights_are_downloaded(
    published: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    silent, control = threading.Event(), Control()

    def fetch(_spec: object, _name: str, report: Callable[[int, int], None], _allow: bool) -> Path:
        report(1, 10)
        silent.wait(10)
        report(2, 10)
        raise AssertionError("the download goes on")

    monkeypatch.setattr(pretrained, "fetch", fetch)
    config = replace(LENET, model="torchvision/squeezenet1_1", resize=32, weights="pretrained", allow_mismatch=True)
    told = []
    for event in train(config, control):
        told.append(event)
        if isinstance(event, Preparing) and "Downloading" in event.what:
            control.stop()
    silent.set()
    assert isinstance(told[-1], RunFinished)
    assert told[-1].reason == "stopped"
