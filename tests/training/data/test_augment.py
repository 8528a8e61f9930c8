"""What augmentation does to each picture of a batch, against torchvision's functions and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as reference

from cnnviz.training.data.augment import Augment
from cnnviz.training.data.augmentations import AUGMENTATIONS, NOISE, augmentation_names, chosen
from cnnviz.training.data.batches import Batches
from cnnviz.training.data.image_data import ImageData
from cnnviz.training.data.picture_changes import colour_shift, flipped, jittered, moved, turned
from cnnviz.training.data.pixel_statistics import statistics_of

CPU = torch.device("cpu")
SHAPES = [(5, 1, 28, 28), (5, 3, 17, 40), (4, 3, 32, 32), (2, 5, 9, 3), (1, 1, 1, 1)]


def pictures(shape: tuple[int, ...]) -> Tensor:
    return torch.from_numpy(np.random.default_rng(1).integers(0, 256, shape, np.uint8))


@pytest.mark.parametrize("shape", SHAPES)
def test_flip_mirrors_those_that_are_drawn_and_no_others(shape: tuple[int, ...]) -> None:
    images, which = pictures(shape), torch.arange(shape[0]) % 2 == 0
    expected = [reference.horizontal_flip(image) if flip else image for image, flip in zip(images, which, strict=True)]
    assert torch.equal(flipped(images, which), torch.stack(expected))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("padding", [(4, 4), (3, 0), (50, 60)])
def test_crop_is_that_of_the_padded_picture(shape: tuple[int, ...], padding: tuple[int, int]) -> None:
    rows, columns = padding
    images, generator = pictures(shape), torch.Generator().manual_seed(0)
    down = torch.randint(0, 2 * rows + 1, shape[:1], generator=generator)
    right = torch.randint(0, 2 * columns + 1, shape[:1], generator=generator)
    for given in (images, images.float().contiguous(memory_format=torch.channels_last)):
        padded = [reference.pad(image, [columns, rows]) for image in given]
        places = zip(padded, down.tolist(), right.tolist(), strict=True)
        expected = torch.stack([reference.crop(image, top, left, *shape[2:]) for image, top, left in places])
        assert torch.equal(moved(given, down, right, padding), expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_rotation_is_torchvision_s_on_squares_and_others(shape: tuple[int, ...]) -> None:
    images, angles = pictures(shape), torch.linspace(-200, 15, shape[0])
    way = reference.InterpolationMode.BILINEAR
    expected = [reference.rotate(one.float(), angle.item(), way) for one, angle in zip(images, angles, strict=True)]
    assert torch.allclose(turned(images, angles.deg2rad()), torch.stack(expected), atol=0.01)


@pytest.mark.parametrize("channels", [1, 3])
def test_jitter_is_torchvision_s_brightness_contrast_and_saturation_in_turn(channels: int) -> None:
    images = pictures((6, channels, 13, 20))
    factors = torch.rand(3, 6, generator=torch.Generator().manual_seed(0)) * 1.6
    expected = []
    for image, (brightness, contrast, saturation) in zip(images, factors.T.tolist(), strict=True):
        bright = reference.adjust_brightness(image / 255, brightness)
        expected.append(reference.adjust_saturation(reference.adjust_contrast(bright, contrast), saturation))
    assert torch.allclose(jittered(images, *factors) / 255, torch.stack(expected), atol=1e-6)


def test_pca_noise_is_the_paper_s_formula() -> None:
    images = pictures((50, 3, 6, 6)).numpy() // np.array([1, 2, 3], np.uint8).reshape(3, 1, 1)
    pixels = images.transpose(0, 2, 3, 1).reshape(-1, 3) / 255
    values, vectors = np.linalg.eigh(np.cov(pixels.T, bias=True))
    found = statistics_of(images)
    assert np.allclose(found.mean.numpy(), pixels.mean(0), atol=1e-12)
    assert np.allclose(found.deviation.numpy(), pixels.std(0), atol=1e-12)
    signs = np.sign((found.components.numpy() * vectors).sum(0))
    amounts = np.array([[0.1, -0.2, 0.05], [0, 0, 1.0]])
    expected = [vectors @ (signs * amount * values) for amount in amounts]
    shift = colour_shift(torch.from_numpy(amounts), found.components)
    assert np.allclose(shift[:, :, 0, 0].numpy(), expected, atol=1e-12)


def test_pca_noise_is_added_to_what_the_network_gets_and_is_normal() -> None:
    images = pictures((400, 3, 8, 8)).numpy()
    data = ImageData(images, np.zeros(400, np.int64), ("a",))
    components = statistics_of(images).components
    plain = Batches(data, (3, 8, 8), 400, CPU).head(400)[0]
    noise = Batches(data, (3, 8, 8), 400, CPU, None, Augment(("pca",), 0, components)).head(400, 0)[0] - plain
    assert torch.allclose(noise, noise[:, :, :1, :1].expand_as(noise), atol=1e-6)
    amounts = noise[:, :, 0, 0].double() @ torch.linalg.inv(components).T
    assert amounts.std(0).numpy() == pytest.approx([NOISE] * 3, rel=0.15)
    assert amounts.mean(0).numpy() == pytest.approx([0] * 3, abs=0.02)


def test_statistics_are_exact_in_whatever_parts_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    images = pictures((37, 3, 5, 4)).numpy()
    whole = statistics_of(images)
    monkeypatch.setattr("cnnviz.training.data.pixel_statistics._CHUNK", 100)
    parts = statistics_of(images)
    assert torch.equal(whole.mean, parts.mean)
    assert torch.equal(whole.covariance, parts.covariance)


def test_what_is_drawn_follows_from_seed_and_step_alone() -> None:
    images = pictures((8, 3, 12, 12))
    augment, other = Augment(augmentation_names(), 7, torch.eye(3)), Augment(augmentation_names(), 7, torch.eye(3))
    first = [(augment.changed(images, step), augment.shift(8, CPU)) for step in range(3)]
    torch.rand(5)
    for step in (2, 0, 1):
        changed, shift = first[step]
        assert torch.equal(other.changed(images, step), changed)
        assert shift is not None
        assert torch.equal(other.shift(8, CPU), shift)  # type: ignore[arg-type]
    assert not torch.equal(first[0][0], first[1][0])
    assert not torch.equal(Augment(augmentation_names(), 8, torch.eye(3)).changed(images, 0), first[0][0])


def test_pictures_of_a_batch_are_changed_each_for_itself_and_within_bounds() -> None:
    images = pictures((1, 1, 16, 16)).expand(200, -1, -1, -1)
    for name in ("flip", "crop", "rotation", "jitter"):
        changed = Augment((name,), 0).changed(images, 0).flatten(1)
        kinds = len(changed.unique(dim=0))
        assert kinds == 2 if name == "flip" else kinds > 20, name
        assert 0 <= changed.min() <= changed.max() <= 255
    mirrored = Augment(("flip",), 0).changed(images, 0).ne(images).flatten(1).any(1).float().mean()
    assert mirrored.item() == pytest.approx(0.5, abs=0.1)


def test_pictures_are_given_normalised_and_never_augmented_in_order() -> None:
    images = pictures((6, 3, 10, 10)).numpy()
    data = ImageData(images, np.arange(6), tuple("abcdef"))
    how = ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    mean, std = (torch.tensor(each).view(3, 1, 1) for each in how)
    expected = (torch.from_numpy(images) / 255 - mean) / std
    batches = Batches(data, (3, 10, 10), 4, CPU, how, Augment(("flip", "crop", "jitter"), 0))
    assert torch.allclose(torch.cat([seen for seen, _ in batches.in_order()]), expected, atol=1e-6)
    shuffled = torch.cat([seen for seen, _ in batches.shuffled(torch.Generator().manual_seed(0))])
    assert not torch.allclose(shuffled.sum((1, 2, 3)).sort()[0], expected.sum((1, 2, 3)).sort()[0], atol=1e-3)


def test_grey_pictures_are_normalised_by_each_channel_of_the_network() -> None:
    data = ImageData(pictures((3, 1, 4, 4)).numpy(), np.zeros(3, np.int64), ("a",))
    seen, _ = Batches(data, (3, 4, 4), 3, CPU, ((0.1, 0.2, 0.3), (1.0, 0.5, 0.25))).head(3)
    plain = torch.from_numpy(data.images)[:, 0] / 255
    assert torch.allclose(seen[:, 2], (plain - 0.3) / 0.25, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 3, 2, 1), (1, 1, 300, 2), (3, 1, 5, 5)])
def test_odd_sizes_and_a_batch_of_one_are_augmented(shape: tuple[int, int, int, int]) -> None:
    data = ImageData(pictures(shape).numpy(), np.zeros(shape[0], np.int64), ("a",))
    every = Augment(augmentation_names(), 0, torch.eye(shape[1], dtype=torch.float64))
    for size in (1, 7):
        seen, _ = Batches(data, (shape[1], size, size), 8, CPU, None, every).head(8, 0)
        assert seen.shape == (shape[0], shape[1], size, size)
        assert seen.isfinite().all()


def test_names_are_taken_each_once_in_one_order() -> None:
    assert chosen("crop, flip,crop") == ("flip", "crop")
    assert chosen(None) == chosen("") == ()
    assert all(each.does for each in AUGMENTATIONS)
    assert math.isclose(NOISE, 0.1)
