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
    left = folder / (LEFT if place else f".{layout.CONFIG}.0123abcd")
    left.touch()
    (folder / "epoch-0001.safetensors").touch()
    layout.sweep_runs(tmp_path)
    assert not left.exists()
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


def test_file_of_somebodys_beside_a_status_stays(tmp_path: Path) -> None:
    folder = tmp_path / "no run"
    folder.mkdir()
    (folder / layout.STATUS).write_text("{}")
    (folder / ".thumbnails.0123abcd").touch()
    layout.sweep_runs(tmp_path)
    assert (folder / ".thumbnails.0123abcd").exists()


def test_folder_that_may_not_be_entered_keeps_nothing_from_being_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / layout.STATUS).write_text("{}")
        (tmp_path / name / f".{layout.STATUS}.0123abcd").touch()
    holds_run = layout.holds_run

    def refused(folder: Path) -> bool:
        if folder.name == "b":
            raise PermissionError
        return holds_run(folder)

    monkeypatch.setattr(layout, "holds_run", refused)
    layout.sweep_runs(tmp_path)
    assert [each.parent.name for each in tmp_path.glob(f"*/.{layout.STATUS}.*")] == ["b"]
