from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.runs import layout

LEFT = ".epoch-0001.safetensors.0123abcd"  # of a process that was killed while it wrote


@pytest.mark.parametrize("place", ["", layout.CHECKPOINTS, layout.JUDGED])
def test_what_killed_runs_left_unfinished_is_removed_wherever_a_run_writes(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "run" / place
    folder.mkdir(parents=True)
    (tmp_path / "run" / layout.STATUS).write_text("{}")
    (folder / LEFT).touch()
    (folder / "epoch-0001.safetensors").touch()
    layout.sweep_runs(tmp_path)
    assert not (folder / LEFT).exists()
    assert (folder / "epoch-0001.safetensors").exists()


@pytest.mark.parametrize("place", [layout.CHECKPOINTS, layout.JUDGED])
def test_nothing_is_removed_behind_a_link(tmp_path: Path, place: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / LEFT).touch()
    runs = tmp_path / "runs"
    (runs / "run").mkdir(parents=True)
    (runs / "run" / layout.STATUS).write_text("{}")
    (runs / "run" / place).symlink_to(elsewhere)
    layout.sweep_runs(runs)
    assert (elsewhere / LEFT).exists()
