"""Recipes: what others have trained with, taken whole, and each of them possible."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from cnnviz.assets import asset
from cnnviz.cli import run_settings, train_command
from cnnviz.errors import CnnvizError
from cnnviz.inspection.tracer import inspect
from cnnviz.training.config import SETTINGS, TrainConfig
from cnnviz.training.recipes import find_recipe, recipes_for
from cnnviz.zoo.catalog import architectures, resolve

_TEXTBOOK = [entry.name for entry in architectures() if entry.group == "Textbook"]
_PUBLISHED = json.loads(asset("reference/d2l_bands.json").read_text())
_BOOK = {
    "lenet": "lenet",
    "alexnet": "alexnet",
    "vgg11_channels_div_4": "vgg11",
    "nin": "nin",
    "googlenet": "googlenet",
    "resnet18": "resnet18",
    "densenet": "densenet",
}


def asked(*words: str) -> TrainConfig:
    """Return what ``cnnviz train`` makes of these words."""
    parser = argparse.ArgumentParser()
    train_command.add_arguments(parser)
    return run_settings.config_of(parser.parse_args([*words, "--run-dir", "r", "--data", "fashion-mnist-sample"]))


@pytest.mark.parametrize("network", _TEXTBOOK)
def test_each_textbook_network_has_a_course_recipe_and_a_fast_one(network: str) -> None:
    names = [recipe.name for recipe in recipes_for(network)]
    assert {"course", "fast"} <= set(names)
    assert len(set(names)) == len(names)
    assert "d2l" in names or network == "course-mnist"  # which the book has not


@pytest.mark.parametrize("network", _TEXTBOOK)
def test_every_recipe_says_settings_that_a_run_takes_for_pictures_that_the_network_takes(network: str) -> None:
    rows = {row.name: row for row in SETTINGS}
    for recipe in recipes_for(network):
        for name, value in recipe.settings.items():
            assert rows[name].accept(value) == value, (recipe.name, name)
        size = recipe.settings["resize"]
        assert isinstance(size, int)
        plain = resolve(network, recipe.options)
        spec = resolve(network, recipe.options, (plain.input_shape[0], size, size))
        assert inspect(spec).status == "complete", recipe.name
        assert recipe.source


@pytest.mark.parametrize(("published", "network"), _BOOK.items())
def test_recipe_of_the_book_is_that_of_its_published_runs(published: str, network: str) -> None:
    runs, recipe = _PUBLISHED["networks"][published], find_recipe(network, "d2l")
    assert [recipe.settings[name] for name in ("learning_rate", "batch_size", "resize")] == [
        runs["learning_rate"],
        runs["batch_size"],
        runs["resize"],
    ]
    plain = {"optimizer": "sgd", "epochs": 10, "init": "xavier", "momentum": 0.0, "weight_decay": 0.0}
    assert {name: recipe.settings[name] for name in plain} == plain


def test_recipe_of_the_course_is_that_of_the_tutorial() -> None:
    config = asked("vgg11", "--recipe", "course")
    chosen = (config.optimizer, config.learning_rate, config.batch_size, config.resize, config.epochs)
    assert chosen == ("adam", 0.001, 64, 224, 5)
    assert config.options == {"width_divisor": 8}


def test_what_is_said_beside_a_recipe_goes_before_it() -> None:
    config = asked("vgg11", "--recipe", "d2l", "--epochs", "3", "--set", "width_divisor=8")
    assert (config.epochs, config.options, config.learning_rate) == (3, {"width_divisor": "8"}, 0.05)


def test_recipe_goes_before_what_a_file_says(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(
        'model = "lenet"\nseed = 3\nmomentum = 0.9\n[options]\nactivation = "relu"\nin_channels = 1\n'
    )
    config = asked("lenet", "--recipe", "d2l", "--config", str(tmp_path / "c.toml"))
    assert (config.momentum, config.seed) == (0.0, 3)
    assert config.options == {"activation": "sigmoid", "in_channels": 1, "batch_norm": False}


def test_options_of_another_network_in_a_file_are_not_taken(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('model = "lenet"\n[options]\nactivation = "relu"\n')
    assert asked("nin", "--recipe", "fast", "--config", str(tmp_path / "c.toml")).options == {}


@pytest.mark.parametrize(("network", "name"), [("lenet", "book"), ("torchvision/resnet18", "d2l"), ("resnet18", "")])
def test_recipe_that_there_is_not_is_refused_with_those_that_there_are(network: str, name: str) -> None:
    with pytest.raises(CnnvizError) as refused:
        asked(network, "--recipe", name)
    assert "There is no recipe" in refused.value.message
    assert ("d2l" in refused.value.hint) == (not network.startswith("torchvision"))


def test_recipe_leaves_what_it_does_not_name() -> None:
    applied: Mapping[str, object] = find_recipe("lenet", "fast").applied({"seed": 7, "options": {"in_channels": 3}})
    assert applied["seed"] == 7
    assert applied["options"] == {"in_channels": 3, "activation": "relu", "batch_norm": False}
