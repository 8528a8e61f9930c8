from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from cnnviz.__main__ import main
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.strongest.exciting import strongest
from cnnviz.feature_maps.strongest.patches import PATCHES, Strongest, cut
from cnnviz.training.data.picture_set import PictureSet, picture_set

SAMPLE = "fashion-mnist-sample"


@pytest.fixture(scope="module")
def pictures() -> PictureSet:
    return picture_set(SAMPLE, "test", 90)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3), nn.ReLU())


def brute_force(model: nn.Module, pictures: PictureSet, layer: int) -> list[list[tuple[float, int]]]:
    """Return, for each channel, value and picture of the strongest, by a plain loop over plain forward passes."""
    found: list[list[tuple[float, int]]] = []
    for number in range(len(pictures)):
        pixels = torch.from_numpy(pictures.pixels(number, (1, 28, 28), "crop").astype(np.float32))[None] / 255
        with torch.no_grad():
            maps = model[: layer + 1](pixels)[0]  # type: ignore[index]
        found = found or [[] for _ in maps]
        for channel, one in enumerate(maps):
            found[channel].append((float(one.max()), number))
    return [sorted(each, key=lambda pair: -pair[0])[:PATCHES] for each in found]


@pytest.mark.parametrize("layer", [0, 2, 4])
def test_strongest_places_are_those_of_a_plain_loop(pictures: PictureSet, layer: int) -> None:
    model = network()
    found = strongest(model, str(layer), pictures, input_shape=(1, 28, 28))
    assert (found.seen, found.there) == (90, 2000)
    for channel, expected in enumerate(brute_force(model, pictures, layer)):
        np.testing.assert_allclose(found.values[channel], [value for value, _ in expected], rtol=1e-5, atol=1e-6)
        if len({round(value, 5) for value, _ in expected}) == PATCHES:
            assert list(found.pictures[channel]) == [number for _, number in expected]


def test_value_stands_at_the_place_that_is_told(pictures: PictureSet) -> None:
    model = network()
    found = strongest(model, "3", pictures, input_shape=(1, 28, 28))
    for channel in range(8):
        for patch in found.of(channel):
            pixels = pictures.pixels(patch.picture, (1, 28, 28), "crop").astype(np.float32) / 255
            with torch.no_grad():
                maps = model[:4](torch.from_numpy(pixels)[None])[0]
            assert float(maps[channel, patch.row, patch.column]) == pytest.approx(patch.value, rel=1e-5)


class _Moody(nn.Module):
    """What becomes of a picture hangs on those beside it."""

    def forward(self, pictures: Tensor) -> Tensor:
        return pictures - pictures.mean()


class _OneOnly(nn.Module):
    def forward(self, pictures: Tensor) -> Tensor:
        return pictures.reshape(1, 1, 28, 28) * 2


@pytest.mark.parametrize("odd", [_Moody, _OneOnly])
def test_pictures_that_change_one_another_go_through_alone(pictures: PictureSet, odd: type[nn.Module]) -> None:
    model = nn.Sequential(odd())
    found = strongest(model, "0", pictures, input_shape=(1, 28, 28))
    highest = max(value for _, value in _values(model, pictures))
    assert found.values[0, 0] == pytest.approx(highest, rel=1e-5)


def _values(model: nn.Module, pictures: PictureSet) -> list[tuple[int, float]]:
    inputs = [pictures.pixels(at, (1, 28, 28), "crop").astype(np.float32)[None] / 255 for at in range(len(pictures))]
    return [(at, float(model(torch.from_numpy(each)).max())) for at, each in enumerate(inputs)]


def test_channel_that_is_the_same_everywhere_has_no_patches(pictures: PictureSet) -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    nn.init.zeros_(model[0].weight)
    nn.init.constant_(model[0].bias, -1.0)  # dead
    assert strongest(model, "1", pictures, input_shape=(1, 28, 28)).of(0) == ()


def test_numbers_that_are_none_are_no_strongest() -> None:
    class Odd(nn.Module):
        def forward(self, pictures: Tensor) -> Tensor:
            return torch.cat([pictures, pictures.log() * 0 + pictures.sqrt().log()], 1)  # −inf where black

    found = strongest(nn.Sequential(Odd()), "0", picture_set(SAMPLE, "test", 20), input_shape=(1, 28, 28))
    assert np.isfinite(found.values).all()


class _Windows(nn.Module):
    def forward(self, pictures: Tensor) -> Tensor:
        return pictures.reshape(-1, 1, 14, 28)  # two for each picture


def test_slices_are_refused_rather_than_looked_through_in_part(pictures: PictureSet) -> None:
    with pytest.raises(CnnvizError, match="2 slices of each map"):
        strongest(nn.Sequential(_Windows()), "0", pictures, input_shape=(1, 28, 28))


def test_cancelling_ends_the_pass(pictures: PictureSet) -> None:
    told: list[int] = []

    def stop(done: int, _of: int) -> None:
        told.append(done)
        if done > 2:
            raise CnnvizError("It was given up.")

    with pytest.raises(CnnvizError, match="given up"):
        strongest(network(), "0", pictures, input_shape=(1, 28, 28), told=stop)
    assert max(told) < 90


def test_patch_is_cut_as_its_box_says_and_padding_is_transparent() -> None:
    pixels: npt.NDArray[np.uint8] = np.arange(25, dtype=np.uint8).reshape(1, 5, 5)
    patch = cut(pixels, (-1, 3, 1, 5))
    assert patch.shape == (3, 3, 4)
    assert patch[..., 3].tolist() == [[0, 0, 0], [255, 255, 0], [255, 255, 0]]
    assert patch[1, :2, 0].tolist() == [3, 4]


def test_unreadable_pictures_are_left_out_and_told_of(tmp_path: Path) -> None:
    for half in ("train", "test"):
        for name in ("a", "b"):
            (tmp_path / half / name).mkdir(parents=True)
            for at in range(3):
                Image.fromarray(np.full((8, 8), 60 * at, np.uint8)).save(tmp_path / half / name / f"{at}.png")
    (tmp_path / "test" / "b" / "1.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    found = strongest(nn.Sequential(nn.Conv2d(1, 2, 3)), "0", tmp_path, input_shape=(1, 8, 8))
    assert (found.seen, found.there) == (5, 6)
    assert any("1 picture could not be read" in note for note in found.notes)
    assert (found.pictures == -1).sum() == 2 * 4  # five pictures, nine ranks


def _found(pictures: PictureSet) -> Strongest:
    return strongest(network(), "3", pictures, input_shape=(1, 28, 28))


def test_fields_are_what_is_cut_out(pictures: PictureSet) -> None:
    found = _found(pictures)
    boxes = found.boxes()
    assert (boxes[..., 2] - boxes[..., 0] + 1 == 10).all()  # 5, pooled by 2, 3: 5 + 1 + 2 × 2


def test_command_writes_picture_and_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["strongest", "lenet", "--layer", "0", "--data", SAMPLE, "--limit", "40"]
    assert main([*words, "--out", str(tmp_path / "a" / "猫.png")]) == 0
    assert "6 channels of 0, 40 pictures of Fashion-MNIST sample, test" in capsys.readouterr().out
    with Image.open(tmp_path / "a" / "猫.png") as written:
        assert written.mode == "RGB"
    assert main([*words, "--out", str(tmp_path / "a.npz")]) == 0
    with np.load(tmp_path / "a.npz") as numbers:
        assert numbers["values"].shape == (6, 9)
        assert numbers["boxes"].shape == (6, 9, 4)
        assert "number" in str(numbers["names"][0, 0])
    assert main([*words, "--channel", "6", "--out", str(tmp_path / "b.png")]) == 2
    assert "There is no channel 6" in capsys.readouterr().err
