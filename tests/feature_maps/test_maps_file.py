from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.feature_maps.drawn.colors import table
from cnnviz.feature_maps.maps_file import save

VALUES = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def feature_maps(values: np.ndarray = VALUES) -> FeatureMaps:
    return FeatureMaps("features.0", 2, values, np.zeros((1, 1, 28, 28), np.float32), "random weights (untrained)")


def test_npz_holds_what_the_interface_says_and_no_pickle(tmp_path: Path) -> None:
    save(feature_maps(), tmp_path / "maps.npz")
    with np.load(tmp_path / "maps.npz", allow_pickle=False) as saved:
        assert sorted(saved) == ["input", "layer", "values", "weights"]
        assert np.array_equal(saved["values"], VALUES)
        assert saved["values"].dtype == np.float32
        assert saved["input"].shape == (1, 1, 28, 28)
        assert (str(saved["layer"]), str(saved["weights"])) == ("features.0", "random weights (untrained)")


def test_png_shows_every_value_in_its_colour(tmp_path: Path) -> None:
    save(feature_maps(), tmp_path / "maps.PNG")
    pixels = np.asarray(Image.open(tmp_path / "maps.PNG"))
    opaque = {tuple(color) for color in pixels.reshape(-1, 4) if color[3]}
    steps = np.linspace(1.5, 255.5, 12).astype(int)
    assert opaque == {tuple(color) for color in table("viridis")[steps]}
    assert (pixels[..., 3] == 0).any()


def test_a_vector_is_saved_with_one_range_for_all(tmp_path: Path) -> None:
    save(feature_maps(np.array([0, 1, 2], np.float32).reshape(3, 1, 1)), tmp_path / "v.png", "grey")
    pixels = np.asarray(Image.open(tmp_path / "v.png"))
    assert sorted({int(color[0]) for color in pixels.reshape(-1, 4) if color[3]}) == [0, 128, 255]


@pytest.mark.parametrize("name", ["maps.jpg", "maps", "npz"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CnnvizError, match=r"neither in .png nor in .npz"):
        save(feature_maps(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_the_error_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CnnvizError, match="cannot be written"):
        save(feature_maps(), tmp_path / "file" / "maps.npz")
