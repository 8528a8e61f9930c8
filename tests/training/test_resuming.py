"""A run that was stopped or killed goes on to the bits and the journal of one that never was."""

from __future__ import annotations

import errno
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import resumed_runs
import torch
from full_disk import no_space
from resumed_runs import begun, final_bits, killed_after, small_config, told

from cnnviz.errors import CnnvizError
from cnnviz.files import NoSpaceError
from cnnviz.runs import checkpoint, checkpoint_files
from cnnviz.runs.journal import Journal
from cnnviz.runs.resume_point import read_resume_point
from cnnviz.runs.status import read_status
from cnnviz.training import engine, interrupting, meter, state
from cnnviz.training.config import TrainConfig
from cnnviz.training.config_file import to_toml
from cnnviz.training.control import Control
from cnnviz.training.engine import resume, train
from cnnviz.training.events import (
    Event,
    LearningRateChanged,
    Noticed,
    Recorded,
    RunFailed,
    RunFinished,
    RunResumed,
    StepsDone,
    WeightsReady,
)
from cnnviz.training.optimizers import optimizer_names
from cnnviz.training.other_random import others_captured, restore_others
from cnnviz.training.recording import read_config, read_run, record
from cnnviz.training.resumption import read_resumption
from cnnviz.training.saved_form import captured_of
from cnnviz.training.step import Way

_SHOWN = {"augment": "flip,crop,rotation,jitter", "normalise": "data"}


@pytest.fixture(autouse=True)
def every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "FLUSH_SECONDS", 0.0)


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    return small_config(tmp_path, limit=130, batch_size=20, epochs=2, deterministic=True)


def recorded(config: TrainConfig, folder: Path) -> Path:
    list(record(train(config), folder))
    return folder


def go_on(folder: Path, control: Control | None = None, **given: object) -> Iterator[Recorded]:
    resumption = read_resumption(folder, given)
    point = resumption.point
    return record(resume(resumption, control), folder, point=point, again=point is None)


def stopped_at(events: Iterator[Recorded], control: Control, step: int) -> None:
    for event in events:
        if isinstance(event, StepsDone) and event.last_step == step:
            control.stop()


def with_other_facts(folder: Path, **facts: object) -> None:
    newest = folder / "checkpoints" / "epoch-0002"
    (newest / "sums.json").unlink()
    (newest / "state.json").write_text(json.dumps(json.loads((newest / "state.json").read_text()) | facts))


@pytest.mark.parametrize("optimizer", optimizer_names())
def test_run_stopped_again_and_again_ends_in_the_same_bits(config: TrainConfig, optimizer: str, tmp_path: Path) -> None:
    config = replace(config, optimizer=optimizer, momentum=0.9)
    whole, folder = recorded(config, tmp_path / "whole"), tmp_path / "run"
    control = Control()
    stopped_at(record(train(config, control), folder), control, 3)  # type: ignore[arg-type]
    for step in (4, 7, 9, 12):
        assert read_status(folder)["state"] == "stopped"
        control = Control()
        stopped_at(go_on(folder, control), control, step)
    list(go_on(folder))
    assert final_bits(folder) == final_bits(whole)
    assert told(folder) == told(whole)
    run = read_run(folder)
    assert run.state == "finished"
    assert [event.step for event in run.events if isinstance(event, RunResumed)] == [3, 4, 7, 9, 12]
    assert (folder / "checkpoints" / "final" / "model.safetensors").is_file()


def test_bits_do_not_hang_on_how_long_a_step_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = TrainConfig(
        "torchvision/mobilenet_v2", "fashion-mnist-sample", epochs=1, batch_size=16, limit=48, resize=32,
        learning_rate=0.01, device="cpu", deterministic=True,
    )  # fmt: skip
    found = []
    for seconds in (0.0, 1e9):
        monkeypatch.setattr(interrupting, "_SLOW_SECONDS", seconds)
        found.append(final_bits(recorded(config, tmp_path / str(seconds))))
    assert found[0] == found[1]


@pytest.mark.parametrize("slow", [True, False])
def test_bits_of_maps_of_one_pixel_are_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    seconds = {True: 0.0, False: 1e9}
    monkeypatch.setattr(interrupting, "_SLOW_SECONDS", seconds[slow])
    config = TrainConfig(
        "torchvision/mobilenet_v2", "fashion-mnist-sample", epochs=1, batch_size=16, limit=64, resize=32,
        learning_rate=0.01, device="cpu", way="channels-last", precision="fp32",
    )  # fmt: skip
    whole, folder, control = recorded(config, tmp_path / "whole"), tmp_path / "run", Control()
    stopped_at(record(train(config, control), folder), control, 2)  # type: ignore[arg-type]
    monkeypatch.setattr(interrupting, "_SLOW_SECONDS", seconds[not slow])  # the machine is another's now
    list(go_on(folder))
    assert final_bits(folder) == final_bits(whole)


def test_schedule_clipped_gradients_dropout_and_augmentation_are_gone_on_with(
    config: TrainConfig, tmp_path: Path
) -> None:
    steps = {"schedule": "one-cycle", "warm_up": 1, "clip_gradient": 0.5, "nesterov": True, "optimizer": "sgd"}
    config = replace(config, momentum=0.9, init="kaiming", dropout=0.3, **_SHOWN, **steps)  # type: ignore[arg-type]
    whole, folder, control = recorded(config, tmp_path / "whole"), tmp_path / "run", Control()
    stopped_at(record(train(config, control), folder), control, 5)  # type: ignore[arg-type]
    list(go_on(folder))
    assert final_bits(folder) == final_bits(whole)
    assert told(folder) == told(whole)


def test_run_stopped_while_it_is_tested_tests_again(config: TrainConfig, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(engine, "_TESTING_SECONDS", 0.0)
    whole, folder, control = recorded(config, tmp_path / "whole"), tmp_path / "run", Control()
    for event in record(train(config, control), folder):
        if type(event).__name__ == "Testing":
            control.stop()
    assert read_resume_point(folder).saved.facts["batch"] == 7
    list(go_on(folder))
    assert final_bits(folder) == final_bits(whole)
    assert told(folder) == told(whole)


@pytest.mark.parametrize("seed", [1])
def test_run_killed_at_any_moment_ends_in_the_same_bits(tmp_path: Path, seed: int) -> None:
    moments = random.Random(seed)
    config, folder = tmp_path / "asked.toml", tmp_path / "run"
    asked = {"precision": "fp32", "deterministic": True, "schedule": "cosine", "dropout": 0.4, **_SHOWN}
    config.write_text(to_toml(small_config(tmp_path, limit=1000, **asked)))
    kills = sum(killed_after(begun(config, folder), moments.uniform(0, 0.6)) for _ in range(2))
    _, said = begun(config, folder).communicate() if read_status(folder)["state"] != "finished" else ("", "")
    assert "Traceback" not in said
    whole = tmp_path / "whole"
    begun(config, whole).communicate()
    assert kills >= 1
    assert final_bits(folder) == final_bits(whole)
    assert told(folder) == told(whole)


def test_way_of_computing_is_the_run_s_and_not_measured_again(config: TrainConfig, tmp_path: Path) -> None:
    config, folder, control = replace(config, deterministic=False, precision="bf16"), tmp_path / "run", Control()
    stopped_at(record(train(config, control), folder), control, 9)  # type: ignore[arg-type]
    before = read_resume_point(folder).saved.facts["way"]
    said = [event for event in go_on(folder) if isinstance(event, Noticed)]
    assert not [event for event in said if "Computed with" in event.what]
    assert read_resume_point(folder).saved.facts["way"] == before
    assert read_config(folder).precision == "bf16"


@pytest.mark.parametrize(("saved", "read"), [({"bf16": True}, "bf16"), ({"bf16": False}, "fp32"), ({}, "fp32")])
def test_way_of_the_first_runs_is_read(config: TrainConfig, tmp_path: Path, saved: dict[str, bool], read: str) -> None:
    folder = recorded(config, tmp_path / "run")
    point = read_resume_point(folder)
    assert point is not None
    facts = {**point.saved.facts, "way": {"channels_last": True, "pool_first": True, **saved}}
    way = captured_of(replace(point, saved=replace(point.saved, facts=facts))).way
    assert way == Way(True, read, pool_first=True)  # type: ignore[arg-type]
    facts["way"] = {"channels_last": True, "precision": "auto"}
    with pytest.raises(ValueError, match="'auto' is no precision"):
        captured_of(replace(point, saved=replace(point.saved, facts=facts)))


def test_wait_for_pictures_is_kept_and_the_first_runs_had_none(config: TrainConfig, tmp_path: Path) -> None:
    point = read_resume_point(recorded(config, tmp_path / "run"))
    assert point is not None
    facts = {**point.saved.facts, "waiting_seconds": 1.5}
    assert captured_of(replace(point, saved=replace(point.saved, facts=facts))).waiting_seconds == 1.5
    del facts["waiting_seconds"]
    assert captured_of(replace(point, saved=replace(point.saved, facts=facts))).waiting_seconds == 0


def test_what_scales_the_losses_of_float16_is_gone_on_with(config: TrainConfig, tmp_path: Path) -> None:
    config = replace(config, precision="fp16", clip_gradient=0.5)
    whole, folder, control = recorded(config, tmp_path / "whole"), tmp_path / "run", Control()
    stopped_at(record(train(config, control), folder), control, 5)  # type: ignore[arg-type]
    assert read_resume_point(folder).saved.facts["scaler"]["_growth_tracker"] == 5
    list(go_on(folder))
    assert final_bits(folder) == final_bits(whole)
    assert told(folder) == told(whole)
    scaler = read_resume_point(folder).saved.facts["scaler"]
    assert scaler == read_resume_point(whole).saved.facts["scaler"]
    assert scaler["scale"] < 2**16  # a step was beyond float16
    assert read_config(folder).precision == "fp16"


_DRAWS = """
import random

import numpy as np
import torch
from torch import nn


class Noisy(nn.Sequential):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__(nn.Flatten(), nn.Linear(784, num_classes))

    def forward(self, x):
        if self.training and random.random() < 0.7:
            x = x * random.gauss(1, 0.1) + torch.from_numpy(np.random.randn(*x.shape).astype("float32"))
        return super().forward(x)


class Counting(Noisy):
    def get_extra_state(self):
        return {"steps": 1}
"""


def test_network_that_draws_from_numpy_and_python_goes_on_where_they_stood(config: TrainConfig, tmp_path: Path) -> None:
    (tmp_path / "draws.py").write_text(_DRAWS, "utf-8")
    config = replace(config, model=f"{tmp_path / 'draws.py'}:Noisy")
    before = random.getstate()
    whole, folder, control = recorded(config, tmp_path / "whole"), tmp_path / "run", Control()
    assert random.getstate() == before
    stopped_at(record(train(config, control), folder), control, 5)  # type: ignore[arg-type]
    random.seed(99)
    list(go_on(folder))
    assert final_bits(folder) == final_bits(whole)


def test_network_that_keeps_what_no_file_holds_is_refused(config: TrainConfig, tmp_path: Path) -> None:
    (tmp_path / "draws.py").write_text(_DRAWS, "utf-8")
    with pytest.raises(CnnvizError, match="keeps a dict with its weights, _extra_state: files hold tensors only"):
        recorded(replace(config, model=f"{tmp_path / 'draws.py'}:Counting"), tmp_path / "run")


@pytest.mark.parametrize("at", [625.0, -1.0, 0.5])
def test_random_numbers_that_never_stood_there_are_refused(at: float) -> None:
    for name, array in others_captured().items():
        array[-2] = at
        with pytest.raises(ValueError, match="beyond their end"):
            restore_others({name: array})


def test_parts_that_a_lack_of_memory_asked_for_are_gone_on_with_where_there_is_enough(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sums of parts are rounded otherwise than that of the whole batch."""
    find = state.find_gradients

    def find_of_few(*given: object, part: int | None = None) -> object:
        if part is None:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return find(*given, part=part)  # type: ignore[arg-type]

    monkeypatch.setattr(state, "find_gradients", find_of_few)
    config = replace(config, model="lenet")
    whole, folder, control = recorded(config, tmp_path / "whole"), tmp_path / "run", Control()
    stopped_at(record(train(config, control), folder), control, 5)  # type: ignore[arg-type]
    monkeypatch.undo()
    list(go_on(folder))
    assert final_bits(folder) == final_bits(whole)


def test_more_epochs_after_the_end_are_those_of_a_longer_run(config: TrainConfig, tmp_path: Path) -> None:
    config = replace(config, schedule="constant")
    whole, folder = recorded(replace(config, epochs=3), tmp_path / "whole"), recorded(config, tmp_path / "run")
    list(go_on(folder, epochs=3))
    assert final_bits(folder) == final_bits(whole)
    assert told(folder) == told(whole)
    assert read_config(folder).epochs == 3


def test_finished_run_says_that_it_needs_more_epochs(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with pytest.raises(CnnvizError, match="has done 2 epochs; 2 in all are asked for") as caught:
        go_on(folder)
    assert "--epochs 4" in caught.value.hint
    with pytest.raises(CnnvizError, match="Batch size cannot become 64 when a run goes on: it is 20"):
        go_on(folder, batch_size=64)
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_learning_rate_given_for_the_rest_holds_for_the_rest(config: TrainConfig, tmp_path: Path) -> None:
    config, folder, control = replace(config, schedule="constant"), tmp_path / "run", Control()
    stopped_at(record(train(config, control), folder), control, 3)  # type: ignore[arg-type]
    control = Control()
    stopped_at(go_on(folder, control, learning_rate=0.5), control, 4)
    resumed = next(event for event in go_on(folder) if isinstance(event, RunResumed))
    assert resumed.learning_rate == 0.5


def test_run_that_is_going_on_is_not_gone_on_with(config: TrainConfig, tmp_path: Path) -> None:
    folder, control = tmp_path / "run", Control()
    stopped_at(record(train(config, control), folder), control, 3)  # type: ignore[arg-type]
    events = go_on(folder)
    next(events)
    with pytest.raises(CnnvizError, match="is going on"):
        list(go_on(folder))
    list(events)
    assert read_status(folder)["state"] == "finished"


def test_folder_that_cannot_be_written_is_not_taken_for_a_run_that_is_going_on(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = recorded(config, tmp_path / "run")

    def refuse(path: Path, *_args: object, **_kwargs: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refuse)
        with pytest.raises(CnnvizError, match=r"status\.json cannot be written: Read-only file system"):
            list(go_on(folder, epochs=9))
    assert [event for event in go_on(folder, epochs=9) if isinstance(event, RunResumed)]


def test_run_without_a_checkpoint_to_go_on_from_says_what_is_missing(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    for file in folder.rglob("state.*"):
        file.unlink()
    with pytest.raises(CnnvizError, match=r"hold weights alone, no state\.safetensors") as caught:
        go_on(folder, epochs=9)
    assert "--weights" in caught.value.hint
    shutil.rmtree(folder / "checkpoints")
    with pytest.raises(CnnvizError, match="it has written no checkpoint"):
        go_on(folder, epochs=9)


@pytest.mark.parametrize("name", ["state.safetensors", "state.json", "model.safetensors", "checkpoint.json"])
def test_damaged_checkpoint_gives_way_to_the_one_before(config: TrainConfig, name: str, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    whole = final_bits(folder)
    newest = folder / "checkpoints" / "epoch-0002" / name
    newest.chmod(0o600)
    newest.write_bytes(newest.read_bytes()[:-20])
    assert read_resume_point(folder).checkpoint.name == "epoch-0001"
    said = [event.what for event in go_on(folder) if isinstance(event, Noticed)]
    assert any("epoch-0002 is damaged" in each and "goes on from epoch-0001, the one before" in each for each in said)
    assert final_bits(folder) == whole


def test_checkpoint_that_lost_a_file_is_told_to_give_way(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    (folder / "checkpoints" / "epoch-0002" / "state.json").unlink()
    (folder / "checkpoints" / "best-of-mine").mkdir()
    shutil.copy(folder / "checkpoints" / "epoch-0002" / "model.safetensors", folder / "checkpoints" / "best-of-mine")
    point = read_resume_point(folder)
    assert point.checkpoint.name == "epoch-0001"
    assert point.passed_over.startswith("epoch-0002 is damaged")


@pytest.mark.parametrize("lost", ["model.safetensors", "all files", "the folder"])
def test_newest_checkpoint_that_lost_its_weights_is_told_to_give_way(
    config: TrainConfig, lost: str, tmp_path: Path
) -> None:
    folder = recorded(config, tmp_path / "run")
    whole, newest = final_bits(folder), folder / "checkpoints" / "epoch-0002"
    for file in (newest / lost,) if "." in lost else newest.iterdir():
        file.unlink()
    if lost == "the folder":
        newest.rmdir()
    said = [event.what for event in go_on(folder) if isinstance(event, Noticed)]
    what = "epoch-0002, its newest checkpoint, is not there" if lost == "the folder" else "epoch-0002 is damaged ("
    assert any(each.startswith(what) and "goes on from epoch-0001, the one before" in each for each in said)
    assert final_bits(folder) == whole


def test_run_killed_right_after_it_went_back_has_weights(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    newest = folder / "checkpoints" / "epoch-0002" / "state.safetensors"
    newest.write_bytes(newest.read_bytes()[:-1])
    events = go_on(folder)
    next(event for event in events if isinstance(event, RunResumed))
    shutil.copytree(folder, tmp_path / "killed")
    events.close()  # type: ignore[attr-defined]
    assert checkpoint.read_newest_weights(tmp_path / "killed").about["epoch"] == "1"


def test_run_that_cannot_go_on_names_weights_that_can_be_begun_with(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(replace(config, epochs=5), tmp_path / "run")
    for epoch in (3, 4, 5):
        (folder / "checkpoints" / f"epoch-000{epoch}" / "model.safetensors").unlink()
    shutil.rmtree(folder / "checkpoints" / "best")
    shutil.rmtree(folder / "checkpoints" / "final")
    with pytest.raises(CnnvizError, match=r"epoch-0005 is damaged \(model\.safetensors is missing\)") as caught:
        go_on(folder, epochs=9)
    assert caught.value.hint == f"Begin a new run with --weights {folder / 'checkpoints' / 'epoch-0002'}."


@pytest.mark.parametrize("name", ["state.safetensors", "state.json", "model.safetensors", "checkpoint.json"])
def test_checkpoint_with_one_other_bit_gives_way(config: TrainConfig, name: str, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    file = folder / "checkpoints" / "epoch-0002" / name
    content = bytearray(file.read_bytes())
    content[content.rindex(b"1") if name.endswith("json") else -7] ^= 1
    file.write_bytes(content)
    point = read_resume_point(folder)
    assert (point.checkpoint.name, point.passed_over[:22]) == ("epoch-0001", "epoch-0002 is damaged ")
    assert f"{name} is not the file that the run has written there" in point.passed_over


def test_weights_of_another_run_of_the_same_shapes_are_not_gone_on_with(config: TrainConfig, tmp_path: Path) -> None:
    folder, other = recorded(config, tmp_path / "run"), recorded(replace(config, seed=7), tmp_path / "other")
    place = Path("checkpoints", "epoch-0002", "model.safetensors")
    shutil.copy(other / place, folder / place)
    assert read_resume_point(folder).checkpoint.name == "epoch-0001"


def test_checkpoint_of_an_earlier_version_without_sums_is_gone_on_from(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    (folder / "checkpoints" / "epoch-0002" / "sums.json").unlink()
    assert read_resume_point(folder).checkpoint.name == "epoch-0002"
    assert not read_resume_point(folder).passed_over


@pytest.mark.parametrize("name", ["checkpoints", "judged"])
def test_run_whose_folders_are_links_removes_nothing_where_they_lead(
    config: TrainConfig, name: str, tmp_path: Path
) -> None:
    folder, theirs = recorded(config, tmp_path / "run"), tmp_path / "theirs"
    (folder / name).rename(theirs)
    (theirs / "my-photos").mkdir()
    (folder / name).symlink_to(theirs)
    before = sorted(theirs.rglob("*")), (folder / "metrics.jsonl").read_bytes(), (folder / "status.json").read_bytes()
    with pytest.raises(CnnvizError, match="is a link to"):
        list(go_on(folder, epochs=3))
    assert before[0] == sorted(theirs.rglob("*"))
    assert before[1:] == ((folder / "metrics.jsonl").read_bytes(), (folder / "status.json").read_bytes())


def test_run_that_goes_on_removes_what_runs_have_written_alone(config: TrainConfig, tmp_path: Path) -> None:
    folder, theirs = recorded(config, tmp_path / "run"), tmp_path / "theirs"
    shutil.copytree(folder / "checkpoints" / "epoch-0002", theirs)
    final = folder / "checkpoints" / "final"
    shutil.rmtree(final)
    final.symlink_to(theirs)
    (folder / "checkpoints" / "my-notes").mkdir()
    list(go_on(folder, epochs=3))
    assert (folder / "checkpoints" / "my-notes").is_dir()
    assert len(list(theirs.iterdir())) == 5
    assert final.is_dir()
    assert not final.is_symlink()


def test_run_that_cannot_be_prepared_again_is_left_as_it_was(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    before = (folder / "metrics.jsonl").read_bytes(), read_status(folder)["state"]
    Path(config.model.rpartition(":")[0]).unlink()
    with pytest.raises(CnnvizError):
        list(go_on(folder, epochs=4))
    assert ((folder / "metrics.jsonl").read_bytes(), read_status(folder)["state"]) == before
    assert (folder / "checkpoints" / "final").is_dir()


def test_other_network_or_other_data_are_refused(config: TrainConfig, tmp_path: Path, monkeypatch) -> None:
    folder = recorded(config, tmp_path / "run")
    file = Path(config.model.rpartition(":")[0])
    file.write_text(resumed_runs.NET.replace("120", "121"))
    with pytest.raises(CnnvizError, match=r"The network is not the one that the run began with: .* size mismatch"):
        list(go_on(folder, epochs=4))
    file.write_text(resumed_runs.NET)
    with_other_facts(folder, images=7)
    with pytest.raises(CnnvizError, match="begun with 7 training images, and there are 130 now"):
        list(go_on(folder, epochs=4))


def test_disk_that_fills_up_leaves_the_last_checkpoint_to_go_on_from(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, folder, control = recorded(config, tmp_path / "whole"), tmp_path / "run", Control()
    said, save = [], checkpoint._save
    ran = record(train(config, control), folder)

    def full(arrays: object, file: Path, about: dict[str, str], rights: int) -> None:
        if int(about.get("step", 0)) >= 7:
            no_space()
        save(arrays, file, about, rights)  # type: ignore[arg-type]

    monkeypatch.setattr(checkpoint, "_save", full)
    for event in ran:
        said.append(event)
        if isinstance(event, StepsDone) and event.last_step == 9:
            control.stop()
            break
    with pytest.raises(NoSpaceError) as caught:
        list(ran)
    assert any(isinstance(event, Noticed) and "Training goes on. Kept so far" in event.what for event in said)
    assert caught.value.message.endswith("Kept so far: epoch 0, step 0.")
    assert caught.value.hint == "Free some disk space, then go on from there: Continue, or --resume."
    last = read_run(folder).events[-1]
    assert isinstance(last, RunFailed)
    assert (last.reason, last.message) == ("stopped", str(caught.value))
    monkeypatch.undo()
    assert read_resume_point(folder).step == 0
    list(go_on(folder))
    assert final_bits(folder) == final_bits(whole)
    assert told(folder) == told(whole)


def test_checkpoint_whose_journal_row_was_not_written_is_gone_on_from(config: TrainConfig, tmp_path: Path) -> None:
    """A kill between the two."""
    folder = recorded(config, tmp_path / "run")
    whole = told(folder)
    lines = (folder / "metrics.jsonl").read_text().splitlines(keepends=True)
    at = max(number for number, line in enumerate(lines) if '"checkpoint"' in line)
    (folder / "metrics.jsonl").write_text("".join(lines[:at]) + '{"kind": "st')
    list(go_on(folder, epochs=3))
    assert told(folder)[: len(whole)] == whole
    assert sum('"checkpoint"' in line for line in (folder / "metrics.jsonl").read_text().splitlines()) == 4


def test_journal_that_is_taken_up_twice_has_its_lines_once(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_text("a\nb\nhalf")
    journal = Journal(file)
    journal.add("c")
    journal.take_up(lambda lines: list(lines[:1]))
    journal.take_up()
    journal.write()
    journal.close()
    assert file.read_text() == "a\nc\n"
    assert journal.row_count == 2


def test_versions_that_differ_are_said(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    with_other_facts(folder, torch="1.0")
    events: list[Event] = [event for event in go_on(folder, epochs=3) if isinstance(event, Noticed)]
    assert any("begun with torch 1.0" in str(event) for event in events)


def test_older_epochs_keep_their_weights_alone(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(replace(config, epochs=5), tmp_path / "run")
    held = {each.name: (each / "state.safetensors").is_file() for each in (folder / "checkpoints").glob("epoch-*")}
    assert held == {f"epoch-{number:04d}": number >= 3 for number in range(6)}


def test_weights_of_a_resumed_run_say_what_they_are(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    about = json.loads((folder / "checkpoints" / "epoch-0002" / "checkpoint.json").read_text())
    finished = [event for event in go_on(folder, epochs=3) if isinstance(event, RunFinished | WeightsReady)]
    again = json.loads((folder / "checkpoints" / "epoch-0003" / "checkpoint.json").read_text())
    assert again == about | {"epoch": "3", "step": "21"}
    assert isinstance(finished[-1], RunFinished)


def _changing(events: Iterator[Recorded], control: Control, step: int, end: int | None = None) -> list[Recorded]:
    """Wish for another learning rate after one step, and for a stop after another; return what was told."""
    heard = []
    for event in events:
        heard.append(event)
        if isinstance(event, StepsDone) and event.last_step == step:
            control.change_learning_rate(0.002)
        if isinstance(event, StepsDone) and event.last_step == end:
            control.stop()
    return heard


@pytest.mark.parametrize("end", [4, 9], ids=["at once", "an epoch later"])
def test_run_whose_learning_rate_was_changed_goes_on_with_it_to_the_same_bits(
    config: TrainConfig, end: int, tmp_path: Path
) -> None:
    config = replace(config, optimizer="sgd", momentum=0.9)
    control, whole, folder = Control(), tmp_path / "whole", tmp_path / "run"
    heard = _changing(record(train(config, control), whole), control, 3)  # type: ignore[arg-type]
    assert [event for event in heard if isinstance(event, LearningRateChanged)] == [LearningRateChanged(1, 3, 0.002)]
    plain = recorded(config, tmp_path / "plain")
    assert told(plain)[:4] == told(whole)[:4]  # step 4 is the first with the new rate, step 5's loss shows it
    assert told(plain)[4] != told(whole)[4]
    control = Control()
    _changing(record(train(config, control), folder), control, 3, end)  # type: ignore[arg-type]
    list(go_on(folder))
    assert final_bits(folder) == final_bits(whole)
    assert told(folder) == told(whole)
    assert read_run(folder).config.learning_rate == config.learning_rate


def test_learning_rate_is_kept_the_moment_it_is_changed(config: TrainConfig, tmp_path: Path) -> None:
    """What is killed right after it goes on with the rate that was chosen, and the journal says so."""
    control, whole, folder = Control(), tmp_path / "whole", tmp_path / "run"
    _changing(record(train(config, control), whole), control, 3)  # type: ignore[arg-type]
    control = Control()
    ran = record(train(config, control), folder)
    for event in ran:
        if isinstance(event, StepsDone) and event.last_step == 3:
            control.change_learning_rate(0.002)
        if isinstance(event, StepsDone) and event.last_step == 5:
            break
    ran.close()  # type: ignore[attr-defined]
    assert read_resume_point(folder).step == 3
    list(go_on(folder))
    assert final_bits(folder) == final_bits(whole)
    assert told(folder) == told(whole)
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    changes = [row for row in rows if row["kind"] == "learning_rate"]
    assert changes == [{"kind": "learning_rate", "epoch": 1, "step": 3, "learning_rate": 0.002}]
    assert "learning rate 0.002 from step 4 on" in (folder / "log.txt").read_text()


def test_learning_rate_given_to_a_run_that_goes_on_is_told_and_kept(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    changes = [each for each in go_on(folder, epochs=3, learning_rate=0.5) if isinstance(each, LearningRateChanged)]
    assert changes == [LearningRateChanged(3, 14, 0.5)]
    assert json.loads((folder / "checkpoints" / "epoch-0003" / "state.json").read_text())["learning_rate"] == 0.5


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_learning_rate_that_is_none_is_refused_before_the_run_hears_of_it(rate: float) -> None:
    control = Control()
    with pytest.raises(CnnvizError, match="Learning rate cannot be"):
        control.change_learning_rate(rate)
    assert control.take_learning_rate() is None


def _killed_before_its_first_checkpoint(config: TrainConfig, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands on disk when the power fails between the run's start and its first weights."""
    events = record(train(config), folder)
    next(event for event in events if type(event).__name__ == "RunStarted")
    left = folder.with_name("left")
    shutil.copytree(folder, left)
    events.close()  # type: ignore[attr-defined]
    shutil.rmtree(folder)
    left.rename(folder)
    status = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps(status | {"process": 2**22 + 1}))


def test_run_killed_before_its_first_checkpoint_begins_again_in_its_folder(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, folder = recorded(config, tmp_path / "whole"), tmp_path / "run"
    _killed_before_its_first_checkpoint(config, folder, monkeypatch)
    assert (read_run(folder).state, list((folder / "checkpoints").glob("*"))) == ("lost", [])
    events = go_on(folder)
    next(event for event in events if type(event).__name__ == "Preparing")
    events.close()  # type: ignore[attr-defined]  # ended again before it has started: it can still begin
    assert read_status(folder)["state"] == "lost"
    list(go_on(folder))
    assert final_bits(folder) == final_bits(whole)
    assert told(folder) == told(whole)
    kinds = [[type(event).__name__ for event in read_run(run).events] for run in (folder, whole)]
    assert [kind for kind in kinds[0] if kind != "Testing"] == [kind for kind in kinds[1] if kind != "Testing"]


def test_run_whose_weights_somebody_removed_is_not_begun_again(config: TrainConfig, tmp_path: Path) -> None:
    folder = recorded(config, tmp_path / "run")
    shutil.rmtree(folder / "checkpoints")
    journal = (folder / "metrics.jsonl").read_bytes()
    with pytest.raises(CnnvizError, match="it has written no checkpoint"):
        go_on(folder)
    assert (folder / "metrics.jsonl").read_bytes() == journal


def test_checkpoint_that_cannot_be_read_now_is_neither_passed_over_nor_removed(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = recorded(config, tmp_path / "run")
    before = sorted((folder / "checkpoints").rglob("*"))
    real = checkpoint_files.read_whole

    def refused(file: Path, most: int) -> bytes:
        if file.parent.name == "epoch-0002":
            raise PermissionError(13, "Permission denied", str(file))
        return real(file, most)

    monkeypatch.setattr(checkpoint_files, "read_whole", refused)
    with pytest.raises(CnnvizError, match="cannot be read: Permission denied"):
        go_on(folder, epochs=3)
    checkpoint.go_back_to(folder, "epoch-0000", 0)
    assert (folder / "checkpoints" / "epoch-0002" / "state.json").exists()
    assert {each for each in before if "epoch-0002" in each.parts} <= set((folder / "checkpoints").rglob("*"))
