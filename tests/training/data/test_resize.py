from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from cnnviz.training.data.batches import Batches
from cnnviz.training.data.image_data import ImageData
from cnnviz.training.data.resize import Resize

CPU = torch.device("cpu")


def random_pictures(count: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, height, width), np.uint8)


def by_pillow(pictures: np.ndarray, height: int, width: int) -> np.ndarray:
    return np.stack([np.asarray(Image.fromarray(one).resize((width, height), Image.BILINEAR)) for one in pictures])


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ((28, 28), (224, 224)),
        ((28, 28), (96, 96)),
        ((28, 28), (64, 64)),
        ((28, 28), (227, 227)),
        ((28, 28), (14, 14)),
        ((96, 96), (28, 28)),
        ((300, 300), (224, 224)),
        ((20, 47), (96, 96)),
        ((448, 448), (28, 28)),
        ((28, 28), (28, 28)),
        ((1, 1), (5, 5)),
    ],
)
def test_every_pixel_equals_pillow_s(source: tuple[int, int], target: tuple[int, int]) -> None:
    pictures = random_pictures(8, *source)
    ours = Resize(source, target, CPU)(torch.from_numpy(pictures)[:, None])
    assert np.array_equal(ours[:, 0].numpy(), by_pillow(pictures, *target).astype(np.float32))


def test_each_channel_is_resized_by_itself() -> None:
    pictures = random_pictures(6, 20, 20)
    ours = Resize((20, 20), (31, 31), CPU)(torch.from_numpy(pictures).reshape(2, 3, 20, 20))
    assert np.array_equal(ours.reshape(6, 31, 31).numpy(), by_pillow(pictures, 31, 31).astype(np.float32))


def test_batches_hold_what_resize_and_totensor_make() -> None:
    from torchvision import transforms

    pictures = random_pictures(5, 28, 28)
    data = ImageData(pictures[:, None], np.arange(5), tuple("abcde"))
    transform = transforms.Compose([transforms.Resize(64), transforms.ToTensor()])
    expected = torch.stack([transform(Image.fromarray(one)) for one in pictures])
    batches = list(Batches(data, (1, 64, 64), 2, CPU).in_order())
    assert [len(labels) for _, labels in batches] == [2, 2, 1]
    assert torch.equal(torch.cat([images for images, _ in batches]), expected)


def test_grey_pictures_are_repeated_for_a_colour_network() -> None:
    data = ImageData(random_pictures(4, 8, 8)[:, None], np.zeros(4, np.int64), ("a",))
    images, _ = Batches(data, (3, 8, 8), 4, CPU).head(4)
    assert images.shape == (4, 3, 8, 8)
    assert torch.equal(images[:, 0], images[:, 2])


def test_shuffled_batches_hold_every_picture_once_in_an_order_of_the_seed() -> None:
    data = ImageData(random_pictures(10, 4, 4)[:, None], np.arange(10), tuple("abcdefghij"))
    batches = Batches(data, (1, 4, 4), 3, CPU)

    def order(seed: int) -> list[int]:
        drawn = batches.shuffled(torch.Generator().manual_seed(seed))
        return [label for _, labels in drawn for label in labels.tolist()]

    assert sorted(order(1)) == list(range(10))
    assert order(1) == order(1) != order(2)
