"""A picture that nobody wants any more is read no further."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cnnviz.pictures.given_up import GivenUpError, unless
from cnnviz.pictures.reading import read


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_picture_is_read_no_further_once_it_is_given_up(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"large.{ending}"
    Image.effect_noise((900, 900), 90).convert("RGB").save(file)
    asked = []

    def is_given_up() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(GivenUpError), unless(is_given_up):
        read(file)
    assert read(file).size == (900, 900)
