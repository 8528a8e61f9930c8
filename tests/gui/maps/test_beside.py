"""What stands beside the maps: kernels, other maps, a run's epochs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot
from shown_reports import show_report

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import Answer, FeatureMaps
from cnnviz.feature_maps.drawn.drawing import draw
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.kernels.kernel_drawing import KernelLook, draw_kernels
from cnnviz.feature_maps.kernels.kernel_values import KernelQuestion, Kernels
from cnnviz.feature_maps.questions import Question
from cnnviz.files import Progress
from cnnviz.gui.maps.beside import BesideWish, ComparedMaps, KernelsBeside, MapsBeside, beside_question, compare
from cnnviz.gui.maps.epochs import Epochs, RunSource, read_epochs
from cnnviz.gui.maps.epochs_bar import EpochsBar
from cnnviz.gui.maps.kernels_panel import KernelsPanel
from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.session import Session
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Report
from cnnviz.pictures.samples import samples
from cnnviz.runs import checkpoint
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

MakeReport = Callable[..., Report]
WaitFor = Callable[..., None]
SPEC = ModelSpec("vgg11", {"num_classes": 10}, (3, 10, 12))  # the network of make_report
CONV, RELU = 2, 3
TUNED = Weights("file", file=Path("tuned.safetensors"))


def values_of(question: Question) -> np.ndarray:
    """Numbers that weights, picture and layer decide."""
    seed = sum(map(ord, question.weights.title + question.picture.name)) + question.call.index
    shape = (*question.call.output_shapes[0][1:], 1, 1)[:3]
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


class SeededLens:
    """Its kernels have a weight of every size that it is asked around."""

    def __init__(self) -> None:
        self.kernels_asked: list[KernelQuestion] = []
        self.outputs = 8

    def maps(
        self, question: Question, _on_progress: Progress | None = None, _go_on: Callable[[], None] | None = None
    ) -> FeatureMaps:
        if question.weights.title == "broken.safetensors":
            raise CnnvizError("It is damaged.")
        seen = np.zeros((1, *question.inspected.spec.input_shape), np.float32)
        return FeatureMaps(question.call.path, question.call.index, values_of(question), seen, question.weights.title)

    def kernels(self, question: KernelQuestion) -> Kernels:
        self.kernels_asked.append(question)
        around = question.around or 0
        first = 0 if self.outputs == 8 else around // 8 * 8
        values = np.arange(8 * 3 * 9, dtype=np.float32).reshape(8, 3, 3, 3) + around
        return Kernels("0", "Conv2d", CONV, values, self.outputs, first, 1, "random", question.showing, "")


@pytest.fixture
def lens() -> SeededLens:
    return SeededLens()


@pytest.fixture
def wait_for(qtbot: QtBot) -> WaitFor:
    return lambda condition: qtbot.waitUntil(condition, timeout=5000)


@pytest.fixture
def shown(
    qtbot: QtBot, session: Session, lens: SeededLens, make_report: MakeReport, wait_for: WaitFor
) -> Iterator[FeatureMapsPage]:
    page = FeatureMapsPage(session, make_lens=lambda: lens)
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    session.set_spec(SPEC)
    show_report(session, make_report())
    wait_for(lambda: page.shown is not None)
    yield page
    page.end()


@pytest.fixture
def standing(make_report: MakeReport) -> Answer:
    inspected = Inspected(SPEC, make_report())
    question = Question(inspected, inspected.report.calls[CONV], RANDOM_WEIGHTS, samples()[0].file, Scaling())
    values = values_of(question)
    return Answer(question, FeatureMaps("0", CONV, values, values[None], "random"), draw(values, Scaling()))


def compared(wish: BesideWish, standing: Answer) -> ComparedMaps:
    question = beside_question(wish, standing)
    assert isinstance(question, MapsBeside)
    return compare(question, SeededLens().maps(question.question))


def test_nothing_is_asked_until_it_is_chosen(standing: Answer) -> None:
    assert beside_question(BesideWish(), standing) is None
    assert beside_question(BesideWish("picture"), standing) is None
    assert beside_question(BesideWish("layer"), standing) is None
    assert beside_question(BesideWish("kernels"), None) is None


def test_kernels_are_asked_once_whatever_the_scaling_of_the_maps_is(standing: Answer) -> None:
    other = replace(standing, question=replace(standing.question, scaling=Scaling(each=False)))
    wish = BesideWish("kernels")
    assert beside_question(wish, standing) == beside_question(wish, other)
    assert isinstance(beside_question(wish, standing), KernelsBeside)


@pytest.mark.parametrize(
    ("wish", "title"),
    [
        (BesideWish("weights", weights=TUNED), "tuned.safetensors"),
        (BesideWish("picture", picture=samples()[1].file), samples()[1].file.name),
    ],
)
def test_values_beside_are_those_of_a_capture_of_their_own_and_their_difference_is_right(
    wish: BesideWish, title: str, standing: Answer
) -> None:
    question = beside_question(wish, standing)
    assert isinstance(question, MapsBeside)
    expected = values_of(question.question)
    found = compared(wish, standing)
    assert_array_equal(found.maps.values, expected)
    assert_array_equal(found.drawing.values, expected)
    assert found.title == title
    difference = compared(replace(wish, difference=True), standing)
    assert_array_equal(difference.drawing.values, expected - standing.maps.values)
    assert_array_equal(difference.drawing.low, -difference.drawing.high)
    assert difference.title.startswith(f"{title} − ")


def test_same_colours_are_the_limits_of_the_maps_that_stand(standing: Answer) -> None:
    found = compared(BesideWish("weights", weights=TUNED, same_colors=True), standing)
    assert_array_equal(found.drawing.low, standing.drawing.low)
    assert_array_equal(found.drawing.high, standing.drawing.high)


def test_maps_of_another_shape_are_shown_as_they_are_where_a_difference_is_wanted(standing: Answer) -> None:
    logits = standing.question.inspected.report.calls[5]
    wish = BesideWish("layer", layer=logits.identity, difference=True, same_colors=True)
    found = compared(wish, standing)
    assert not found.is_difference
    assert "another shape" in found.title
    assert found.drawing.low.shape == (len(found.maps.values), 1, 1)
    assert float(found.drawing.low.max()) == float(standing.drawing.low.min())


def test_choosing_a_channel_chooses_its_kernel_and_the_other_way_round(
    shown: FeatureMapsPage, lens: SeededLens, wait_for: WaitFor
) -> None:
    beside = shown.view.beside
    assert not beside.kernels.isVisible()
    beside.bar.choose("kernels")
    wait_for(lambda: beside.kernels.isVisible())
    shown.view.channel.select_channel(3)
    assert beside.kernels.mosaic.selected == 3
    beside.kernels.mosaic.output_chosen.emit(5)
    assert (shown.view.channel.channel, shown.view.maps.mosaic.selected) == (5, 5)
    assert len(lens.kernels_asked) == 1
    beside.bar.choose("nothing")
    assert not beside.kernels.isVisible()


def test_kernel_outside_of_those_shown_is_asked_for(
    shown: FeatureMapsPage, lens: SeededLens, wait_for: WaitFor
) -> None:
    lens.outputs = 64
    panel = shown.view.beside.kernels
    shown.view.beside.bar.choose("kernels")
    wait_for(panel.isVisible)
    shown.view.maps.select_channel(20)
    shown.view.beside.select_channel(20)
    wait_for(lambda: lens.kernels_asked[-1].around == 20)
    wait_for(lambda: panel.mosaic.weight_at((0, 0)) == (16, 0, 0, 0))
    assert panel.mosaic.selected == 20


def test_values_of_kernels_are_chosen_here(shown: FeatureMapsPage, lens: SeededLens, wait_for: WaitFor) -> None:
    panel = shown.view.beside.kernels
    shown.view.beside.bar.choose("kernels")
    wait_for(panel.isVisible)
    panel.showing.setCurrentIndex(2)
    panel.showing.activated.emit(2)
    wait_for(lambda: lens.kernels_asked[-1].showing == "difference")
    panel.in_color.click()
    wait_for(lambda: not panel.mosaic._drawing.is_color)


def test_other_maps_are_seen_at_the_same_zoom_place_and_channel(shown: FeatureMapsPage, wait_for: WaitFor) -> None:
    beside, standing = shown.view.beside, shown.view.maps.mosaic
    beside.bar.take(BesideWish("weights", weights=TUNED))
    wait_for(lambda: beside.compared.isVisible() and beside.compared.maps.mosaic.width() == standing.width())
    other = beside.compared.maps.mosaic
    assert other.grid == standing.grid
    standing.zoom(3.0, QPointF(40, 30))
    assert (other.scale, other.place_at(QPointF(50, 50))) == (standing.scale, standing.place_at(QPointF(50, 50)))
    other.zoom(0.5, QPointF(10, 10))
    assert (other.scale, other.place_at(QPointF(50, 50))) == (standing.scale, standing.place_at(QPointF(50, 50)))
    shown.view.channel.select_channel(2)
    assert other.selected == 2
    standing.cell_hovered.emit((2, 1, 1))
    here, there = beside.compared.compared.maps.values[2, 1, 1], shown.shown.values[2, 1, 1]
    assert f"here {here:.4g}, there {there:.4g}".replace("-", "−") in beside.compared.maps.readout.text()


def test_weights_beside_that_cannot_be_had_leave_the_maps_alone(shown: FeatureMapsPage, wait_for: WaitFor) -> None:
    maps = shown.shown
    shown.view.beside.bar.take(BesideWish("weights", weights=Weights("file", file=Path("broken.safetensors"))))
    wait_for(lambda: "damaged" in shown.view.beside._text.text())
    assert shown.shown is maps
    shown.view.beside.bar.take(BesideWish("weights", weights=TUNED))
    wait_for(lambda: shown.view.beside.compared.isVisible())


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    for epoch in range(4):
        checkpoint.write(tmp_path / "run", {"w": np.zeros(3, np.float32)}, epoch, 10 * epoch, {}, 10**6)
    return tmp_path / "run"


def test_slider_steps_through_the_epochs_of_the_run_that_is_looked_through(
    shown: FeatureMapsPage, session: Session, run: Path, wait_for: WaitFor
) -> None:
    bar = shown.view.beside.epochs
    assert not bar.isVisible()
    session.set_weights(Weights("run", file=run))
    wait_for(bar.isVisible)
    assert (bar.slider.maximum(), bar.slider.value()) == (3, 3)
    bar.slider.setValue(1)
    assert session.weights == Weights("file", file=run / "checkpoints" / "epoch-0001")
    wait_for(lambda: shown.shown.weights == "run, epoch 1")
    assert (bar.isVisible(), bar.slider.value()) == (True, 1)
    bar.play.click()
    wait_for(lambda: not bar.play.isChecked())
    assert session.weights == Weights("run", file=run)  # the newest: what it writes from now on is followed
    session.set_weights(RANDOM_WEIGHTS)
    wait_for(lambda: not bar.isVisible())


def test_epochs_keep_how_the_weights_are_used(run: Path) -> None:
    epochs = read_epochs(RunSource(run, 0))
    like = Weights("run", file=run, normalise="imagenet", allow_mismatch=True)
    chosen = epochs.weights(2, like)
    assert (chosen.kind, chosen.normalise, chosen.allow_mismatch) == ("file", "imagenet", True)
    assert epochs.position(chosen) == 2
    assert epochs.position(like) == 3


def test_bar_without_epochs_is_hidden(qtbot: QtBot) -> None:
    bar = EpochsBar()
    qtbot.addWidget(bar)
    bar._show(Epochs(RunSource(Path("run"), 0), ()), RANDOM_WEIGHTS)
    assert bar.isHidden()


def test_panel_says_what_a_weight_belongs_to(qtbot: QtBot) -> None:
    panel = KernelsPanel()
    qtbot.addWidget(panel)
    kernels = Kernels("3", "Conv2d", 1, np.arange(72, dtype=np.float32).reshape(4, 2, 3, 3), 4, 0, 2, "random", "these")
    panel.show_kernels(draw_kernels(kernels, KernelLook()))
    panel.mosaic.weight_hovered.emit((3, 1, 2, 0))
    assert panel.readout.text() == "Output 3 · input 3 · row 2 · column 0 · weight 69"
    panel.mosaic.weight_hovered.emit(None)
    assert "3 (Conv2d), 4 × 2 × 3 × 3" in panel.readout.text()
    assert panel.figures.text().startswith("Kernel 0: mean 8.5")


def test_best_epoch_is_a_click_away_where_it_is_known(qtbot: QtBot) -> None:
    bar = EpochsBar()
    qtbot.addWidget(bar)
    saved = tuple((number, Path(f"run/checkpoints/epoch-{number:04d}")) for number in (0, 2, 5))
    bar._show(Epochs(RunSource(Path("run"), 0), saved), RANDOM_WEIGHTS)
    assert bar.best.isHidden()
    bar._show(Epochs(RunSource(Path("run"), 0), saved, best=2), RANDOM_WEIGHTS)
    assert not bar.best.isHidden()
    with qtbot.waitSignal(bar.weights_chosen) as chosen:
        bar.best.click()
    assert chosen.args[0].file == saved[1][1]
    assert bar.slider.value() == 1
