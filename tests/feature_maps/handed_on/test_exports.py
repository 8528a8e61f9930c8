"""What leaves the window: a title, every number of a channel, the scale, the values, and the same arithmetic."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from base64 import b64decode
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import Answer
from cnnviz.feature_maps.drawn import lettering
from cnnviz.feature_maps.drawn.colors import table
from cnnviz.feature_maps.drawn.drawing import draw
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.handed_on.arithmetic_export import of_arithmetic, result_words
from cnnviz.feature_maps.handed_on.kernels_export import of_kernels
from cnnviz.feature_maps.handed_on.maps_export import of_all_maps, of_heat, of_one_map, of_other_maps, of_two
from cnnviz.feature_maps.handed_on.play_export import of_board
from cnnviz.feature_maps.handed_on.shown_export import Export
from cnnviz.feature_maps.kernels.kernel_drawing import KernelLook, draw_kernels
from cnnviz.feature_maps.kernels.kernel_values import KernelQuestion
from cnnviz.feature_maps.lens import Lens
from cnnviz.feature_maps.playground.known_examples import KNOWN_EXAMPLES
from cnnviz.feature_maps.questions import HeatQuestion, HeatWish, PixelQuestion, Place, Question
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.tracer import inspect
from cnnviz.pictures.samples import suited
from cnnviz.zoo.catalog import resolve
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS

LENET = resolve("lenet")
NETWORK = Inspected(LENET, inspect(LENET))
LENS = Lens()
SVG = "{http://www.w3.org/2000/svg}"


def answer(layer: str, scaling: Scaling | None = None) -> Answer:
    call = NETWORK.report.find(layer)
    assert call is not None
    question = Question(NETWORK, call, RANDOM_WEIGHTS, suited(LENET.input_shape).file, scaling or Scaling())
    maps = LENS.maps(question)
    return Answer(question, maps, draw(maps.values, question.scaling))


def save(export: Export, folder: Path, ending: str) -> Path:
    file = folder / f"网络{ending}"
    export.save(file)
    return file


def picture_of(export: Export, folder: Path) -> Image.Image:
    with Image.open(save(export, folder, ".png")) as picture:
        return picture.copy()


def colors_of(picture: Image.Image) -> set[tuple[int, ...]]:
    return {tuple(map(int, each)) for each in np.asarray(picture.convert("RGB")).reshape(-1, 3)}


def words_of(svg: Path) -> str:
    return " ".join(each.text or "" for each in ET.parse(svg).iter(f"{SVG}text"))


def test_all_maps_are_light_with_every_colour_and_enlarged_or_in_real_pixels(tmp_path: Path) -> None:
    found = answer("0")
    for real in (False, True):
        picture = picture_of(of_all_maps(found, "grey", real_pixels=real), tmp_path)
        assert picture.getpixel((0, 0)) == (255, 255, 255)
        used = {tuple(map(int, table("grey")[level, :3])) for level in np.unique(found.drawing.levels)}
        assert used <= colors_of(picture)
        whole = np.asarray(picture.convert("L"))
        one = table("grey")[found.drawing.map_levels(0)][..., 0]
        factor = 1 if real else 3
        rows, columns = one.shape
        place = whole[:, 16 : 16 + columns * factor]
        shown = one.repeat(factor, 0).repeat(factor, 1)
        tops = [top for top in range(len(place) - len(shown)) if np.array_equal(place[top : top + len(shown)], shown)]
        assert len(tops) == 1, (real, rows)


def test_one_map_and_a_vector_hold_their_numbers(tmp_path: Path) -> None:
    found = answer("0")
    export = of_one_map(found, 2, "viridis")
    with np.load(save(export, tmp_path, ".npz"), allow_pickle=False) as saved:
        assert np.array_equal(saved["values"], found.maps.values[2:3])
    assert picture_of(export, tmp_path).height > 400
    with pytest.raises(CnnvizError, match=r"ends in none of .png, .svg, .npz"):
        export.save(tmp_path / "map.jpg")
    vector = answer("")
    words = words_of(save(of_all_maps(vector, "viridis"), tmp_path, ".svg"))
    assert "lenet, output: 10 features" in words
    assert f"{float(vector.maps.values[3, 0, 0]):.4g}".replace("-", "−") in words


@pytest.mark.parametrize("color_map", ["viridis", "diverging"])
def test_a_drawing_of_maps_holds_each_once_in_real_pixels_with_its_number_in_letters(
    tmp_path: Path, color_map: str
) -> None:
    found = answer("0")
    file = save(of_all_maps(found, color_map), tmp_path, ".svg")
    root = ET.parse(file).getroot()
    images = [each.get("href", "").removeprefix("data:image/png;base64,") for each in root.iter(f"{SVG}image")]
    maps = len(found.maps.values)
    assert len(images) == maps + 1  # and the colours
    for channel in range(maps):
        with Image.open(BytesIO(b64decode(images[channel]))) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        np.testing.assert_array_equal(pixels, table(color_map)[found.drawing.map_levels(channel)][..., :3])
    assert {str(channel) for channel in range(maps)} <= set(words_of(file).split())
    picture = of_all_maps(found, color_map).image()
    assert (root.get("width"), root.get("height")) == (str(picture.width), str(picture.height))
    assert file.stat().st_size < 3 * found.maps.values.size


def test_other_maps_stand_beside_those_of_the_page(tmp_path: Path) -> None:
    here, there = answer("0"), answer("3")
    left = of_all_maps(here, "grey")
    right = of_other_maps("3", there.maps, there.drawing, "grey", range(len(there.maps.values)))
    both = of_two(left, right, "both")
    picture = picture_of(both, tmp_path)
    assert picture.width == left.image().width + right.image().width
    with np.load(save(both, tmp_path, ".npz"), allow_pickle=False) as saved:
        assert np.array_equal(saved["other_values"], there.maps.values)


@pytest.mark.parametrize("layer", ["3", ""])
def test_both_sides_are_one_drawing_with_all_that_either_has(layer: str, tmp_path: Path) -> None:
    here, there = answer("0"), answer(layer)  # maps beside maps, and beside a vector's bars
    left, right = of_all_maps(here, "grey"), of_all_maps(there, "grey")
    both = of_two(left, right, "both")
    file = save(both, tmp_path, ".svg")
    root = ET.parse(file).getroot()
    alone = [ET.fromstring(each.svg()) for each in (left, right) if each.svg is not None]
    (width, height), (further, other) = ((int(each.get("width", "")), int(each.get("height", ""))) for each in alone)
    assert root.get("viewBox") == f"0 0 {width + further} {max(height, other)}"
    sides = root.findall(f"{SVG}g")
    assert [each.get("transform") for each in sides] == [None, f"translate({width} 0)"]
    assert [len(list(each.iter())) for each in sides] == [len(list(each.iter())) for each in alone]
    for export, ending in ((left, "left"), (right, "right")):
        export.save(tmp_path / f"{ending}.svg")
        assert words_of(tmp_path / f"{ending}.svg") in words_of(file)


def test_a_function_of_one_number_is_said_as_its_formula_says_it() -> None:
    found = answer("1")
    low, high = float(found.maps.values.min()), float(found.maps.values.max())
    at = Place(*(int(each) for each in np.unravel_index(int(found.maps.values.argmax()), found.maps.values.shape)))
    sigmoid = LENS.arithmetic(PixelQuestion(found.question, at))
    assert low < high
    assert sigmoid.x is not None
    assert f"x = {sigmoid.x:.4g}, 1 / (1 + e^−x) = {high:.4g}".replace("-", "−") == result_words(sigmoid)
    convolution = LENS.arithmetic(PixelQuestion(answer("0").question, Place(0, 3, 3)))
    assert convolution.x is None
    assert result_words(convolution).startswith("Sum ")


def test_heat_and_kernels_are_saved_with_their_numbers(tmp_path: Path) -> None:
    found = answer("0")
    heat = LENS.heat(HeatQuestion(found.question, HeatWish("gradient")), lambda _done, _all: None)
    with np.load(save(of_heat(heat, "lenet", "boot.png", 0.6), tmp_path, ".npz"), allow_pickle=False) as saved:
        assert np.array_equal(saved["heat"], heat.heat)
    assert picture_of(of_heat(heat, "lenet", "boot.png", 0.6, real_pixels=True), tmp_path).width < 600
    kernels = LENS.kernels(KernelQuestion(found.question))
    export = of_kernels(draw_kernels(kernels, KernelLook()), "lenet")
    with np.load(save(export, tmp_path, ".npz"), allow_pickle=False) as saved:
        assert np.array_equal(saved["values"], kernels.values)
    assert picture_of(export, tmp_path).width > 300


@pytest.mark.parametrize(("layer", "place"), [("3", Place(7, 0, 0)), ("", Place(3, 0, 0)), ("2", Place(1, 3, 4))])
def test_the_arithmetic_is_drawn_with_its_largest_terms_and_its_sum(layer: str, place: Place, tmp_path: Path) -> None:
    question = replace(answer(layer).question, scaling=Scaling())
    found = LENS.arithmetic(PixelQuestion(question, place))
    export = of_arithmetic(found, "lenet", "靴子.png")
    words = words_of(save(export, tmp_path, ".svg"))
    assert "靴子.png" in words
    assert f"= {found.computed:.4g}".replace("-", "−") in words
    assert picture_of(export, tmp_path).getpixel((0, 0)) == (255, 255, 255)
    with np.load(save(export, tmp_path, ".npz"), allow_pickle=False) as saved:
        assert float(saved["product"].sum()) + float(np.nan_to_num(saved["bias"])) == pytest.approx(found.computed)


@pytest.mark.parametrize("example", KNOWN_EXAMPLES, ids=lambda each: each.title)
def test_every_example_of_the_playground_is_drawn(example: object, tmp_path: Path) -> None:
    board = example.board()  # type: ignore[attr-defined]
    export = of_board(board, (0, 0, 0))
    words = words_of(save(export, tmp_path, ".svg"))
    assert board.operation.kind in words
    assert "Output, channel 0, row 0, column 0:" in words
    assert picture_of(export, tmp_path).width > 100


def test_letters_that_no_font_has_are_written_with_those_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for cached in (lettering._font_of, lettering._found):
        cached.cache_clear()
    monkeypatch.setattr(lettering, "_FONTS", ())
    assert lettering.printed("3 × 3 → −1") == "3 x 3 -> -1"
    assert lettering.width_of("3 x 3", 12) > 0
    for cached in (lettering._font_of, lettering._found):
        cached.cache_clear()
