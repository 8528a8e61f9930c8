from __future__ import annotations

import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from shown_reports import show_report

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import FeatureMaps, WeightsError
from cnnviz.feature_maps.attribution.heat_map import HeatMap, Told
from cnnviz.feature_maps.output_layout import Part
from cnnviz.feature_maps.pixel.arithmetic import Arithmetic, Terms
from cnnviz.feature_maps.questions import HeatQuestion, HeatWish, PixelQuestion, Place, Question
from cnnviz.files import Progress
from cnnviz.gui.maps import map_jobs
from cnnviz.gui.maps.header import UNTRAINED
from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.maps.previews import Source
from cnnviz.gui.session import Session
from cnnviz.inspection.receptive_field import Axis, Field
from cnnviz.inspection.report import Failure, Report
from cnnviz.pictures.samples import samples
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

MakeReport = Callable[..., Report]
SPEC = ModelSpec("vgg11", {"num_classes": 10}, (3, 10, 12))  # the network of make_report
CONV, RELU, LOGITS = 2, 3, 5
PRETRAINED = Weights("pretrained", "IMAGENET1K_V1")


class FakeLens:
    """Answers with maps whose every value is the number of the question; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[ModelSpec, Weights, Path, int]] = []
        self.taken_apart: list[Place] = []
        self.heated: list[HeatWish] = []
        self.error: CnnvizError | None = None
        self.broken_weights: Weights | None = None
        self.class_names: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = ()
        self.downloads = False
        self.many_layers = False
        self.gate: threading.Semaphore | None = None  # lets through one answer for each release
        self.cancelled = threading.Event()

    def maps(
        self, question: Question, on_progress: Progress | None = None, go_on: Callable[[], None] | None = None
    ) -> FeatureMaps:
        spec, weights, call = question.inspected.spec, question.weights, question.call
        self.asked.append((spec, weights, question.picture, call.index))
        number = len(self.asked)
        if self.gate is not None:
            self.gate.acquire(timeout=5)
        if self.many_layers and go_on is not None:
            self._run_layers(go_on)
        if self.downloads and weights == PRETRAINED and on_progress is not None:
            self._download(on_progress)
        if self.error is not None and weights == self.broken_weights:
            raise self.error
        shape = (*call.output_shapes[0][1:], 1, 1)[:3]
        values = np.full(shape, number, np.float32)
        step = 7 if weights.kind == "run" else None
        seen = np.zeros((1, *spec.input_shape), np.float32)
        return FeatureMaps(call.path, call.index, values, seen, weights.title, step, self.class_names, self.notes)

    def arithmetic(self, question: PixelQuestion) -> Arithmetic:
        self.taken_apart.append(question.at)
        number = Terms.at(np.zeros((3, 1), np.int64), np.ones(1), np.ones(1))
        call = question.maps.call
        return Arithmetic(
            call.path, call.kind, call.index, question.at, 1.0, 1.0, None, number, "x", None, (10, 12), "random"
        )

    def heat(self, question: HeatQuestion, told: Told) -> HeatMap:
        self.heated.append(question.wish)
        told(1, 4)
        index = question.wish.class_index
        if index == 7:
            raise CnnvizError("There is no class 7.", "They go from 0 to 2.")
        heat, logits = np.ones((2, 2), np.float32), np.array([1, 3, 2], np.float32)
        method = question.wish.method
        seen = np.zeros((1, 3, 10, 12), np.float32)
        return HeatMap(method, heat, 1 if index is None else index, "", logits, logits / 6, seen, "block1.0", "random")

    def _run_layers(self, go_on: Callable[[], None]) -> None:
        """Goes on until it is overtaken."""
        self.many_layers = False
        try:
            while True:
                go_on()
        except CnnvizError:
            self.cancelled.set()
            raise

    def _download(self, on_progress: Progress) -> None:
        """Goes on until it is cancelled."""
        try:
            while True:
                on_progress(5 * 2**20, 10 * 2**20)
        except CnnvizError:
            self.cancelled.set()
            raise


@pytest.fixture
def lens() -> FakeLens:
    return FakeLens()


@pytest.fixture
def page(qtbot: QtBot, session: Session, lens: FakeLens) -> Iterator[FeatureMapsPage]:
    page = FeatureMapsPage(session, make_lens=lambda: lens)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    yield page
    page.end()


@pytest.fixture
def shown(
    page: FeatureMapsPage, session: Session, make_report: MakeReport, wait_for: Callable[..., None]
) -> FeatureMapsPage:
    """The page with maps of the network of make_report."""
    session.set_spec(SPEC)
    show_report(session, make_report())
    wait_for(lambda: page.shown is not None)
    return page


@pytest.fixture
def wait_for(qtbot: QtBot) -> Callable[[Callable[[], bool]], None]:
    return lambda condition: qtbot.waitUntil(condition, timeout=5000)


def is_at_rest(page: FeatureMapsPage) -> bool:
    """True when no change waits to be answered and nothing is being computed."""
    return not page._jobs.busy


def calls_asked(lens: FakeLens) -> list[int]:
    return [call for _, _, _, call in lens.asked]


def test_the_page_is_imported_without_torch() -> None:
    program = "import sys; import cnnviz.gui.maps.page; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


def test_without_a_choice_the_first_convolution_and_a_fitting_sample_are_shown(
    shown: FeatureMapsPage, lens: FakeLens
) -> None:
    assert lens.asked == [(SPEC, RANDOM_WEIGHTS, samples()[0].file, CONV)]
    assert shown.view.header.layers.call == CONV
    assert shown.view.picture.samples.chosen == samples()[0].file
    assert shown.view.header.notice.text() == UNTRAINED
    assert shown.view.header.notice.isVisible()


def test_a_grey_network_gets_a_grey_sample(
    page: FeatureMapsPage, session: Session, make_report: MakeReport, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    session.set_spec(ModelSpec("vgg11", {}, (1, 10, 12)))
    show_report(session, replace(make_report(), input_shapes=((1, 1, 10, 12),)))
    wait_for(lambda: page.shown is not None)
    assert lens.asked[0][2] == samples()[-1].file


def test_the_selected_call_is_shown_and_the_list_follows(
    shown: FeatureMapsPage, session: Session, wait_for: Callable[..., None]
) -> None:
    session.select_call(RELU)
    wait_for(lambda: shown.shown is not None and shown.shown.call == RELU)
    assert shown.view.header.layers.call == RELU


def test_choosing_a_layer_on_the_page_selects_it_for_all_views(shown: FeatureMapsPage, session: Session) -> None:
    shown.view.header.layers.call_chosen.emit(RELU)
    assert session.selected_call is not None
    assert session.selected_call.index == RELU


def test_hidden_the_page_computes_nothing_and_catches_up_when_shown(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    shown.hide()
    for index in (RELU, CONV, RELU):
        session.select_call(index)
    wait_for(lambda: is_at_rest(shown))
    assert calls_asked(lens) == [CONV]
    shown.show()
    wait_for(lambda: calls_asked(lens) == [CONV, RELU])


def test_network_that_was_looked_into_is_let_go_with_another_pick_and_at_the_end(
    qtbot: QtBot, session: Session, make_report: MakeReport, wait_for: Callable[..., None]
) -> None:
    lenses: list[weakref.ref[FakeLens]] = []

    def make() -> FakeLens:
        made = FakeLens()
        lenses.append(weakref.ref(made))
        return made

    page = FeatureMapsPage(session, make_lens=make)
    qtbot.addWidget(page)
    page.show()
    session.set_spec(SPEC)
    show_report(session, make_report())
    wait_for(lambda: page.shown is not None)
    page.hide()
    session.set_spec(replace(SPEC, name="lenet"))
    wait_for(lambda: lenses[0]() is None)
    page.show()
    session.set_spec(SPEC)
    session.select_call(3)
    wait_for(lambda: len(lenses) == 2 and page.shown is not None and page.shown.call == 3)
    page.end()
    assert lenses[1]() is None


def test_nothing_is_asked_before_torch_is_there(
    qtbot: QtBot, lens: FakeLens, make_report: MakeReport, wait_for: Callable[..., None]
) -> None:
    session = Session()
    page = FeatureMapsPage(session, make_lens=lambda: lens)
    qtbot.addWidget(page)
    page.show()
    session.set_spec(SPEC)
    show_report(session, make_report())
    wait_for(lambda: page.view.picture.view.has_picture)
    assert lens.asked == []
    assert "PyTorch is loading" in page.view.maps.placeholder.text()
    session.announce_torch()
    wait_for(lambda: page.shown is not None)
    page.end()


def test_a_report_of_another_network_is_not_asked_about(
    page: FeatureMapsPage, session: Session, make_report: MakeReport, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    show_report(session, make_report())
    session.set_spec(ModelSpec("lenet", {}, (3, 10, 12)))
    wait_for(lambda: page.view.picture.view.has_picture)
    assert lens.asked == []
    assert "not known yet" in page.view.maps.placeholder.text()


def test_another_picture_is_shown_and_stays_for_the_next_network(
    shown: FeatureMapsPage,
    session: Session,
    make_report: MakeReport,
    lens: FakeLens,
    tmp_path: Path,
    wait_for: Callable[..., None],
) -> None:
    mine = tmp_path / "mine.png"
    Image.new("L", (20, 10)).save(mine)
    shown.view.picture.picture_chosen.emit(mine)
    wait_for(lambda: lens.asked[-1][2] == mine)
    assert shown.view.picture.name.text() == "mine.png"
    assert shown.view.picture.samples.chosen is None
    session.set_spec(replace(SPEC, input_shape=(1, 10, 12)))
    show_report(session, replace(make_report(), input_shapes=((1, 1, 10, 12),)))
    wait_for(lambda: lens.asked[-1][0].input_shape[0] == 1)
    assert lens.asked[-1][2] == mine


@pytest.mark.parametrize("content", [b"text", b"", None])
def test_what_is_no_picture_is_refused_and_the_maps_stay(
    shown: FeatureMapsPage, session: Session, tmp_path: Path, content: bytes | None, wait_for: Callable[..., None]
) -> None:
    bad = tmp_path / "bad.png"
    if content is not None:
        bad.write_bytes(content)
    before = shown.shown
    session.set_picture(bad)
    wait_for(lambda: "bad.png" in shown.banner.text)
    assert shown.banner.isVisible()
    assert session.picture == bad
    assert shown.shown is before
    assert shown.view.picture.samples.chosen == samples()[0].file


def test_the_next_choice_clears_the_error(
    shown: FeatureMapsPage, session: Session, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    session.set_picture(tmp_path / "gone.png")
    wait_for(lambda: "gone.png" in shown.banner.text)
    session.select_call(RELU)
    assert shown.banner.text == ""


def test_refused_picture_is_read_again_when_it_is_chosen_again(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    mine = tmp_path / "mine.png"
    session.set_picture(mine)
    wait_for(lambda: "mine.png" in shown.banner.text)
    Image.new("L", (20, 10)).save(mine)
    session.set_picture(mine)
    assert shown.banner.text == ""
    wait_for(lambda: lens.asked[-1][2] == mine and is_at_rest(shown))
    assert shown.view.picture.name.text() == "mine.png"


def test_sample_that_cannot_be_read_is_not_marked(
    shown: FeatureMapsPage, monkeypatch: pytest.MonkeyPatch, wait_for: Callable[..., None]
) -> None:
    def refuse(source: Source) -> NoReturn:
        raise CnnvizError(f"{source.file.name} is damaged.")

    monkeypatch.setattr(map_jobs, "read_preview", refuse)
    shown.view.picture.samples.buttons()[3].click()
    wait_for(lambda: "damaged" in shown.banner.text)
    assert shown.view.picture.samples.chosen == samples()[0].file


def test_report_that_arrives_leaves_the_refusal_of_a_picture_in_place(
    page: FeatureMapsPage, session: Session, make_report: MakeReport, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    session.set_spec(SPEC)
    session.set_picture(tmp_path / "nothing.png")
    wait_for(lambda: "nothing.png" in page.banner.text)
    show_report(session, make_report())
    wait_for(lambda: page.shown is not None)
    assert "nothing.png" in page.banner.text
    session.select_call(RELU)
    assert page.banner.text == ""


def test_maps_of_another_network_do_not_stand_under_the_name_of_this_one(
    shown: FeatureMapsPage, session: Session, make_report: MakeReport, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    lens.gate = threading.Semaphore(0)
    session.set_spec(replace(SPEC, name="vgg13"))
    show_report(session, make_report("vgg13"))
    wait_for(lambda: shown.view.busy.isVisible())
    assert shown.view.maps.placeholder.isVisible()
    lens.broken_weights, lens.error = RANDOM_WEIGHTS, CnnvizError("There is not enough memory.")
    lens.gate.release()
    wait_for(lambda: shown.banner.text == "There is not enough memory.")
    assert shown.view.maps.placeholder.text().startswith("No maps of this network")
    assert not shown.view.channel.isVisible()
    lens.error = None
    lens.gate.release()
    session.select_call(RELU)
    wait_for(lambda: shown.view.channel.isVisible())


def test_maps_of_the_network_before_go_when_the_new_one_fails_at_its_first_layer(
    shown: FeatureMapsPage, session: Session, make_report: MakeReport, wait_for: Callable[..., None]
) -> None:
    failed = make_report("vgg13", error=Failure("no", "do", 0, None))
    failed = replace(failed, calls=tuple(replace(call, output_shapes=()) for call in failed.calls[:3]))
    session.set_spec(replace(SPEC, name="vgg13"))
    show_report(session, failed)
    wait_for(lambda: shown.view.maps.placeholder.isVisible())
    assert shown.view.maps.placeholder.text().startswith("This network fails before a layer returns maps")
    assert not shown.view.channel.isVisible()


def test_maps_of_the_network_before_go_when_the_new_one_cannot_be_inspected(
    shown: FeatureMapsPage, session: Session, wait_for: Callable[..., None]
) -> None:
    session.set_spec(replace(SPEC, options={"num_classes": 0}))
    session.fail_inspection(CnnvizError("There must be a class."))
    wait_for(shown.view.maps.placeholder.isVisible)
    assert shown.view.maps.placeholder.text() == "This network cannot be inspected. There must be a class."
    assert shown.shown is None
    assert not shown.view.header.save.isEnabled()
    session.set_spec(SPEC)
    assert shown.shown is not None
    assert not shown.view.maps.placeholder.isVisible()


def test_a_newer_choice_ends_the_answer_that_is_under_way(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    lens.many_layers = True
    session.select_call(LOGITS)
    wait_for(lambda: calls_asked(lens) == [CONV, LOGITS])
    session.select_call(RELU)
    wait_for(lambda: shown.shown is not None and shown.shown.call == RELU)
    assert lens.cancelled.is_set()
    assert shown.banner.text == ""


def test_closing_ends_the_answer_that_is_under_way(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    lens.many_layers = True
    session.select_call(LOGITS)
    wait_for(lambda: calls_asked(lens) == [CONV, LOGITS])
    shown.end()
    assert lens.cancelled.is_set()


def test_weights_that_do_not_fit_stay_wanted_and_the_maps_of_the_ones_before_stand(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    bad = Weights("file", file=tmp_path / "w.safetensors")
    lens.error, lens.broken_weights = WeightsError("They do not fit.", "Set Classes to 7."), bad
    before = shown.shown
    shown.view.header.weights.weights_chosen.emit(bad)
    wait_for(lambda: bool(shown.banner.text) and is_at_rest(shown))
    assert shown.banner.text == "They do not fit. Set Classes to 7."
    assert session.weights == bad
    assert shown.view.header.weights.currentText() == "w.safetensors"
    assert shown.view.header.notice.text() == UNTRAINED
    assert shown.shown is before


def test_what_is_to_be_said_of_weights_stands_beside_their_normalisation_which_can_be_chosen(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    row, weights = shown.view.header.preprocessing, Weights("file", file=tmp_path / "w.pth")
    lens.notes = ("Ignored: n_averaged.", "Not known.")
    session.set_weights(weights)
    wait_for(lambda: is_at_rest(shown))
    assert row.remarks.text() == "Ignored: n_averaged. Not known."
    lens.notes = ()
    row.normalisation.setCurrentIndex(row.normalisation.findData("half"))
    row.normalisation.activated.emit(row.normalisation.currentIndex())
    wait_for(lambda: is_at_rest(shown))
    assert lens.asked[-1][1] == session.weights == replace(weights, normalise="half")
    assert row.normalisation.currentText() == "−1 to 1"
    assert row.remarks.text() == ""
    assert shown.view.header.weights.currentText() == "w.pth"


def test_refused_weights_are_asked_about_again_only_when_they_are_chosen_again(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    bad = Weights("file", file=tmp_path / "w.safetensors")
    lens.error, lens.broken_weights = WeightsError("They do not fit."), bad
    session.set_weights(bad)
    wait_for(lambda: is_at_rest(shown))
    session.select_call(RELU)
    assert shown.banner.text == ""
    wait_for(lambda: is_at_rest(shown))
    assert [(weights, call) for _, weights, _, call in lens.asked[1:]] == [(bad, CONV), (RANDOM_WEIGHTS, RELU)]
    assert session.weights == bad
    lens.error = None
    shown.view.header.weights.weights_chosen.emit(bad)
    wait_for(lambda: is_at_rest(shown))
    assert lens.asked[-1][1] == bad
    assert shown.view.header.notice.text() == "w.safetensors"


def test_refused_weights_are_tried_with_the_networks_next_options(
    shown: FeatureMapsPage,
    session: Session,
    make_report: MakeReport,
    lens: FakeLens,
    tmp_path: Path,
    wait_for: Callable[..., None],
) -> None:
    bad = Weights("file", file=tmp_path / "w.safetensors")
    lens.error, lens.broken_weights = WeightsError("They do not fit.", "Set Classes to 7."), bad
    session.set_weights(bad)
    wait_for(lambda: is_at_rest(shown))
    lens.error = None
    session.set_spec(replace(SPEC, options={"num_classes": 7}))
    show_report(session, make_report())
    wait_for(lambda: shown.shown is not None and shown.shown.weights == "w.safetensors")
    assert shown.banner.text == ""


def test_an_error_with_random_weights_is_shown_once(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    lens.error, lens.broken_weights = CnnvizError("No tensor.", "Choose another layer."), RANDOM_WEIGHTS
    session.select_call(RELU)
    wait_for(lambda: shown.banner.text == "No tensor. Choose another layer.")
    wait_for(lambda: is_at_rest(shown))
    assert calls_asked(lens) == [CONV, RELU]


def test_weights_of_a_run_are_asked_about_anew_when_it_writes_more(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    session.set_run(tmp_path)
    session.set_weights(Weights("run", file=tmp_path))
    wait_for(lambda: len(lens.asked) == 2 and not shown._jobs.busy)
    assert shown.view.header.notice.text() == f"{tmp_path.name}, step 7"
    shown.view.maps.channel_chosen.emit(3)
    shown.view.maps.mosaic.zoom(2.0)
    scale = shown.view.maps.mosaic.scale
    session.announce_weights(tmp_path)
    wait_for(lambda: len(lens.asked) == 3 and not shown._jobs.busy)
    assert shown.shown is not None
    assert shown.shown.values.max() == 3
    assert (shown.view.channel.channel, shown.view.maps.mosaic.scale) == (3, scale)


def test_weights_that_come_faster_than_they_can_be_answered_are_still_shown(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    lens.gate = threading.Semaphore(0)
    session.set_weights(Weights("run", file=tmp_path))
    wait_for(lambda: len(lens.asked) == 2)
    for _ in range(5):
        session.announce_weights(tmp_path)
    lens.gate.release()
    wait_for(lambda: shown.shown is not None and shown.shown.values.max() == 2)
    lens.gate.release()
    wait_for(lambda: shown.shown is not None and shown.shown.values.max() == 3)
    assert len(lens.asked) == 3


def test_other_runs_and_hidden_pages_do_not_compute(
    shown: FeatureMapsPage,
    session: Session,
    lens: FakeLens,
    tmp_path: Path,
    wait_for: Callable[..., None],
) -> None:
    session.set_weights(Weights("run", file=tmp_path))
    wait_for(lambda: len(lens.asked) == 2)
    session.announce_weights(tmp_path / "other")
    shown.hide()
    session.announce_weights(tmp_path)
    wait_for(lambda: is_at_rest(shown))
    assert len(lens.asked) == 2
    shown.show()
    wait_for(lambda: len(lens.asked) == 3)


def test_a_download_shows_its_progress_and_can_be_cancelled(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    lens.downloads = True
    session.set_weights(PRETRAINED)
    wait_for(shown.view.download.isVisible)
    assert shown.view.download.text == "Downloading weights: 5.0 MB of 10.0 MB"
    shown.view.download.cancelled.emit()
    wait_for(lambda: "cancelled" in shown.banner.text)
    assert session.weights == PRETRAINED
    assert shown.view.header.notice.text() == UNTRAINED
    assert not shown.view.download.isVisible()
    assert is_at_rest(shown)


def test_choosing_other_weights_gives_a_download_up(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    lens.downloads = True
    session.set_weights(PRETRAINED)
    wait_for(shown.view.download.isVisible)
    session.set_weights(Weights("run", file=tmp_path))
    wait_for(lambda: shown.shown is not None and shown.shown.step == 7)
    assert lens.cancelled.is_set()
    assert shown.banner.text == ""


def test_closing_ends_a_download(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    lens.downloads = True
    session.set_weights(PRETRAINED)
    wait_for(shown.view.download.isVisible)
    shown.end()
    assert lens.cancelled.is_set()


def test_clicking_a_map_shows_it_large_and_the_number_moves_the_mark(shown: FeatureMapsPage) -> None:
    shown.view.maps.mosaic.channel_chosen.emit(5)
    assert shown.view.channel.channel == 5
    shown.view.channel.number.choose(2)
    assert shown.view.maps.mosaic.selected == 2


def test_logits_show_class_names_where_the_weights_tell_them(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    lens.class_names = tuple(f"name {index}" for index in range(10))
    session.select_call(LOGITS)
    wait_for(lambda: shown.shown is not None and shown.shown.call == LOGITS)
    assert shown.view.maps.vector.isVisible()
    assert shown.view.channel.classes.rows[0] == ("name 0", "10.0 %")


def test_changing_the_scaling_draws_anew(shown: FeatureMapsPage, wait_for: Callable[..., None]) -> None:
    assert shown.view.channel.scale.labels == ("", "1 everywhere", "")
    shown.view.header.scaling.choose_color_map("diverging")
    wait_for(lambda: shown.view.channel.scale.labels == ("−2", "0", "2"))


def test_maps_are_saved_and_the_place_is_told(
    shown: FeatureMapsPage, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    shown.save(tmp_path / "maps.npz")
    wait_for(lambda: str(tmp_path / "maps.npz") in shown.banner.text)
    assert (tmp_path / "maps.npz").is_file()
    (tmp_path / "file").touch()
    shown.save(tmp_path / "file" / "maps.png")
    wait_for(lambda: "cannot be written" in shown.banner.text)


def test_the_page_is_painted_with_and_without_maps(
    page: FeatureMapsPage, session: Session, make_report: MakeReport, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    assert not page.grab().isNull()
    session.set_spec(SPEC)
    show_report(session, make_report())
    wait_for(lambda: page.shown is not None)
    page.grab().save(str(tmp_path / "page.png"))
    assert (tmp_path / "page.png").stat().st_size > 10_000


def test_new_options_are_not_paired_with_the_old_calls(
    shown: FeatureMapsPage, session: Session, make_report: MakeReport, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    """BatchNorm keeps name and input, and moves every call: the old call's index was of another layer, or of none."""
    assert session.spec is not None
    before = session.spec
    session.set_spec(replace(before, options={"batch_norm": True}))
    wait_for(lambda: is_at_rest(shown))
    asked = list(lens.asked)
    assert all(each[0] == before for each in asked)
    show_report(session, replace(make_report(), calls=make_report().calls[:3]))
    wait_for(lambda: len(lens.asked) > len(asked))
    assert lens.asked[-1][0] == session.spec
    assert lens.asked[-1][3] < 3


def test_commands_step_through_the_channels_and_ask_where_to_save(shown: FeatureMapsPage) -> None:
    commands = {command.id: command for command in shown.commands()}
    assert not commands["maps.paste-picture"].enabled()
    QGuiApplication.clipboard().setImage(QImage(2, 2, QImage.Format.Format_RGB32))
    missing = {f"maps.{way}-{what}" for way in ("copy", "save") for what in ("heat", "beside", "arithmetic")}
    assert {id_ for id_, command in commands.items() if not command.enabled()} == missing
    commands["maps.next-channel"].trigger()
    commands["maps.next-channel"].trigger()
    commands["maps.previous-channel"].trigger()
    assert shown.view.channel.channel == shown.view.maps.mosaic.selected == 1
    commands["maps.save"].trigger()
    (dialog,) = shown.findChildren(QFileDialog)
    assert Path(dialog.selectedFiles()[0]).name == "vgg11 features.0.png"
    dialog.reject()


def test_commands_are_off_without_maps(page: FeatureMapsPage) -> None:
    assert not any(command.enabled() for command in page.commands())


def test_a_click_on_a_cell_takes_its_number_apart_and_another_layer_takes_its_own(
    shown: FeatureMapsPage, session: Session, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    shown.view.channel.select_channel(1)
    shown.view.channel.view.cell_clicked.emit((2, 3))
    wait_for(lambda: not shown.view.pixel.isHidden())
    assert lens.taken_apart == [Place(1, 2, 3)]
    session.select_call(RELU)
    wait_for(lambda: len(lens.taken_apart) == 2)
    session.select_call(LOGITS)  # has no such place
    wait_for(lambda: shown.view.pixel.isHidden())
    assert len(lens.taken_apart) == 2


def test_another_channel_and_the_next_place_are_taken_apart_in_turn(
    shown: FeatureMapsPage, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    columns = shown.shown.values.shape[2]
    shown.view.channel.view.cell_clicked.emit((0, columns - 1))
    wait_for(lambda: len(lens.taken_apart) == 1)
    shown.view.maps.mosaic.channel_chosen.emit(2)
    wait_for(lambda: lens.taken_apart[-1] == Place(2, 0, columns - 1))
    shown.view.pixel.next_wanted.emit()
    wait_for(lambda: lens.taken_apart[-1] == Place(2, 1, 0))
    shown.view.pixel.closed.emit()
    wait_for(lambda: shown.view.pixel.isHidden())
    assert shown.view.picture.view._box is None


def test_pointing_at_a_cell_frames_what_it_sees(shown: FeatureMapsPage) -> None:
    shown.view._field = Field("exact", (Axis(-1, 1), Axis(-2, 2)))
    shown.view.maps.mosaic.cell_hovered.emit((0, 4, 0))
    assert shown.view.picture.view._box == (3, -2, 5, 2)
    shown.view.maps.mosaic.cell_hovered.emit(None)
    assert shown.view.picture.view._box is None


def test_evidence_is_looked_for_by_the_method_and_for_the_class_that_are_chosen(
    shown: FeatureMapsPage, lens: FakeLens, wait_for: Callable[..., None]
) -> None:
    why, picture = shown.view.picture.why, shown.view.picture.view
    assert picture._layer is None
    why.method.setCurrentIndex(why.method.findData("gradcam"))
    wait_for(lambda: picture._layer is not None)
    assert lens.heated == [HeatWish("gradcam")]
    assert why.notice.text().startswith("class 1 at layer block1.0")
    assert [why.classes.itemData(at) for at in range(why.classes.count())] == [None, 1, 2, 0]
    why.classes.setCurrentIndex(2)
    why.classes.activated.emit(2)
    wait_for(lambda: lens.heated[-1] == HeatWish("gradcam", 2))
    wait_for(lambda: why.notice.text().startswith("class 2"))
    assert why.classes.currentData() == 2
    why.method.setCurrentIndex(0)
    wait_for(lambda: picture._layer is None)
    assert not why.notice.text()


def test_looking_for_evidence_can_be_cancelled_where_its_progress_is_seen(
    shown: FeatureMapsPage, wait_for: Callable[..., None]
) -> None:
    why = shown.view.picture.why
    assert why.cancel.isHidden()
    why.method.setCurrentIndex(why.method.findData("occlusion"))
    shown._jobs.heating.emit(3, 196)
    assert why.notice.text().startswith("3 of 196")
    assert why.cancel.isVisibleTo(why)
    why.cancel.click()
    assert why.wish is None
    assert why.cancel.isHidden()
    wait_for(lambda: not why.notice.text())


def test_why_there_is_no_heat_is_said_below_the_picture(shown: FeatureMapsPage, wait_for: Callable[..., None]) -> None:
    why = shown.view.picture.why
    why.classes.addItem("class 7", 7)
    why.classes.setCurrentIndex(1)
    why.method.setCurrentIndex(why.method.findData("occlusion"))
    wait_for(lambda: "no class 7" in why.notice.text())
    assert shown.view.picture.view._layer is None
    assert shown.shown is not None


def test_page_keys_walk_through_the_layers(
    qtbot: QtBot, shown: FeatureMapsPage, session: Session, wait_for: Callable[..., None]
) -> None:
    session.select_call(CONV)
    wait_for(lambda: shown.shown is not None and shown.shown.call == CONV)
    mosaic = shown.view.maps.mosaic
    qtbot.keyClick(mosaic, Qt.Key.Key_PageDown)
    wait_for(lambda: shown.shown is not None and shown.shown.call == RELU)
    qtbot.keyClick(mosaic, Qt.Key.Key_PageUp)
    wait_for(lambda: shown.shown is not None and shown.shown.call == CONV)


def test_a_part_is_of_the_layer_it_was_chosen_for(
    shown: FeatureMapsPage, session: Session, wait_for: Callable[..., None]
) -> None:
    session.select_call(CONV)
    shown.view.maps.parts.part_chosen.emit(Part(slice=2))
    assert shown._wanted.part == Part(slice=2)
    wait_for(lambda: shown._state.answer is not None and shown._state.answer.question.part == Part(slice=2))
    session.select_call(RELU)
    assert shown._wanted.part == Part()
    wait_for(lambda: shown.shown is not None and shown.shown.call == RELU)


def test_limits_that_are_dragged_are_those_of_all_maps(shown: FeatureMapsPage, wait_for: Callable[..., None]) -> None:
    shown.view.channel.histogram.limits_chosen.emit((-2.0, 6.0))
    wait_for(lambda: shown.view.channel.scale.labels == ("−2", "2", "6"))
    assert shown.view.header.scaling.scaling.fixed == (-2.0, 6.0)
    assert shown.view.channel.histogram.limits == (-2.0, 6.0)
