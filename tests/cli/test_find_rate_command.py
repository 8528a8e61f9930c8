"""``cnnviz find-rate``: its three formats, its exit status, and what is said where nothing can be suggested."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from resumed_runs import small_config

from cnnviz.__main__ import main


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    model = small_config(tmp_path).model
    settings = ["--optimizer", "sgd", "--momentum", "0.9", "--batch-size", "20", "--device", "cpu"]
    return ["find-rate", model, "--data", "fashion-mnist-sample", *settings]


def test_text_begins_with_the_suggestion(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(asked) == 0
    said = capsys.readouterr()
    assert said.out.startswith("suggested learning rate: 0.")
    assert "of the two usual choices" in said.out
    assert said.err == ""


def test_json_and_csv_hold_the_same_curve(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*asked, "--deterministic", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["suggested"] == float(f"{min(found['steepest'], found['tenth']):.2g}")
    assert main([*asked, "--deterministic", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [float(row["rate"]) for row in rows] == found["rates"]
    assert [float(row["smoothed"]) for row in rows] == found["smoothed"]


def test_nothing_to_suggest_is_a_status_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["lenet", "--data", "fashion-mnist-sample", "--optimizer", "sgd", "--batch-size", "8", "--device", "cpu"]
    assert main(["find-rate", *words, "--limit", "400"]) == 3
    assert capsys.readouterr().out.startswith("No rate is suggested")


def test_what_is_missing_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find-rate", "lenet"]) == 2
    assert "No data were named" in capsys.readouterr().err
