"""``cnnviz train --resume``: which run goes on, and what is said where none can."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.__main__ import main
from cnnviz.training import published_runs
from cnnviz.training.recording import read_run

_SHORT = ["--data", "fashion-mnist-sample", "--limit", "128", "--device", "cpu"]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    assert main(["train", "lenet", *_SHORT, "--epochs", "1", "--run-dir", str(tmp_path / "run")]) == 0
    return tmp_path / "run"


def test_run_goes_on_named_in_each_of_the_ways(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--resume", str(run), "--epochs", "2"]) == 0
    assert main(["train", "lenet", *_SHORT, "--run-dir", str(run), "--resume", "--epochs", "3"]) == 0
    assert main(["train", "--run-dir", str(run), "--resume", "lenet", "--epochs", "4", "--lr", "0.01"]) == 0
    told = capsys.readouterr().out
    assert "goes on after 2 steps, epoch 2 of 2" in told
    assert "epoch 4 of 4" in told
    assert "learning rate 0.01" in told
    assert (read_run(run).config.epochs, read_run(run).state) == (4, "finished")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "has done 1 epoch; 1 in all are asked for"),
        (["--batch-size", "32"], "Batch size cannot become 32 when a run goes on: it is 64"),
        (["--set", "activation=relu"], "Options cannot become"),
        (["--data", "fashion-mnist"], "Data cannot become fashion-mnist"),
    ],
)
def test_what_cannot_go_on_is_one_line(
    run: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    assert main(["train", "--resume", str(run), *more]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--resume"], "Which run is to go on is not said"),
        ([], "No network was named"),
        (["lenet"], "No folder for the run was named"),
        (["--resume", "no-such-run"], "no-such-run holds no run"),
    ],
)
def test_what_is_missing_is_said(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_run_that_goes_on_at_another_rate_is_not_held_against_published_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the book's settings, on data that are taken for the book's."""
    monkeypatch.setattr("cnnviz.training.published_runs._is_of_data", lambda *_: True)
    monkeypatch.setattr("cnnviz.training.published_runs._FREE", {*published_runs._FREE, "limit", "epochs"})
    figures = {**published_runs._figures(), "recipe_common": {"epochs": 2}}
    monkeypatch.setattr("cnnviz.training.published_runs._figures", lambda: figures)
    recipe = ["train", "lenet", "--recipe", "d2l", *_SHORT, "--epochs", "1"]
    for name, rate, words in (("own", [], "Test accuracy 0."), ("other", ["--lr", "0.5"], "its learning rate was ch")):
        assert main([*recipe, "--run-dir", str(tmp_path / name)]) == 0
        capsys.readouterr()
        assert main(["train", "--resume", str(tmp_path / name), "--epochs", "2", *rate]) == 0
        assert words in capsys.readouterr().out.splitlines()[-1]
