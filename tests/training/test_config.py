from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig, checked
from cnnviz.training.config_file import read_toml, to_toml

_OLD = """\
model = "lenet"
data = "/data/mnist"
epochs = 5
batch_size = 64
optimizer = "adam"
learning_rate = 0.001
momentum = 0.0
weight_decay = 0.0
resize = 28
init = "default"
seed = 0
device = "cuda:0"
precision = "bf16"
deterministic = false

[options]
num_classes = 10
"""
CONFIG = TrainConfig(model="lenet", data="fashion-mnist-sample")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("epochs", 1.5),
        ("epochs", True),
        ("batch_size", 0),
        ("resize", 0),
        ("resize", 100_000),
        ("limit", 0),
        ("seed", -1),
        ("optimizer", "lion"),
        ("init", "orthogonal"),
        ("precision", "fp8"),
        ("learning_rate", 0.0),
        ("learning_rate", -1.0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("momentum", 1.0),
        ("momentum", -0.1),
        ("weight_decay", -1e-4),
        ("learning_rate", 10**400),
        ("learning_rate", True),
        ("learning_rate", "0.1"),
        ("epochs", "5"),
        ("epochs", None),
        ("seed", 2**63),
        ("schedule", "linear"),
        ("device", "toaster"),
        ("device", "cuda:"),
        ("device", "cuda:x"),
        ("deterministic", 1),
        ("deterministic", "no"),
        ("model", ""),
        ("data", ""),
        ("data", "a\0b"),
        ("model", "not UTF-8 \udcff"),
        ("options", 3),
        ("options", {1: 2}),
    ],
)
def test_value_that_makes_no_sense_is_refused_with_what_would(field: str, value: object) -> None:
    with pytest.raises(CnnvizError) as caught:
        checked(replace(CONFIG, **{field: value}))
    shown = "empty" if value in (None, "") else repr(value).removesuffix(".0")
    assert shown[:60] in caught.value.message
    assert caught.value.hint.startswith("Choose")


def test_config_that_makes_sense_is_returned_as_it_is() -> None:
    assert checked(CONFIG) is CONFIG


def test_toml_gives_back_every_field(tmp_path: Path) -> None:
    config = replace(
        CONFIG,
        data='C:\\my "data"\n\x7f é',
        options={"num_classes": 3, "flag": True},
        learning_rate=1e-05,
        limit=7,
        resize=64,
        deterministic=True,
    )
    file = tmp_path / "config.toml"
    file.write_text(to_toml(config), "utf-8")
    assert read_toml(file) == config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model = ", "no valid TOML"),
        ('model = "lenet"', "does not say which data"),
        ('model = "lenet"\ndata = "mnist"\ncolour = 1', "'colour', which is no setting"),
        ('model = "lenet"\ndata = "mnist"\nepochs = "3"', "Epochs cannot be '3'"),
        ('model = "lenet"\ndata = "mnist"\nepochs = true', "Epochs cannot be True"),
        ('model = "lenet"\ndata = "mnist"\nepochs = 0', "Epochs cannot be 0"),
        (f'model = "lenet"\ndata = "mnist"\nepochs = {"9" * 5000}', "no valid TOML"),
        (f'model = "lenet"\ndata = "mnist"\nepochs = 0x{"f" * 5000}', "Epochs cannot be so large"),
        ("model = " + "[" * 100_000, "no valid TOML"),
    ],
)
def test_damaged_config_file_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(CnnvizError, match=message) as caught:
        read_toml(file)
    assert str(file) in caught.value.message


def test_numbers_of_other_libraries_and_names_of_other_scripts_come_back_as_toml(tmp_path: Path) -> None:
    config = replace(CONFIG, learning_rate=np.float64(0.1), options={"größe": 3, "a b": np.float64(0.5)})
    file = tmp_path / "config.toml"
    file.write_text(to_toml(config), "utf-8")
    assert read_toml(file) == config


def test_whole_number_in_a_file_is_a_float_where_that_is_the_type(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('model = "lenet"\ndata = "mnist"\nlearning_rate = 1\n', "utf-8")
    assert isinstance(read_toml(file).learning_rate, float)


def test_config_of_a_run_of_a_version_before_the_schedules_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(_OLD, "utf-8")
    assert read_toml(file) == replace(
        CONFIG, data="/data/mnist", options={"num_classes": 10}, resize=28, device="cuda:0", precision="bf16"
    )


def test_missing_config_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match="cannot be read"):
        read_toml(tmp_path / "config.toml")


@pytest.mark.parametrize(
    "text", ["a" + ".b" * 50_000 + " = 1", "[" + '"a" . ' * 50_000 + "b]", "x = {" + "'a'." * 9_000 + "b = 1}"]
)
def test_name_of_many_parts_takes_no_memory(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(CnnvizError, match="too many parts"):
        read_toml(file)
