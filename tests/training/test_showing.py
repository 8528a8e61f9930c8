"""How the pictures of a run are shown: what is refused, what is decided, and that all who look at its weights know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.pictures.preprocessing import as_input
from cnnviz.training.config import TrainConfig
from cnnviz.training.config_file import read_toml, to_toml
from cnnviz.training.control import Control
from cnnviz.training.data.browsing import contents
from cnnviz.training.data.labelled import arrays_of
from cnnviz.training.data.pixel_statistics import statistics_of
from cnnviz.training.dropout_rate import set_dropout
from cnnviz.training.engine import train
from cnnviz.training.events import EpochDone, Noticed, RunStarted
from cnnviz.training.preview import previewed, sampled
from cnnviz.training.recording import read_config, record
from cnnviz.training.resumption import read_resumption
from cnnviz.training.showing import decided
from cnnviz.zoo import build
from cnnviz.zoo.catalog import resolve
from cnnviz.zoo.weights import built, put_into
from cnnviz.zoo.weights_source import Weights

SMALL = TrainConfig("lenet", "fashion-mnist-sample", epochs=1, limit=300, device="cpu", precision="fp32")


def refusal(config: TrainConfig) -> str:
    with pytest.raises(CnnvizError) as caught:
        list(train(config))
    return str(caught.value)


def test_what_cannot_be_shown_is_refused_in_a_clear_line() -> None:
    assert "grey" in refusal(replace(SMALL, augment="flip,pca"))
    assert "3 channels" in refusal(replace(SMALL, normalise="imagenet"))
    assert "Choose one of none, data" in refusal(replace(SMALL, normalise="imagenette"))
    assert "Choose some of flip, crop" in refusal(replace(SMALL, augment="flip,blur"))
    assert "above 0" in refusal(replace(SMALL, normalise="0.5,0"))
    assert "no dropout layer" in refusal(replace(SMALL, dropout=0.5))
    assert "below 1" in refusal(replace(SMALL, model="alexnet", dropout=1.0))


def test_run_says_what_the_data_came_to_and_its_weights_are_looked_at_the_same_way(tmp_path: Path) -> None:
    config = replace(SMALL, normalise="data", augment="crop, flip,crop")
    events = list(record(train(config), tmp_path / "run"))
    (started,) = [event for event in events if isinstance(event, RunStarted)]
    mean, std = map(float, started.config.normalise.split(","))
    assert mean == pytest.approx(0.286, abs=0.02)
    assert std == pytest.approx(0.353, abs=0.02)
    assert started.config.augment == "flip,crop"
    assert read_config(tmp_path / "run").normalise == started.config.normalise
    spec = resolve("lenet")
    origin = put_into(built(spec), spec, Weights("run", file=tmp_path / "run"))
    assert origin.normalisation == ((mean,), (std,))
    assert read_resumption(tmp_path / "run", {"normalise": "data", "augment": "flip,crop", "epochs": 2})
    with pytest.raises(CnnvizError, match="Augment cannot become"):
        read_resumption(tmp_path / "run", {"augment": "flip", "epochs": 2})
    again = list(train(replace(SMALL, weights=str(tmp_path / "run"))))
    assert any("made for mean" in event.what for event in again if isinstance(event, Noticed))
    assert not any("made for" in event.what for event in train(replace(SMALL, weights=str(tmp_path / "run"),
                   normalise=started.config.normalise)) if isinstance(event, Noticed))  # fmt: skip


def test_normalised_test_accuracy_is_that_of_the_weights_looked_at(tmp_path: Path) -> None:
    config = replace(SMALL, normalise="fashion-mnist", learning_rate=0.003, options={"activation": "relu"})
    done = [event for event in record(train(config), tmp_path / "run") if isinstance(event, EpochDone)]
    spec, part = resolve("lenet", {"activation": "relu"}), contents("fashion-mnist-sample").test.part
    network = built(spec)
    origin = put_into(network, spec, Weights("run", file=tmp_path / "run"))
    seen = [as_input(picture, origin.normalisation) for picture in arrays_of(part)]
    with torch.no_grad():
        right = network(torch.from_numpy(np.concatenate(seen))).argmax(1).numpy() == part.labels
    assert right.mean() == pytest.approx(done[-1].test_accuracy, abs=0.001)


def test_file_of_before_has_none_of_it(tmp_path: Path) -> None:
    new = {"augment", "normalise", "dropout"}
    old = "\n".join(line for line in to_toml(SMALL).splitlines() if line.split(" ")[0] not in new)
    (tmp_path / "config.toml").write_text(old)
    assert read_toml(tmp_path / "config.toml") == SMALL
    (tmp_path / "config.toml").write_text(to_toml(replace(SMALL, augment="flip,pca", normalise="0.3,0.4", dropout=0.2)))
    assert read_toml(tmp_path / "config.toml").augment == "flip,pca"


def test_constant_pictures_have_no_deviation() -> None:
    with pytest.raises(CnnvizError, match="no deviation"):
        decided(replace(SMALL, normalise="data"), 1, statistics_of(np.full((5, 1, 4, 4), 9, np.uint8)))


def test_rate_of_dropout_is_set_in_every_such_layer() -> None:
    spec = resolve("alexnet")
    network = build(spec)
    set_dropout(network, TrainConfig("alexnet", "x", dropout=0.25))
    rates = {module.p for module in network.modules() if isinstance(module, nn.Dropout)}
    assert rates == {0.25}
    set_dropout(network, TrainConfig("alexnet", "x"))
    assert {module.p for module in network.modules() if isinstance(module, nn.Dropout)} == {0.25}


def test_preview_shows_other_pictures_and_the_numbers_that_the_network_is_given() -> None:
    sample = sampled("fashion-mnist-sample", None, (1, 28, 28), Control())
    config = replace(SMALL, augment="crop", normalise="data")
    first, same, other = (previewed(sample, config, (1, 28, 28), draw) for draw in (0, 0, 1))
    assert np.array_equal(first.shown, same.shown)
    assert not np.array_equal(first.shown, other.shown)
    assert not np.array_equal(first.plain, other.plain)
    assert np.array(first.plain).shape == (6, 1, 28, 28)
    assert first.lowest == pytest.approx(-0.81, abs=0.05)
    plain = previewed(sample, replace(config, augment=None), (3, 40, 40), 0)
    assert np.abs(np.array(plain.shown[0]).astype(int) - np.array(plain.plain)).max() <= 1
    with pytest.raises(CnnvizError, match="grey"):
        previewed(sample, replace(config, augment="pca"), (1, 28, 28), 0)


def test_preview_of_files_says_that_it_has_measured_a_part(picture_folder: Callable[..., Path]) -> None:
    folder = picture_folder(count=60)
    sample = sampled(str(folder), None, (3, 20, 20), Control())
    config = replace(SMALL, data=str(folder), augment="pca", normalise="0.5,0.5")
    assert previewed(sample, config, (3, 20, 20), 3).measured == 48
    assert torch.tensor(previewed(sample, config, (3, 300, 300), 0).shown[0][0]).shape == (3, 256, 256)
