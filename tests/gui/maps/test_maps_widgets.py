from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog
from pytestqt.qtbot import QtBot

from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.drawing import draw
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.maps.channel_panel import ChannelPanel
from cnnviz.gui.maps.maps_panel import MapsPanel
from cnnviz.gui.maps.maps_view import MapsView
from cnnviz.gui.maps.mosaic_view import MosaicView
from cnnviz.gui.maps.picture_panel import PicturePanel
from cnnviz.gui.maps.picture_view import PictureView
from cnnviz.gui.maps.preprocessing_row import PreprocessingRow
from cnnviz.gui.maps.sample_list import SampleList
from cnnviz.gui.maps.scaling_bar import ScalingBar, color_map_of
from cnnviz.gui.maps.vector_view import VectorView
from cnnviz.gui.maps.weights_chooser import WeightsChooser
from cnnviz.gui.parts.choices import make_choices
from cnnviz.gui.parts.color_scale import ColorScale
from cnnviz.gui.parts.image_canvas import ImageCanvas
from cnnviz.gui.parts.top_classes import TopClasses
from cnnviz.gui.theme import Theme
from cnnviz.pictures.preprocessing import as_input
from cnnviz.pictures.samples import samples
from cnnviz.zoo.catalog import resolve
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

LEFT = Qt.MouseButton.LeftButton
FROM = ("From a file…", "From a folder…")
VALUES = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)


def show(qtbot: QtBot, widget: ImageCanvas | VectorView | MapsPanel | ChannelPanel) -> None:
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    widget.show()


def point_of(view: MosaicView, channel: int, row: int, column: int) -> QPoint:
    """Return the middle of a cell in the widget."""
    assert view.grid is not None
    top, left = view.grid.corner(channel)
    return view.rectangle_of(top + row, left + column, 1, 1).center().toPoint()


@pytest.fixture
def mosaic(qtbot: QtBot) -> MosaicView:
    view = MosaicView()
    show(qtbot, view)
    view.set_colors(colors.table("grey"))
    view.show_maps(draw(VALUES, Scaling(each=False)).levels)
    return view


def test_every_cell_of_the_mosaic_tells_its_channel_row_and_column(qtbot: QtBot, mosaic: MosaicView) -> None:
    told: list[object] = []
    mosaic.cell_hovered.connect(told.append)
    for cell in np.ndindex(VALUES.shape):
        told.clear()
        QTest.mouseMove(mosaic, point_of(mosaic, *cell))
        qtbot.waitUntil(lambda: bool(told))
        assert told[-1] == cell


def test_a_thinned_mosaic_tells_rows_and_columns_of_the_full_map(mosaic: MosaicView) -> None:
    told: list[object] = []
    mosaic.cell_hovered.connect(told.append)
    mosaic.show_maps(draw(VALUES, Scaling()).levels, stride=3)
    QTest.mouseMove(mosaic, point_of(mosaic, 2, 1, 4))
    assert told[-1] == (2, 3, 12)


def test_the_painted_pixel_has_the_colour_of_its_value(mosaic: MosaicView) -> None:
    image = mosaic.grab().toImage()
    for channel, row, column in ((0, 0, 0), (2, 3, 1), (1, 4, 5)):
        expected = round(254 * VALUES[channel, row, column] / VALUES.max())
        assert image.pixelColor(point_of(mosaic, channel, row, column)).red() == pytest.approx(expected, abs=1)


def test_gaps_have_the_palettes_colour(mosaic: MosaicView) -> None:
    assert mosaic.grid is not None
    gap = mosaic.rectangle_of(0, mosaic.grid.width, 1, 1).center().toPoint()
    assert mosaic.grab().toImage().pixelColor(gap) == mosaic.palette().base().color()


def test_a_click_chooses_a_map_and_a_drag_does_not(qtbot: QtBot, mosaic: MosaicView) -> None:
    with qtbot.waitSignal(mosaic.channel_chosen) as chosen:
        QTest.mouseClick(mosaic, LEFT, pos=point_of(mosaic, 3, 2, 2))
    assert chosen.args == [3]
    start = point_of(mosaic, 1, 2, 2)
    with qtbot.assertNotEmitted(mosaic.channel_chosen):
        QTest.mousePress(mosaic, LEFT, pos=start)
        QTest.mouseMove(mosaic, start + QPoint(40, 0))
        QTest.mouseRelease(mosaic, LEFT, pos=start + QPoint(40, 0))
    assert mosaic.selected == 3


def test_dragging_moves_the_picture_with_the_mouse(mosaic: MosaicView) -> None:
    start = point_of(mosaic, 1, 2, 2)
    QTest.mousePress(mosaic, LEFT, pos=start)
    QTest.mouseMove(mosaic, start + QPoint(30, 20))
    QTest.mouseRelease(mosaic, LEFT, pos=start + QPoint(30, 20))
    assert point_of(mosaic, 1, 2, 2) == start + QPoint(30, 20)


def test_arrow_keys_walk_over_the_maps_and_stop_at_the_ends(mosaic: MosaicView) -> None:
    assert mosaic.grid is not None
    assert mosaic.grid.columns == 2
    for key, expected in (("Left", 0), ("Right", 1), ("Down", 3), ("Down", 3), ("Up", 1), ("End", 3), ("Home", 0)):
        QTest.keyClick(mosaic, getattr(Qt.Key, f"Key_{key}"))
        assert mosaic.selected == expected


def test_zooming_keeps_the_cell_under_the_mouse(mosaic: MosaicView) -> None:
    fixed = QPointF(point_of(mosaic, 2, 1, 1))
    before = mosaic.place_at(fixed)
    mosaic.zoom(3.0, fixed)
    assert mosaic.place_at(fixed) == pytest.approx(before)
    assert not mosaic.is_fitted
    mosaic.fit()
    assert mosaic.is_fitted


def test_new_maps_of_the_same_size_are_seen_at_the_same_zoom_and_others_whole(mosaic: MosaicView) -> None:
    mosaic.zoom(2.0)
    scale, place = mosaic.scale, mosaic.place_at(QPointF(200, 150))
    mosaic.show_maps(draw(VALUES + 1, Scaling()).levels)
    assert (mosaic.scale, mosaic.place_at(QPointF(200, 150))) == (scale, place)
    mosaic.show_maps(draw(VALUES[:, :3], Scaling()).levels)
    assert mosaic.is_fitted


def test_a_wider_widget_gets_more_columns_unless_zoomed(mosaic: MosaicView) -> None:
    mosaic.resize(1200, 200)
    assert mosaic.grid is not None
    assert mosaic.grid.columns == 4
    mosaic.zoom(2.0)
    mosaic.resize(200, 1200)
    assert mosaic.grid.columns == 4


def test_zoom_has_limits(mosaic: MosaicView) -> None:
    mosaic.zoom(1e-9)
    assert mosaic.scale > 0.01
    mosaic.zoom(1e9)
    assert mosaic.scale <= 200
    mosaic.grab()


def test_an_empty_canvas_can_be_painted_zoomed_and_pointed_at(qtbot: QtBot) -> None:
    canvas = ImageCanvas()
    show(qtbot, canvas)
    canvas.zoom(2)
    canvas.fit()
    QTest.mouseMove(canvas, QPoint(5, 5))
    assert canvas.place_at(QPointF(5, 5)) is None
    assert not canvas.grab().isNull()


@pytest.fixture
def panel(qtbot: QtBot) -> MapsPanel:
    panel = MapsPanel()
    show(qtbot, panel)
    panel.set_colors(colors.table("viridis"))
    return panel


def test_the_readout_names_channel_row_column_and_value(panel: MapsPanel) -> None:
    panel.show_drawing(draw(VALUES - 50, Scaling()))
    panel.mosaic.cell_hovered.emit((1, 2, 3))
    assert panel.readout.text() == "Channel 1 · row 2 · column 3 · value −5"
    panel.mosaic.cell_hovered.emit(None)
    assert "value −5" not in panel.readout.text()


def test_a_vector_is_shown_as_bars_with_names(panel: MapsPanel) -> None:
    panel.show_drawing(draw(np.array([0.5, -2, 1], np.float32).reshape(3, 1, 1), Scaling()), ("Bag", "Coat", "Shirt"))
    assert panel.vector.isVisible()
    panel.vector.feature_hovered.emit(1)
    assert panel.readout.text() == "Feature 1 (Coat) · value −2"
    panel.show_drawing(draw(VALUES, Scaling()))
    assert panel.mosaic.isVisible()
    assert not panel.vector.isVisible()


@pytest.mark.parametrize("count", [1, 2, 10, 1000, 25_088])
def test_every_feature_can_be_pointed_at_and_chosen(qtbot: QtBot, count: int) -> None:
    view = VectorView()
    show(qtbot, view)
    view.show_features(np.linspace(-1, 1, count, dtype=np.float32))
    area = view._area()
    found = [view.feature_at(QPointF(x, 50)) for x in np.linspace(area.left(), area.right() - 0.01, 300)]
    assert found[0] == 0
    assert count - count / 250 - 1 <= found[-1] <= count - 1
    assert found == sorted(found)
    assert view.feature_at(QPointF(area.left() - 1, 50)) is None
    QTest.keyClick(view, Qt.Key.Key_End)
    assert not view.grab().isNull()


@pytest.mark.parametrize("values", [[0.0, 0.0], [np.nan, 1.0], [np.inf, -np.inf], [5.0]])
def test_strange_features_can_be_painted(qtbot: QtBot, values: list[float]) -> None:
    view = VectorView()
    show(qtbot, view)
    view.show_features(np.array(values, np.float32), ("a long name of a class",) * len(values))
    assert not view.grab().isNull()


@pytest.fixture
def channel(qtbot: QtBot) -> ChannelPanel:
    panel = ChannelPanel()
    show(qtbot, panel)
    panel.set_colors(colors.table("viridis"))
    return panel


def test_the_chosen_channel_stays_when_other_maps_have_it_too(channel: ChannelPanel) -> None:
    channel.show_drawing(draw(VALUES, Scaling()))
    channel.select_channel(3)
    channel.show_drawing(draw(VALUES * 2, Scaling()))
    assert channel.channel == 3
    assert channel.view.value_at(1, 2) == 2 * VALUES[3, 1, 2]
    channel.show_drawing(draw(VALUES[:2], Scaling()))
    assert channel.channel == 1
    assert channel.view.value_at(0, 0) == VALUES[1, 0, 0]


def test_the_large_view_reads_values_and_the_scale_says_its_ends(channel: ChannelPanel) -> None:
    channel.show_drawing(draw(VALUES - 10, Scaling()))
    channel.view.cell_hovered.emit((0, 4))
    assert channel.readout.text() == "Row 0 · column 4 · value −6"
    assert channel.scale.labels == ("−10", "4.5", "19")
    assert channel.statistics.text("Minimum") == "−10"
    assert channel.statistics.text("Dead maps") == "0 of 4"


def test_a_channel_is_typed_or_stepped_to(qtbot: QtBot, channel: ChannelPanel) -> None:
    channel.show_drawing(draw(VALUES, Scaling()))
    for keys, expected in (("2", 2), ("9", 3), ("", 3), ("x1", 1)):
        channel.number.clear()
        qtbot.keyClicks(channel.number, keys)
        qtbot.keyClick(channel.number, Qt.Key.Key_Return)
        channel.number.editingFinished.emit()
        assert (channel.channel, channel.number.text()) == (expected, str(expected))
    for key, expected in ((Qt.Key.Key_Up, 2), (Qt.Key.Key_Down, 1), (Qt.Key.Key_Down, 0), (Qt.Key.Key_Down, 0)):
        qtbot.keyClick(channel.number, key)
        assert channel.view.value_at(0, 0) == VALUES[expected, 0, 0]


def test_logits_show_the_likeliest_classes_by_name(channel: ChannelPanel) -> None:
    logits = np.log(np.array([0.2, 0.7, 0.1], np.float32)).reshape(3, 1, 1)
    channel.show_drawing(draw(logits, Scaling()), are_logits=True, names=("Bag", "Coat", "Shirt"))
    assert channel.classes.rows == (("Coat", "70.0 %"), ("Bag", "20.0 %"), ("Shirt", "10.0 %"))
    assert channel.classes.isVisible()
    assert not channel.view.isVisible()
    channel.show_drawing(draw(logits, Scaling()), are_logits=False)
    assert not channel.classes.isVisible()


def test_classes_without_names_go_by_their_numbers(qtbot: QtBot) -> None:
    classes = TopClasses()
    qtbot.addWidget(classes)
    classes.show_classes([(7, 0.5)], ())
    assert classes.rows == (("class 7", "50.0 %"),)


def test_small_maps_bear_their_values(channel: ChannelPanel) -> None:
    channel.show_drawing(draw(VALUES[:, :2, :2], Scaling()))
    channel.resize(400, 900)
    assert channel.view.scale > 42
    assert not channel.grab().isNull()


def test_one_value_everywhere_is_said_once(qtbot: QtBot) -> None:
    scale = ColorScale()
    qtbot.addWidget(scale)
    scale.set_range(0.0, 0.0)
    assert scale.labels == ("", "0 everywhere", "")


def test_the_diverging_colours_make_the_range_symmetric(qtbot: QtBot) -> None:
    bar = ScalingBar()
    qtbot.addWidget(bar)
    with qtbot.waitSignal(bar.scaling_changed) as changed:
        bar.choose_color_map("diverging")
    assert changed.args == [Scaling(each=True, symmetric=True)]
    bar.choose_color_map("cividis")
    bar.choose_scaling(Scaling(each=False, clip=True))
    assert bar.scaling == Scaling(each=False, symmetric=False, clip=True)
    bar.choose_color_map(colors.AUTOMATIC)
    assert bar.scaling.symmetric is None


def test_fixed_limits_begin_with_those_on_screen_and_stay(qtbot: QtBot) -> None:
    bar = ScalingBar()
    qtbot.addWidget(bar)
    bar.choose_color_map("grey")
    make_choices(bar.choosers, {"scale": "Fixed limits"})
    assert bar.scaling == Scaling(each=False)  # no maps were seen yet
    bar.know_limits((-1.0, 2.0))
    assert bar.scaling.fixed == (-1.0, 2.0)
    bar.know_limits((-7.0, 7.0))
    assert bar.scaling.fixed == (-1.0, 2.0)
    bar.choose_scaling(Scaling(each=True))
    bar.know_limits((-7.0, 7.0))
    make_choices(bar.choosers, {"scale": "Fixed limits"})
    assert bar.scaling.fixed == (-7.0, 7.0)


def test_automatic_colours_diverge_where_zero_is_in_the_middle() -> None:
    assert color_map_of(colors.AUTOMATIC, diverges=True) == colors.DIVERGING
    assert color_map_of(colors.AUTOMATIC, diverges=False) == "viridis"
    assert color_map_of("grey", diverges=True) == "grey"


def test_weights_are_offered_that_fit_the_network(qtbot: QtBot, tmp_path: Path) -> None:
    chooser = WeightsChooser()
    qtbot.addWidget(chooser)

    def texts() -> list[str]:
        return [chooser.itemText(at) for at in range(chooser.count()) if chooser.itemText(at)]

    chooser.offer(resolve("lenet"), None, RANDOM_WEIGHTS)
    assert texts() == ["Random (untrained)", "Trained on Fashion-MNIST", *FROM]
    chooser.offer(resolve("torchvision/alexnet"), tmp_path / "run-1", RANDOM_WEIGHTS)
    assert texts() == [
        "Random (untrained)",
        "Pretrained IMAGENET1K V1 · 233 MB",
        "Run run-1",
        "From a file…",
        "From a folder…",
    ]
    chooser.offer(
        resolve("torchvision/alexnet", {"num_classes": 10}), None, Weights("file", file=tmp_path / "w.safetensors")
    )
    assert texts() == [
        "Random (untrained)",
        "w.safetensors",
        "What fits of w.safetensors",
        "From a file…",
        "From a folder…",
    ]
    assert chooser.currentText() == "w.safetensors"
    (tmp_path / "net.py").write_text("class Net(nn.Module): ...\n")
    chooser.offer(resolve(f"{tmp_path / 'net.py'}"), None, RANDOM_WEIGHTS)
    assert texts() == ["As net.py makes them", *FROM]


def test_choosing_weights_tells_them_and_a_file_is_asked_for(qtbot: QtBot, tmp_path: Path) -> None:
    chooser = WeightsChooser()
    qtbot.addWidget(chooser)
    chooser.offer(resolve("nin"), tmp_path, RANDOM_WEIGHTS)
    with qtbot.waitSignal(chooser.weights_chosen) as chosen:
        chooser.activated.emit(1)
    assert chosen.args == [Weights("run", file=tmp_path)]
    asked: list[str] = []
    chooser.open_file = lambda: asked.append("file")  # type: ignore[method-assign]
    chooser.open_folder = lambda: asked.append("folder")  # type: ignore[method-assign]
    for before_last in (2, 1):
        chooser.activated.emit(chooser.count() - before_last)
    assert asked == ["file", "folder"]
    assert chooser.currentText() == "Random (untrained)"


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    """Weights as a Hugging Face model has them, in parts."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors"):
        (folder / name).write_text("{}", "utf-8")
    return folder


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    final = tmp_path / "run" / "checkpoints" / "final"
    final.mkdir(parents=True)
    for file in (
        final / "model.safetensors",
        final / "checkpoint.json",
        final.parent / "latest",
        tmp_path / "run" / "config.toml",
    ):
        file.write_text("{}", "utf-8")
    return tmp_path / "run"


def dropped(chooser: WeightsChooser, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    how = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    for event in (
        QDragEnterEvent(QPoint(5, 5), *how),
        QDragMoveEvent(QPoint(5, 5), *how),
        QDropEvent(QPointF(5, 5), *how),
    ):
        QApplication.sendEvent(chooser, event)
        assert event.isAccepted()


def picked(chooser: WeightsChooser, path: Path) -> None:
    chooser.open_folder() if path.is_dir() else chooser.open_file()
    (dialog,) = chooser.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(path))


@pytest.mark.parametrize("choose", [dropped, picked])
@pytest.mark.parametrize(
    "name", ["", "config.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors"]
)
def test_a_folder_of_weights_is_taken_itself_or_by_a_file_in_it(qtbot, model_folder: Path, choose, name: str) -> None:
    chooser = WeightsChooser()
    qtbot.addWidget(chooser)
    with qtbot.waitSignal(chooser.weights_chosen) as chosen:
        choose(chooser, model_folder / name)
    meant = model_folder if name in ("", "config.json") else model_folder / name
    assert chosen.args == [Weights("file", file=meant)]


@pytest.mark.parametrize("choose", [dropped, picked])
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("", Weights("run")),
        ("config.toml", Weights("run")),
        ("checkpoints", Weights("run")),
        ("checkpoints/latest", Weights("run")),
        ("checkpoints/final", Weights("file", file=Path("checkpoints/final"))),
        ("checkpoints/final/checkpoint.json", Weights("file", file=Path("checkpoints/final"))),
    ],
)
def test_a_run_and_a_checkpoint_of_it_are_taken_by_their_folders(
    qtbot: QtBot, run_folder: Path, choose, name: str, meant: Weights
) -> None:
    chooser = WeightsChooser()
    qtbot.addWidget(chooser)
    with qtbot.waitSignal(chooser.weights_chosen) as chosen:
        choose(chooser, run_folder / name)
    assert chosen.args == [replace(meant, file=run_folder / (meant.file or ""))]


def test_what_fits_of_a_file_is_offered_and_chosen_again_keeps_its_normalisation(qtbot: QtBot, tmp_path: Path) -> None:
    chooser = WeightsChooser()
    qtbot.addWidget(chooser)
    wanted = Weights("file", file=tmp_path / "w.pth", normalise="half")
    chooser.offer(resolve("nin"), None, wanted)
    with qtbot.waitSignal(chooser.weights_chosen) as chosen:
        chooser.activated.emit(1)
    assert chosen.args == [wanted]
    with qtbot.waitSignal(chooser.weights_chosen) as chosen:
        chooser.activated.emit(2)
    assert chosen.args == [Weights("file", file=tmp_path / "w.pth", allow_mismatch=True)]
    chooser.offer(resolve("nin"), None, replace(wanted, allow_mismatch=True))
    assert chooser.currentText() == "What fits of w.pth"


def test_preprocessing_is_offered_that_suits_the_channels_and_told_with_the_weights(qtbot: QtBot) -> None:
    row = PreprocessingRow()
    qtbot.addWidget(row)

    def texts() -> list[str]:
        return [row.normalisation.itemText(at) for at in range(row.normalisation.count())]

    weights = Weights("file", file=Path("w.pth"))
    row.offer(resolve("lenet"), weights)
    assert texts() == [
        "As the weights need", "None (0 to 1)", "None (0 to 255)", "−1 to 1", "MNIST", "Fashion-MNIST",
        "Other mean and deviation…",
    ]  # fmt: skip
    row.offer(resolve("torchvision/alexnet"), replace(weights, normalise="0.4,0.2"))
    assert row.normalisation.currentText() == "0.4, 0.2"
    with qtbot.waitSignal(row.weights_chosen) as chosen:
        choose(row.normalisation, texts().index("ImageNet"))
    assert chosen.args == [replace(weights, normalise="imagenet")]
    row.offer(resolve("torchvision/alexnet"), replace(weights, normalise="imagenet"))
    with qtbot.waitSignal(row.weights_chosen) as chosen:
        choose(row.fit, row.fit.findData("squash"))
    assert chosen.args == [replace(weights, normalise="imagenet", fit="squash")]


def choose(box: QComboBox, position: int) -> None:
    box.setCurrentIndex(position)
    box.activated.emit(position)


def test_what_the_network_sees_is_shown_as_it_was_before_it_was_normalised(qtbot: QtBot) -> None:
    panel = PicturePanel(Shelf())
    qtbot.addWidget(panel)
    panel.show_input((1, 4, 6))
    pixels = np.arange(24, dtype=np.uint8).reshape(1, 4, 6) * 10
    normalisation = ((0.3,), (0.2,))
    values = as_input(pixels, normalisation)
    maps = FeatureMaps("c", 1, values[0], values, "random", fit="squash", normalisation=normalisation)
    panel.show_seen(maps)
    image = panel.seen.image
    seen = [[image.pixelColor(x, y).red() for x in range(6)] for y in range(4)]
    assert seen == pixels[0].tolist()
    assert panel.input.text() == "Seen as 1 × 4 × 6, grey. All of it, drawn to that shape. Values −1.5 to 3.01."
    panel.show_seen(None)
    assert panel.seen.isHidden()


def test_samples_are_thumbnails_that_tell_their_file(qtbot: QtBot) -> None:
    gallery = SampleList()
    qtbot.addWidget(gallery)
    assert [button.accessibleName() for button in gallery.buttons()] == [sample.title for sample in samples()]
    with qtbot.waitSignal(gallery.sample_chosen) as chosen:
        gallery.buttons()[1].click()
    assert chosen.args == [samples()[1].file]
    gallery.show_chosen(Path("elsewhere.png"))
    assert gallery.chosen is None
    gallery.show_chosen(samples()[4].file)
    assert gallery.chosen == samples()[4].file


def drop(view: PictureView, data: QMimeData) -> QDropEvent:
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    view.dropEvent(event)
    return event


def test_a_dropped_file_is_told_and_anything_else_is_not(qtbot: QtBot, tmp_path: Path) -> None:
    view = PictureView()
    qtbot.addWidget(view)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "ä b.png"))])
    with qtbot.waitSignal(view.picture_dropped) as dropped:
        drop(view, data)
    assert dropped.args == [tmp_path / "ä b.png"]
    for text in ("https://example.org/a.png", "words"):
        other = QMimeData()
        other.setText(text)
        if text.startswith("http"):
            other.setUrls([QUrl(text)])
        with qtbot.assertNotEmitted(view.picture_dropped):
            drop(view, other)


def test_the_part_that_the_network_does_not_see_is_paler(qtbot: QtBot) -> None:
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(300, 100)
    view.show_picture(np.zeros((100, 300, 3), np.uint8))
    view.set_aspect(1.0)
    assert view.is_cut
    image = view.grab().toImage()
    assert image.pixelColor(150, 50).lightness() == 0
    assert image.pixelColor(20, 50).lightness() > 50
    view.set_aspect(3.0)
    assert not view.is_cut


def test_notes_that_are_wrapped_and_slices_leave_the_page_within_a_laptops_window(qtbot: QtBot, theme: Theme) -> None:
    view = MapsView()
    qtbot.addWidget(view)
    view.resize(1000, 690)
    view.show()
    view.header.preprocessing.show_notes(("The network takes 8 pictures, one behind the other: each is this one.",))
    view.maps.parts.show()
    view.beside.stack.show()
    for panel in (view.beside.kernels, view.beside.compared, view.beside.several, view.beside.strongest):
        view.beside.stack.setCurrentWidget(panel)
        qtbot.wait(1)
        assert not view.hasHeightForWidth()  # a scroll area would give it all the height that it would like
        assert view.minimumSizeHint().height() <= 690
        assert view.minimumSizeHint().width() <= 1000
    assert theme.text_size == 100
