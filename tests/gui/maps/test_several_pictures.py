"""One channel for several pictures, in linked views."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.lens import Lens
from cnnviz.feature_maps.questions import Question
from cnnviz.gui.maps.beside import BesideWish
from cnnviz.gui.maps.beside_memory import wish_as_text, wish_from
from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.maps.several_pictures import PicturesBeside, PicturesSeen, Several, look_at_several
from cnnviz.gui.parts.context_menu import ContextMenu
from cnnviz.gui.session import Session
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.tracer import inspect
from cnnviz.pictures.samples import samples
from cnnviz.training.data.browsing import contents
from cnnviz.zoo import resolve
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS

SAMPLE = "fashion-mnist-sample"
_WAIT = 60_000  # ms


def quietly(_done: int, _of: int) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def question() -> Question:
    spec = resolve("lenet")
    report = inspect(spec)
    call = next(each for each in report.calls if each.kind == "Conv2d")
    return Question(Inspected(spec, report), call, RANDOM_WEIGHTS, samples()[0].file, Scaling())


def found(question: Question, which: Several, channel: int = 2) -> PicturesSeen:
    return look_at_several(PicturesBeside(question, which, channel), contents, Lens().maps, quietly)


def test_each_map_is_that_of_its_picture_alone_and_one_scale_is_for_all(question: Question) -> None:
    seen = found(question, Several(label=3, count=4, first=2))
    assert [each.title for each in seen.seen] == ["Dress 2", "Dress 3", "Dress 4", "Dress 5"]
    lens, drawing = Lens(), seen.drawing
    assert drawing is not None
    for at, each in enumerate(seen.seen):
        assert not isinstance(each.picture, Path)
        alone = lens.maps(replace(question, picture=each.picture.file)).values[2]
        np.testing.assert_array_equal(drawing.values[at], alone)
        assert "Predicted" in each.said
        assert each.brief.partition(" ✓")[0].partition(" ✗")[0] in each.said
    assert len(np.unique(drawing.low)) == len(np.unique(drawing.high)) == 1


def test_one_of_each_class_and_the_last_of_a_class_are_found(question: Question) -> None:
    each = [seen.picture for seen in found(question, Several(count=9, first=1)).seen]
    assert [picture.label for picture in each if not isinstance(picture, Path)] == list(range(9))
    last = found(question, Several(label=0, count=3, first=10**6)).seen
    count = int(contents(SAMPLE).test.counts[0])
    assert [seen.title.rpartition(" ")[2] for seen in last] == [str(count - 3), str(count - 2), str(count - 1)]


def test_a_broken_file_says_why_in_its_place(question: Question, tmp_path: Path) -> None:
    broken, whole = tmp_path / "坏.png", tmp_path / "好.png"
    broken.write_bytes(b"no picture")
    Image.new("L", (28, 28), 90).save(whole)
    seen = found(question, Several(files=(broken, whole)))
    assert [each.maps is None for each in seen.seen] == [True, False]
    assert seen.seen[0].said
    assert seen.drawing is not None
    assert len(seen.drawing.values) == 1


def test_cancelling_ends_it_between_two_pictures(question: Question) -> None:
    def told(done: int, _of: int) -> None:
        if done == 2:
            raise CnnvizError("It was cancelled.")

    with pytest.raises(CnnvizError, match="cancelled"):
        look_at_several(PicturesBeside(question, Several(), 0), contents, Lens().maps, told)


def test_choice_is_remembered_and_nonsense_is_as_at_first() -> None:
    for several in (Several("cifar10", "train", 7, 5), Several()):
        wish = BesideWish("pictures", several=several)
        assert wish_from(wish_as_text(wish)).several == several
    assert wish_from({"beside_several": "test|²|99"}).several == Several()


@pytest.fixture
def page(lenet_maps: FeatureMapsPage) -> FeatureMapsPage:
    return lenet_maps


def test_pictures_follow_the_channel_and_are_linked(qtbot: QtBot, page: FeatureMapsPage, session: Session) -> None:
    beside, panel = page.view.beside, page.view.beside.several
    beside.bar.choose("pictures")
    qtbot.waitUntil(lambda: panel.cells[8].isVisible(), timeout=_WAIT)
    page.view.channel.select_channel(4)
    qtbot.waitUntil(lambda: "Channel 4" in panel.said.text(), timeout=_WAIT)
    panel.cells[3].view.cell_hovered.emit((5, 6))
    drawing = panel._seen.drawing if panel._seen is not None else None
    assert drawing is not None
    for at, cell in enumerate(panel.cells):
        assert cell.view.value_at(5, 6) == drawing.values[at, 5, 6]
        assert cell.said.text().startswith("value ")
    panel.cells[0].view.zoom(3)
    assert all(cell.view.scale == pytest.approx(panel.cells[0].view.scale) for cell in panel.cells)
    panel.count.setCurrentIndex(1)
    panel.count.activated.emit(1)
    qtbot.waitUntil(lambda: panel.cells[2].isVisible() and not panel.cells[3].isVisible(), timeout=_WAIT)
    chosen = panel.cells[1]
    chosen.picture.place_clicked.emit((3.0, 4.0))
    qtbot.waitUntil(lambda: session.of_data is not None, timeout=_WAIT)
    assert session.of_data is not None
    assert session.of_data.label == 1


def test_several_pictures_are_saved_and_copied_from_their_own_menu(lenet_maps: FeatureMapsPage) -> None:
    (menu,) = lenet_maps.view.beside.several.findChildren(ContextMenu)
    assert [action.text() for action in menu.menu.actions() if action.text()][:2] == [
        "Copy what stands beside as a picture",
        "Save what stands beside…",
    ]
