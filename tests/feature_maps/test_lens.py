from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from cnnviz import machine
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps import lens as lens_module
from cnnviz.feature_maps.answers import WeightsError
from cnnviz.feature_maps.capture import capture
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.kept_maps import KeptMaps
from cnnviz.feature_maps.kernels.kernel_values import KernelQuestion
from cnnviz.feature_maps.lens import Lens
from cnnviz.feature_maps.looking import find_call
from cnnviz.feature_maps.questions import Question
from cnnviz.inspection.call import Call, Identity
from cnnviz.inspection.examples import Example
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.tracer import inspect
from cnnviz.pictures.samples import suited
from cnnviz.zoo import resolve
from cnnviz.zoo.weights import built
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

BOOT = suited((1, 28, 28)).file
LENET = resolve("lenet")
NETWORK = Inspected(LENET, inspect(LENET))


def question(weights: Weights, picture: Path, call: Call) -> Question:
    return Question(NETWORK, call, weights, picture, Scaling())


def test_what_does_not_fit_into_memory_is_refused_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = resolve("vgg11", {}, (1, 16384, 16384))
    inspected = Inspected(spec, inspect(spec))
    call = find_call(inspected.report, "block1.0")
    monkeypatch.setattr(machine, "free_bytes", lambda: 16 * 2**30)
    monkeypatch.setattr(lens_module, "built", lambda _spec: pytest.fail("built"))
    with pytest.raises(CnnvizError, match=r"of memory; 16\.0 GB is free"):
        Lens().maps(Question(inspected, call, RANDOM_WEIGHTS, BOOT, Scaling()))


@pytest.fixture
def forward_passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by the path of the call that was asked for with each forward pass."""
    passes: list[str] = []

    def counted(
        model: nn.Module, example: Example, call: Identity, budget: int, go_on: Callable[[], None] | None
    ) -> dict[Identity, Tensor | None]:
        passes.append(call.path)
        return capture(model, example, call, budget, go_on)

    monkeypatch.setattr(lens_module, "capture", counted)
    return passes


def test_another_layer_of_the_same_picture_is_not_computed_again(forward_passes: list[str]) -> None:
    lens, calls = Lens(), NETWORK.report.calls
    for call in (*calls, *calls):
        assert lens.maps(question(RANDOM_WEIGHTS, BOOT, call)).call == call.index
    assert forward_passes == [""]


def test_a_lens_without_budget_computes_each_layer(forward_passes: list[str]) -> None:
    lens, calls = Lens(budget=0), NETWORK.report.calls
    full = Lens()
    for call in calls[1:4]:
        asked = question(RANDOM_WEIGHTS, BOOT, call)
        assert np.array_equal(lens.maps(asked).values, full.maps(asked).values)
    assert forward_passes == [calls[at].path for at in (1, 1, 2, 3)]


def test_a_picture_that_changed_on_disk_is_read_again(tmp_path: Path, forward_passes: list[str]) -> None:
    lens, call = Lens(), NETWORK.report.calls[1]
    file = tmp_path / "a.png"
    for shade in (0, 255):
        Image.new("L", (28 + shade, 28), shade).save(file)
        assert lens.maps(question(RANDOM_WEIGHTS, file, call)).input.max() == shade / 255
    assert forward_passes == [call.path, call.path]


def test_random_weights_come_back_after_others(tmp_path: Path) -> None:
    lens, call = Lens(), NETWORK.report.calls[1]
    save_file({k: torch.zeros_like(v) for k, v in built(LENET).state_dict().items()}, tmp_path / "zero.safetensors")
    zero = Weights("file", file=tmp_path / "zero.safetensors")
    first = lens.maps(question(RANDOM_WEIGHTS, BOOT, call))
    assert not lens.maps(question(zero, BOOT, call)).values.any()
    assert np.array_equal(lens.maps(question(RANDOM_WEIGHTS, BOOT, call)).values, first.values)


def test_weights_written_anew_over_a_file_are_read_again(tmp_path: Path) -> None:
    lens, call, file = Lens(), NETWORK.report.calls[1], tmp_path / "w.safetensors"
    for value in (0.0, 1.0):
        save_file(
            {k: torch.full_like(v, value) for k, v in built(LENET).state_dict().items()}, file, {"v": "x" * int(value)}
        )
        assert lens.maps(question(Weights("file", file=file), BOOT, call)).values.any() == bool(value)


def test_after_weights_that_do_not_fit_the_lens_still_answers(tmp_path: Path) -> None:
    lens, call = Lens(), NETWORK.report.calls[1]
    first = lens.maps(question(RANDOM_WEIGHTS, BOOT, call))
    save_file({"other": torch.zeros(1)}, tmp_path / "w.safetensors")
    with pytest.raises(CnnvizError, match="do not fit"):
        lens.maps(question(Weights("file", file=tmp_path / "w.safetensors"), BOOT, call))
    assert np.array_equal(lens.maps(question(RANDOM_WEIGHTS, BOOT, call)).values, first.values)


def test_a_picture_that_cannot_be_read_does_not_show_the_one_before(tmp_path: Path) -> None:
    lens, call = Lens(), NETWORK.report.calls[1]
    lens.maps(question(RANDOM_WEIGHTS, BOOT, call))
    (tmp_path / "a.png").write_text("text")
    for _ in range(2):
        with pytest.raises(CnnvizError, match="not a picture"):
            lens.maps(question(RANDOM_WEIGHTS, tmp_path / "a.png", call))
    assert lens.maps(question(RANDOM_WEIGHTS, BOOT, call)).values.any()


def test_what_does_not_fit_is_random_whatever_was_looked_through_before(tmp_path: Path) -> None:
    ours = {name: tensor + 1 for name, tensor in built(LENET).state_dict().items()}
    save_file(ours, tmp_path / "ours.safetensors")
    save_file(built(resolve("lenet", {"num_classes": 7})).state_dict(), tmp_path / "seven.safetensors")
    lens, last = Lens(), NETWORK.report.calls[0]
    partial = Weights("file", file=tmp_path / "seven.safetensors", allow_mismatch=True)
    fresh = Lens().maps(question(partial, BOOT, last)).values
    lens.maps(question(Weights("file", file=tmp_path / "ours.safetensors"), BOOT, last))
    assert np.array_equal(lens.maps(question(partial, BOOT, last)).values, fresh)


def test_another_normalisation_is_computed_again_without_reading_the_weights(
    tmp_path: Path, forward_passes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file(built(LENET).state_dict(), tmp_path / "w.safetensors")
    weights, call = Weights("file", file=tmp_path / "w.safetensors"), NETWORK.report.calls[1]
    lens = Lens()
    before = lens.maps(question(weights, BOOT, call))
    monkeypatch.setattr(lens_module, "put_into", lambda *_: pytest.fail("read again"))
    after = lens.maps(question(replace(weights, normalise="half"), BOOT, call))
    assert np.allclose(after.input, before.input * 2 - 1)
    assert len(forward_passes) == 2
    with pytest.raises(WeightsError, match="this network takes 1"):
        lens.maps(question(replace(weights, normalise="imagenet"), BOOT, call))


def test_maps_that_are_still_kept_need_no_pass_and_are_dropped_where_there_is_no_room(
    forward_passes: list[str], tmp_path: Path
) -> None:
    call = find_call(NETWORK.report, "0")
    files = [tmp_path / f"{number}.safetensors" for number in range(2)]
    for number, file in enumerate(files):
        save_file({name: tensor + number for name, tensor in built(LENET).state_dict().items()}, file)
    lens, other = Lens(), Lens()
    asked = [question(Weights("file", file=file), BOOT, call) for file in files]
    first, second = (lens.maps(each).values for each in asked)
    assert len(forward_passes) == 2
    assert np.array_equal(lens.maps(asked[0]).values, first)
    assert len(forward_passes) == 2
    assert np.array_equal(other.maps(asked[1]).values, second)  # as captured apart
    save_file({name: tensor + 2 for name, tensor in built(LENET).state_dict().items()}, files[0])
    assert not np.array_equal(lens.maps(asked[0]).values, first)
    kept = KeptMaps(room=lens.maps(asked[0]).values.nbytes * 2)
    for number in range(4):
        kept.keep(number, lens.maps(asked[0]))
        assert kept.size <= lens.maps(asked[0]).values.nbytes * 2
    assert kept.find(0) is None


def test_kernels_need_no_pass_and_are_those_of_the_weights(forward_passes: list[str]) -> None:
    lens = Lens()
    asked = KernelQuestion(question(RANDOM_WEIGHTS, BOOT, find_call(NETWORK.report, "4")))
    assert np.array_equal(lens.kernels(asked).values, built(LENET)[3].weight.detach().numpy())
    assert lens.kernels(asked) is lens.kernels(asked)
    assert forward_passes == []
