from __future__ import annotations

import re
from dataclasses import fields

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.training.config import SETTINGS, TrainConfig
from cnnviz.training.settings import Setting

ROWS = {row.name: row for row in SETTINGS}


def test_every_field_of_a_config_is_a_setting_in_the_same_order() -> None:
    assert [row.name for row in SETTINGS] == [field.name for field in fields(TrainConfig)]
    assert [row.name for row in SETTINGS if row.required] == ["model", "data"]


@pytest.mark.parametrize("row", [row for row in SETTINGS if not row.required], ids=lambda row: row.name)
def test_default_is_accepted_and_so_is_its_text(row: Setting) -> None:
    default = getattr(TrainConfig("lenet", "mnist"), row.name)
    assert row.accept(default) == default
    if row.kind != "table":
        assert row.check("" if default is None else str(default)) == default


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.name)
def test_setting_says_what_it_is(row: Setting) -> None:
    assert row.label
    assert row.help.endswith(".")
    assert row.flag or row.place == "apart"
    assert all(re.fullmatch(row.pattern or ".*", choice) for choice in row.choices)


def test_flags_are_the_names_but_for_lr() -> None:
    flags = {row.name: row.flag for row in SETTINGS if row.flag and row.flag != f"--{row.name.replace('_', '-')}"}
    assert flags == {"learning_rate": "--lr"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("epochs", " 7 ", 7),
        ("learning_rate", "1e-5", 1e-5),
        ("learning_rate", "1", 1.0),
        ("resize", "", None),
        ("limit", " ", None),
        ("seed", str(2**63 - 1), 2**63 - 1),
        ("device", "cuda:3", "cuda:3"),
        ("deterministic", "yes", True),
        ("deterministic", "False", False),
        ("data", " a name with spaces ", " a name with spaces "),
    ],
)
def test_text_becomes_a_value_of_the_right_type(name: str, text: str, value: object) -> None:
    read = ROWS[name].check(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("epochs", "ten", "Epochs cannot be 'ten'. Choose a whole number from 1 to 1,000,000."),
        ("epochs", "1.5", "Epochs cannot be '1.5'. Choose a whole number from 1 to 1,000,000."),
        ("epochs", "", "Epochs cannot be empty. Choose a whole number from 1 to 1,000,000."),
        ("learning_rate", "0", "Learning rate cannot be 0. Choose a number above 0."),
        ("learning_rate", "nan", "Learning rate cannot be nan. Choose a number above 0."),
        ("learning_rate", "1e999", "Learning rate cannot be '1e999'. Choose a number above 0."),
        ("momentum", "1", "Momentum cannot be 1. Choose a number from 0 to below 1."),
        ("weight_decay", "-1", "Weight decay cannot be -1. Choose a number from 0 up."),
        ("optimizer", "", "Optimizer cannot be empty. Choose one of sgd, adam, adamw, rmsprop."),
        ("device", "gpu", "Device cannot be 'gpu'. Choose one of auto, cpu, cuda, cuda:1, mps."),
        ("deterministic", "perhaps", "Bit for bit repeatable (slower) cannot be 'perhaps'. Choose true or false."),
        ("data", "", "Data cannot be empty. Choose a name or a path."),
    ],
)
def test_refusal_names_setting_value_and_what_would_do(name: str, text: str, words: str) -> None:
    with pytest.raises(CnnvizError) as caught:
        ROWS[name].check(text)
    assert str(caught.value) == words


def test_long_value_is_not_repeated_at_length() -> None:
    with pytest.raises(CnnvizError) as caught:
        ROWS["epochs"].check("9" * 5000)
    assert len(str(caught.value)) < 200
