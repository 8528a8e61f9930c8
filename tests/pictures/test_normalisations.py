from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from cnnviz.errors import CnnvizError
from cnnviz.pictures.normalisations import NORMALISATIONS, normalisation_named
from cnnviz.pictures.preprocessing import Preprocessing, prepare


def test_imagenets_mean_colour_becomes_zero() -> None:
    picture = Image.new("RGB", (8, 8), (124, 116, 104))
    pixels = prepare(picture, (3, 4, 4), Preprocessing("crop", normalisation_named("ImageNet", 3)))
    assert np.abs(pixels).max() < 0.5 / 255 / 0.2


def test_one_mean_stands_for_every_channel_and_each_may_have_its_own() -> None:
    assert normalisation_named("0.1307, 0.3081", 3) == ((0.1307,) * 3, (0.3081,) * 3)
    assert normalisation_named("0.1,0.2,0.3,1,2,3", 3) == ((0.1, 0.2, 0.3), (1, 2, 3))
    assert normalisation_named("0,0.00392156862745098", 1) == ((0,), (1 / 255,)), "0..255"
    assert normalisation_named("none", 3) is None


@pytest.mark.parametrize("text", ["imagenett", "", "0.5", "0.5,0", "0.5,-1", "0.5,nan", "1,2,3", "0.1,inf"])
def test_what_is_neither_a_name_nor_numbers_is_refused_with_the_names(text: str) -> None:
    with pytest.raises(CnnvizError, match=r"There is no normalisation.*none, imagenet.*MEAN,STD"):
        normalisation_named(text, 3)


@pytest.mark.parametrize(("text", "channels"), [("imagenet", 1), ("0.1,0.2,1,1", 3)])
def test_that_of_another_number_of_channels_is_refused(text: str, channels: int) -> None:
    with pytest.raises(CnnvizError, match=rf"this network takes {channels}"):
        normalisation_named(text, channels)
    assert {each.name for each in NORMALISATIONS if not each.suits(1)} == {"imagenet", "clip", "cifar10"}
