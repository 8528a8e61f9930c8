"""What excites a channel, on the page: the patches of the command line, kept, cancelled, and followed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from cnnviz.feature_maps.lens import Lens
from cnnviz.feature_maps.strongest.exciting import strongest
from cnnviz.feature_maps.strongest.patches import Strongest, cut
from cnnviz.gui.maps.beside import Search
from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.maps.strongest_panel import StrongestPanel
from cnnviz.gui.session import Session
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.tracer import inspect
from cnnviz.training.data.numbered_picture import number_at
from cnnviz.training.data.picture_set import picture_set
from cnnviz.zoo import build, resolve
from cnnviz.zoo.weights_source import Weights

SAMPLE = "fashion-mnist-sample"
_WAIT = 20_000  # ms


class CountingLens(Lens):
    """A real one that counts the passes over pictures; with a gate it waits in the middle of one."""

    passes = 0
    gate: threading.Event | None = None

    def strongest(self, question, pictures, told, there, on_progress=None) -> Strongest:  # type: ignore[no-untyped-def]
        CountingLens.passes += 1

        def told_of(done: int, of: int) -> None:
            told(done, of)
            while done and self.gate is not None and not self.gate.wait(0.01):
                told(done, of)

        return super().strongest(question, pictures, told_of, there, on_progress)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(3)
    file = tmp_path / "权重.safetensors"
    save_file(build(resolve("lenet")).state_dict(), file)
    return file


@pytest.fixture
def page(qtbot: QtBot, session: Session, weights: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FeatureMapsPage]:
    monkeypatch.setattr(CountingLens, "passes", 0)
    monkeypatch.setattr(CountingLens, "gate", None)
    made = FeatureMapsPage(session, make_lens=CountingLens)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    spec = resolve("lenet")
    session.set_spec(spec, Weights("file", file=weights))
    session.set_inspected(Inspected(spec, inspect(spec)))
    qtbot.waitUntil(lambda: made.shown is not None, timeout=_WAIT)
    made.view.beside.strongest.take(Search(SAMPLE, "test", 200))
    yield made
    if CountingLens.gate is not None:
        CountingLens.gate.set()
    made.end()


def panel_of(page: FeatureMapsPage) -> StrongestPanel:
    return page.view.beside.strongest


def shown(page: FeatureMapsPage) -> list[QToolButton]:
    return [button for button in panel_of(page).grid.buttons if not button.isHidden()]


def open_panel(qtbot: QtBot, page: FeatureMapsPage) -> None:
    page.view.beside.bar.choose("strongest")
    qtbot.waitUntil(lambda: len(shown(page)) == 9, timeout=_WAIT)


def select(page: FeatureMapsPage, session: Session, layer: str) -> None:
    assert session.report is not None
    call = session.report.find(layer)
    assert call is not None
    session.select_call(call.index)


def test_patches_are_those_of_the_command_line(qtbot: QtBot, page: FeatureMapsPage, weights: Path) -> None:
    page.view.channel.select_channel(2)
    open_panel(qtbot, page)
    pictures = picture_set(SAMPLE, "test", 200)
    expected = strongest("lenet", "0", pictures, weights=str(weights))
    seen = panel_of(page).grid._seen
    for mine, theirs in zip(seen, expected.of(2), strict=True):
        assert (mine.patch.picture, mine.patch.row, mine.patch.column) == theirs[:3]
        np.testing.assert_allclose(mine.patch.value, theirs.value, rtol=1e-5)
        pixels = pictures.pixels(theirs.picture, (1, 28, 28), expected.fit)
        np.testing.assert_array_equal(mine.pixels, cut(pixels, theirs.box))
        assert mine.class_name == pictures.class_names[int(pictures.part.labels[theirs.picture])]
    assert "200 of 2,000 pictures of Fashion-MNIST sample, test" in panel_of(page).said.text()


def test_one_pass_serves_all_channels_and_the_return_to_a_layer(
    qtbot: QtBot, page: FeatureMapsPage, session: Session
) -> None:
    open_panel(qtbot, page)
    for channel in range(6):
        page.view.channel.select_channel(channel)
        qtbot.waitUntil(lambda at=channel: f"Channel {at} of layer 0" in panel_of(page).said.text(), timeout=_WAIT)
    assert CountingLens.passes == 1
    select(page, session, "3")
    qtbot.waitUntil(lambda: "of layer 3" in panel_of(page).said.text(), timeout=_WAIT)
    select(page, session, "0")
    qtbot.waitUntil(lambda: "of layer 0" in panel_of(page).said.text(), timeout=_WAIT)
    assert CountingLens.passes == 2


def test_patches_of_the_channel_are_saved_and_copied(qtbot: QtBot, page: FeatureMapsPage, tmp_path: Path) -> None:
    commands = {command.id: command for command in page.commands()}
    open_panel(qtbot, page)
    assert commands["maps.save-beside"].enabled()
    page.view.channel.select_channel(2)
    export = page._leaving.beside()
    assert export is not None
    assert export.endings == (".png", ".svg", ".npz")
    for ending in export.endings:
        export.save(tmp_path / f"a{ending}")
    assert "What excites channel 2 of layer" in (tmp_path / "a.svg").read_text("utf-8")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as saved:
        assert saved["values"].shape == (6, 9)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.height > 480  # three patches of 160 pixels


def test_another_picture_begins_no_search(qtbot: QtBot, page: FeatureMapsPage) -> None:
    open_panel(qtbot, page)
    before = page.shown
    page.view.picture.data.go_on()
    qtbot.waitUntil(lambda: page.shown is not before, timeout=_WAIT)
    assert (CountingLens.passes, len(shown(page))) == (1, 9)


def test_patch_that_is_clicked_shows_its_picture_with_its_place(
    qtbot: QtBot, page: FeatureMapsPage, session: Session
) -> None:
    page.view.channel.select_channel(2)
    open_panel(qtbot, page)
    patch = panel_of(page).grid._seen[4].patch
    shown(page)[4].click()
    qtbot.waitUntil(lambda: "Predicted" in page.view.picture.truth.text(), timeout=_WAIT)
    assert session.of_data is not None
    part = picture_set(SAMPLE, "test").part
    assert (session.of_data.label, session.of_data.wanted.number) == number_at(part, patch.picture)
    assert page.shown is not None
    np.testing.assert_allclose(page.shown.values[2, patch.row, patch.column], patch.value, rtol=1e-5)
    assert page.view.picture.view._box == patch.box
    select(page, session, "3")
    qtbot.waitUntil(lambda: page.shown is not None and page.shown.layer == "3", timeout=_WAIT)
    assert page.view.picture.view._box is None


def test_search_is_cancelled_and_begun_anew(qtbot: QtBot, page: FeatureMapsPage, monkeypatch) -> None:
    monkeypatch.setattr(CountingLens, "gate", threading.Event())
    panel = panel_of(page)
    page.view.beside.bar.choose("strongest")
    qtbot.waitUntil(lambda: "looked through…" in panel.said.text(), timeout=_WAIT)
    panel.cancel.click()
    qtbot.waitUntil(panel.again.isVisible, timeout=_WAIT)
    assert not panel.cancel.isVisible()
    assert shown(page) == []
    assert CountingLens.gate is not None
    CountingLens.gate.set()
    panel.again.click()
    qtbot.waitUntil(lambda: len(shown(page)) == 9, timeout=_WAIT)
    assert not panel.again.isVisible()


def test_data_that_cannot_be_read_are_said_and_others_take_their_place(
    qtbot: QtBot, page: FeatureMapsPage, tmp_path: Path
) -> None:
    panel = panel_of(page)
    panel.take(Search(str(tmp_path / "没有"), "test", 200))
    page.view.beside.bar.choose("strongest")
    qtbot.waitUntil(panel.again.isVisible, timeout=_WAIT)
    assert "没有" in panel.said.text()
    panel.take(replace(panel.search, data=SAMPLE))
    qtbot.waitUntil(lambda: len(shown(page)) == 9, timeout=_WAIT)
