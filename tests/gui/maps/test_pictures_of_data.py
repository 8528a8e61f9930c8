"""Pictures of data on the page of feature maps: looked at, beside one another, and what the network says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from cnnviz.__main__ import main
from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.session import Session
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.tracer import inspect
from cnnviz.training.data.browsing import contents
from cnnviz.training.data.numbered_picture import FoundPicture, Numbered, picture_meant
from cnnviz.zoo import resolve

SAMPLE = "fashion-mnist-sample"
_WAIT = 20_000  # ms


@pytest.fixture
def page(lenet_maps: FeatureMapsPage) -> FeatureMapsPage:
    return lenet_maps


def look_at(qtbot: QtBot, page: FeatureMapsPage, wanted: Numbered) -> None:
    page.view.picture.data.look_for(wanted)
    qtbot.waitUntil(lambda: "Predicted" in page.view.picture.truth.text(), timeout=_WAIT)


def test_picture_of_data_is_what_the_network_sees_and_its_label_stands_beside_the_answer(
    qtbot: QtBot, page: FeatureMapsPage, session: Session
) -> None:
    assert not page.view.picture.truth.isVisible()
    look_at(qtbot, page, Numbered(SAMPLE, "test", "Dress", 5))
    part = contents(SAMPLE).test.part
    pixels = part.pictures[np.flatnonzero(part.labels == 3)[5]][0]
    assert page.shown is not None
    np.testing.assert_allclose(page.shown.input[0, 0], pixels / np.float32(255), rtol=1e-6)
    assert page.view.picture.name.text() == "Fashion-MNIST sample, test: 5"
    session.select_call(len(session.report.calls) - 1 if session.report is not None else 0)
    qtbot.waitUntil(lambda: page.shown is not None and page.shown.is_vector, timeout=_WAIT)
    assert page.shown.shares is not None
    logits = page.shown.values[:, 0, 0]
    best = contents(SAMPLE).class_names[int(logits.argmax())]
    share = float(np.exp(logits - logits.max()).max() / np.exp(logits - logits.max()).sum())
    right = "right" if best == "Dress" else "wrong"
    assert page.view.picture.truth.text() == f"Label: Dress. Predicted: {best}, {share:.1%}: {right}."


def test_any_other_picture_says_nothing_of_a_label(
    qtbot: QtBot, page: FeatureMapsPage, session: Session, tmp_path: Path
) -> None:
    look_at(qtbot, page, Numbered(SAMPLE, "test", "Bag", 2))
    Image.new("L", (28, 28), 90).save(tmp_path / "灰.png")
    session.set_picture(tmp_path / "灰.png")
    qtbot.waitUntil(lambda: page.view.picture.name.text() == "灰.png", timeout=_WAIT)
    assert not page.view.picture.truth.isVisible()
    assert session.of_data is None


def test_file_that_is_opened_by_hand_is_no_longer_one_of_the_data(session: Session, tmp_path: Path) -> None:
    told = []
    session.of_data_changed.connect(told.append)
    found = FoundPicture(Numbered("some"), tmp_path / "a.png", "Some", ("cat", "dog"), (1, 1))
    session.set_picture(found)
    assert (session.picture, session.of_data) == (tmp_path / "a.png", found)
    session.set_picture(tmp_path / "a.png")
    assert session.of_data is None
    assert told == [found, None]


def test_two_pictures_of_data_stand_beside_one_another(qtbot: QtBot, page: FeatureMapsPage) -> None:
    look_at(qtbot, page, Numbered(SAMPLE, "test", "Dress", 5))
    page.view.beside.bar.choose("data")
    compared = page.view.beside.compared
    qtbot.waitUntil(lambda: compared.compared is not None, timeout=_WAIT)
    page.view.beside.bar.data.look_for(Numbered(SAMPLE, "test", "Dress", 6))
    qtbot.waitUntil(lambda: compared.title.text().startswith("Dress 6. Predicted: "), timeout=_WAIT)
    assert compared.compared is not None
    part = contents(SAMPLE).test.part
    pixels = part.pictures[np.flatnonzero(part.labels == 3)[6]][0]
    np.testing.assert_allclose(compared.compared.maps.input[0, 0], pixels / np.float32(255), rtol=1e-6)
    assert page.view.picture.name.text() == "Fashion-MNIST sample, test: 5"


def test_browser_gives_its_picture_to_whoever_asked_for_it(qtbot: QtBot, page: FeatureMapsPage) -> None:
    page.view.beside.bar.choose("data")
    page.view.beside.bar.data.browse.click()
    dialog = page._browsing.dialog
    assert dialog is not None
    dialog.picture_chosen.emit(Numbered(SAMPLE, "train", "Coat", 4))
    qtbot.waitUntil(lambda: page.view.beside.bar.data.browse.text() == "Coat 4", timeout=_WAIT)
    page.view.picture.data.browse.click()
    dialog.picture_chosen.emit(Numbered(SAMPLE, "train", "Coat", 9))
    qtbot.waitUntil(lambda: page.view.picture.name.text() == "Fashion-MNIST sample, training: 9", timeout=_WAIT)


def test_picture_that_was_said_to_the_command_line_stands_in_the_fields(
    qtbot: QtBot, page: FeatureMapsPage, session: Session
) -> None:
    session.set_picture(picture_meant(f"{SAMPLE}:train:Coat:11"))
    bar = page.view.picture.data
    qtbot.waitUntil(lambda: "Predicted" in page.view.picture.truth.text(), timeout=_WAIT)
    assert bar.wanted == Numbered(SAMPLE, "train", "4", 11)
    bar.next.click()
    qtbot.waitUntil(lambda: session.of_data is not None and session.of_data.wanted.number == 12, timeout=_WAIT)


def test_window_is_not_opened_for_a_picture_that_the_data_do_not_have(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lenet", f"{SAMPLE}:3:999"]) == 2
    assert "They count from 0 to 199." in capsys.readouterr().err


def asked(page: FeatureMapsPage) -> Any:
    """The question whose maps stand."""
    return None if page._state.answer is None else page._state.answer.question


def test_picture_that_is_gone_gives_way_to_a_sample_and_says_so(
    qtbot: QtBot, page: FeatureMapsPage, session: Session, tmp_path: Path
) -> None:
    picture = tmp_path / "图 片.png"
    Image.new("L", (30, 30), 80).save(picture)
    session.set_picture(picture)
    qtbot.waitUntil(lambda: asked(page) is not None and asked(page).picture == picture, timeout=_WAIT)
    picture.unlink()
    spec = resolve("course-mnist")
    session.set_spec(spec)
    session.set_inspected(Inspected(spec, inspect(spec)))
    qtbot.waitUntil(lambda: asked(page) is not None and asked(page).inspected.spec == spec, timeout=_WAIT)
    assert asked(page).picture != picture
    assert page.view.picture.name.text() != picture.name
    assert "not there" in page.banner.text
