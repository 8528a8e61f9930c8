from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig, checked
from cnnviz.training.config_file import read_toml, to_toml

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
        ("init", "kaiming"),
        ("precision", "fp16"),
        ("learning_rate", 0.0),
        ("learning_rate", -1.0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("momentum", 1.0),
        ("momentum", -0.1),
        ("weight_decay", -1e-4),
    ],
)
def test_value_that_makes_no_sense_is_refused_with_what_would(field: str, value: object) -> None:
    with pytest.raises(CnnvizError, match=str(value)) as caught:
        checked(replace(CONFIG, **{field: value}))
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
        ('model = "lenet"\ndata = "mnist"\nepochs = "3"', "sets epochs to '3'"),
        ('model = "lenet"\ndata = "mnist"\nepochs = true', "sets epochs to True"),
        ('model = "lenet"\ndata = "mnist"\nepochs = 0', "epochs cannot be 0"),
    ],
)
def test_damaged_config_file_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(CnnvizError, match=message):
        read_toml(file)


def test_missing_config_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match="cannot be read"):
        read_toml(tmp_path / "config.toml")
