"""What stands beside the maps is remembered, whatever it is, and nonsense is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from cnnviz.feature_maps.kernels.kernel_drawing import KernelLook
from cnnviz.gui.maps.beside import BESIDES, BesideWish, Search
from cnnviz.gui.maps.beside_memory import wish_as_text, wish_from
from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.session import Session
from cnnviz.inspection.call import Identity
from cnnviz.training.data.numbered_picture import Numbered
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

_WAIT = 10_000  # ms


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "图=a;b|c.png"
    made.write_bytes(b"")
    return made


def test_every_wish_comes_back(file: Path) -> None:
    for wish in (
        BesideWish(),
        BesideWish("kernels", "difference", KernelLook(each=False, in_color=False)),
        BesideWish("weights", weights=Weights("file", file=file, allow_mismatch=True), difference=True),
        BesideWish("weights", weights=Weights("pretrained", "IMAGENET1K_V1"), same_colors=True),
        BesideWish("picture", picture=file),
        BesideWish("layer", layer=Identity("features.0|x", True, 2)),
        BesideWish("layer", layer=Identity("", False, 1)),
        BesideWish("strongest", search=Search(str(file), "train", None)),
        BesideWish("strongest", search=Search("mnist", "test", 200)),
    ):
        assert wish_from(wish_as_text(wish)) == wish


def test_files_that_are_gone_are_wished_for_no_longer(file: Path) -> None:
    texts = wish_as_text(BesideWish("weights", weights=Weights("file", file=file), picture=file))
    file.unlink()
    wish = wish_from(texts)
    assert (wish.weights, wish.picture) == (RANDOM_WEIGHTS, None)


@given(
    st.dictionaries(st.sampled_from(sorted(wish_as_text(BesideWish("layer", layer=Identity("a", True, 1))))), st.text())
)
def test_whatever_stands_in_the_settings_is_a_wish(texts: dict[str, str]) -> None:
    assert wish_from(texts).kind in BESIDES


@pytest.fixture
def pages(qtbot: QtBot) -> Iterator[list[FeatureMapsPage]]:
    made = [FeatureMapsPage(Session()) for _ in range(2)]
    for page in made:
        qtbot.addWidget(page)
    yield made
    for page in made:
        page.end()


def test_page_begins_with_what_stood_beside_and_with_the_picture_of_data(
    qtbot: QtBot, pages: list[FeatureMapsPage]
) -> None:
    first, second = pages
    first.view.picture.data.look_for(Numbered("fashion-mnist-sample", "test", "3", 5))
    first.view.beside.bar.data.look_for(Numbered("fashion-mnist-sample", "train", "4", 7))
    qtbot.waitUntil(lambda: first.view.beside.bar.wish.of_data is not None, timeout=_WAIT)
    qtbot.waitUntil(lambda: first._session.of_data is not None, timeout=_WAIT)
    first.view.beside.bar.choose("data")
    first.view.beside.compared.difference.click()
    second.choose(first.choices())
    qtbot.waitUntil(lambda: second.view.beside.bar.wish.of_data is not None, timeout=_WAIT)
    qtbot.waitUntil(lambda: second._session.of_data is not None, timeout=_WAIT)
    assert second.view.beside.bar.wish == first.view.beside.bar.wish
    assert second._session.of_data == first._session.of_data
    assert second.choices() == first.choices()
    assert second.view.beside.bar.kind.currentText() == "Picture of data"
