from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot
from shown_reports import show_report

from cnnviz.errors import CnnvizError
from cnnviz.gui.calls.tree_model import SHARE_ROLE
from cnnviz.gui.compare.comparison_models import STAGES, TOTALS, ComparisonTable, stage_rows, totals_rows
from cnnviz.gui.compare.contestants import ADDED_AT_MOST, AT_MOST, Contestant, Published, published_figures, spec_title
from cnnviz.gui.compare.cost_plot import CostPlot, anchors
from cnnviz.gui.compare.network_field import NetworkField
from cnnviz.gui.compare.page import ComparePage
from cnnviz.gui.parts.plots.power_axis import power_text
from cnnviz.gui.session import Session
from cnnviz.gui.spec_text import spec_as_text
from cnnviz.inspection.comparison import compare
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Failure, Report
from cnnviz.zoo.catalog import ModelSpec, architectures, find, resolve

MakeReport = Callable[..., Report]
_DEEP = ("alexnet", "vgg11", "vgg13", "vgg16", "vgg19", "nin")


@pytest.fixture
def page(qtbot: QtBot, session: Session, make_report: MakeReport) -> Iterator[ComparePage]:
    def inspect(spec: ModelSpec) -> Inspected:
        if spec.name == "nin":
            raise CnnvizError("NiN is refused.", "Take another.")
        return Inspected(spec, make_report(spec.name, macs=2000))

    page = ComparePage(session, inspect)
    qtbot.addWidget(page)
    page.show()
    yield page
    page.end()


def _pick(session: Session, report: Report, **options: object) -> None:
    session.set_spec(resolve(report.name, options))
    show_report(session, report)


def _titles(page: ComparePage) -> list[str]:
    return [row[0].text for row in page.totals.rows]


def test_current_network_is_in_by_itself_and_others_join_it(
    qtbot: QtBot, page: ComparePage, session: Session, make_report: MakeReport
) -> None:
    _pick(session, make_report("vgg11"))
    assert _titles(page) == ["VGG-11"]
    page.field.network_chosen.emit("lenet")
    qtbot.waitUntil(lambda: _titles(page) == ["VGG-11", "LeNet-5"], timeout=3000)
    assert page.plot.marked == ["VGG-11", "LeNet-5"]
    assert len(page.stages.rows) == 2 * len({row[0].text for row in page.stages.rows})


def test_current_network_gives_way_to_the_next_and_a_kept_one_stays(
    qtbot: QtBot, page: ComparePage, session: Session, make_report: MakeReport
) -> None:
    _pick(session, make_report("vgg11"))
    _pick(session, make_report("lenet"))
    assert _titles(page) == ["LeNet-5"]
    keep = next(button for button in page.chips.findChildren(QToolButton) if button.text() == "Keep")
    qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    _pick(session, make_report("vgg11"))
    assert _titles(page) == ["VGG-11", "LeNet-5"]


def test_network_is_taken_out_by_its_chip(
    qtbot: QtBot, page: ComparePage, session: Session, make_report: MakeReport
) -> None:
    _pick(session, make_report("vgg11"))
    page.add("lenet")
    page.add("alexnet")
    qtbot.waitUntil(lambda: len(_titles(page)) == 3, timeout=3000)
    remove = next(b for b in page.chips.findChildren(QToolButton) if b.toolTip() == "Take LeNet-5 out")
    qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert _titles(page) == ["VGG-11", "AlexNet"]


def test_same_network_stands_there_once(page: ComparePage, session: Session, make_report: MakeReport) -> None:
    _pick(session, make_report("vgg11"))
    page.add("vgg11")
    page.add("vgg11")
    assert len(page.contestants) == 1


def test_refused_network_says_why_and_costs_the_others_nothing(
    qtbot: QtBot, page: ComparePage, session: Session, make_report: MakeReport
) -> None:
    page.add("nin")
    page.add("lenet")
    qtbot.waitUntil(lambda: _titles(page) == ["LeNet-5"], timeout=3000)
    assert page.banner.text == "NiN is refused. Take another."


def test_unknown_name_and_one_too_many_are_told(page: ComparePage) -> None:
    page.add("resnet19")
    assert "no architecture 'resnet19'" in page.banner.text
    for name in ("lenet", "alexnet", "vgg11", "vgg13", "vgg16"):
        page.add(name)
    assert page.banner.text == ""
    page.add("googlenet")
    assert "Take one out first." in page.banner.text
    page.banner.clear()
    page.choose({str(at): spec_as_text(resolve(name)) for at, name in enumerate(("lenet", *_DEEP))})
    assert len(page.contestants) == ADDED_AT_MOST


def test_current_network_has_a_place_and_a_color_whichever_is_picked(
    qtbot: QtBot, page: ComparePage, session: Session, make_report: MakeReport
) -> None:
    for name in ("lenet", "alexnet", "vgg11", "vgg13", "vgg16"):
        page.add(name)
    _pick(session, make_report("vgg19"))
    page.keep_current()
    assert "Take one out first." in page.banner.text
    qtbot.waitUntil(lambda: page.totals.rowCount() == AT_MOST)
    last = page.totals.index(AT_MOST - 1, 0)
    colors = [page.totals.index(row, 0).data(Qt.ItemDataRole.DecorationRole) for row in range(last.row() + 1)]
    assert len({color.name() for color in colors}) == AT_MOST


def test_hidden_page_catches_up_when_it_is_shown(qtbot: QtBot, session: Session, make_report: MakeReport) -> None:
    page = ComparePage(session, lambda spec: make_report(spec.name))
    qtbot.addWidget(page)
    _pick(session, make_report("vgg11"))
    assert page.totals.rows == ()
    page.show()
    assert _titles(page) == ["VGG-11"]
    page.end()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_tables_keep_the_rules_of_item_models(count: int, qtbot: QtBot, make_report: MakeReport) -> None:
    colors = [QColor("red")] * count
    reports = [make_report(macs=1000 * (at + 1)) for at in range(count)]
    for headings, rows_of in ((TOTALS, totals_rows), (STAGES, stage_rows)):
        model = ComparisonTable(headings)
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
        model.show_rows(rows_of(compare(reports)) if reports else (), colors)
        assert model.rowCount() == len(model.rows)
        model.show_rows((), [])
        assert model.rowCount() == 0


def test_bar_is_the_share_of_the_greatest_and_unknown_has_none(make_report: MakeReport) -> None:
    reports = [make_report(macs=1000), make_report(macs=4000), make_report(macs=None)]
    model = ComparisonTable(TOTALS)
    model.show_rows(totals_rows(compare(reports)), [QColor("red")] * 3)
    assert [model.index(row, 2).data(SHARE_ROLE) for row in range(3)] == [(0.25, 0.0), (1.0, 0.0), None]
    assert model.index(2, 2).data() == "–"


def test_failed_network_is_told_in_its_row(make_report: MakeReport) -> None:
    rows = totals_rows(compare([make_report(error=Failure("It broke.", "Mend it.", 6, None))]))
    assert rows[0][0].failed
    assert rows[0][0].tooltip == "It broke. Mend it."


def test_title_says_what_is_not_as_usual() -> None:
    assert spec_title(resolve("vgg11")) == "VGG-11"
    assert spec_title(resolve("vgg11", {"width_divisor": 8}, (1, 64, 64))) == "VGG-11, width ÷ 8, 64 × 64"
    assert spec_title(resolve("lenet", {"activation": "relu", "num_classes": 3})) == "LeNet-5, 3 classes, relu"
    assert Contestant(resolve("nin"), True).title == "NiN"


def test_every_published_accuracy_is_a_dot_and_a_click_adds_its_network(qtbot: QtBot) -> None:
    published = published_figures(architectures())
    plot = CostPlot(published)
    qtbot.addWidget(plot)
    assert len(published) == sum(bool(entry.weights) for entry in architectures()) >= 80
    assert len(plot._dots.points()) == len(published)
    resnet = next(spot for spot in plot._dots.points() if spot.data().name == "torchvision/resnet50")
    plot._dots.sigHovered.emit(plot._dots, [resnet], None)
    assert plot.readout.startswith("resnet50: 25.6 M parameters, 4.09 GMACs, top-1 ")
    with qtbot.waitSignal(plot.network_chosen) as chosen:
        plot._dots.sigClicked.emit(plot._dots, [resnet], None)
    assert chosen.args == ["torchvision/resnet50"]
    plot._dots.sigHovered.emit(plot._dots, [], None)
    assert "Point at one" in plot.readout


def test_network_without_known_macs_has_no_mark(qtbot: QtBot, make_report: MakeReport) -> None:
    plot = CostPlot((Published("a", "a", 10, 10.0, 70.0),))
    qtbot.addWidget(plot)
    plot.show_networks(compare([make_report(macs=None), make_report()], ["a", "b"]).networks, [QColor("red")] * 2)
    assert plot.marked == ["b"]


@pytest.mark.parametrize(
    ("power", "text"), [(6.0, "1 M"), (7.0, "10 M"), (9.0, "1 G"), (12.0, "1 T"), (3.0, "1 K"), (0.0, "1")]
)
def test_axis_reads_like_the_tables(power: float, text: str) -> None:
    assert power_text(power) == text


def test_names_near_one_another_hang_on_other_sides() -> None:
    assert anchors([7.0, 7.1], [9.0, 9.1])[0][1] != anchors([7.0, 7.1], [9.0, 9.1])[1][1]
    assert anchors([7.0], [9.0]) == [(-0.12, 0.5)]


def test_field_finds_a_network_by_part_of_its_name(qtbot: QtBot) -> None:
    field = NetworkField((find("vgg11"), find("torchvision/resnet50")))
    qtbot.addWidget(field)
    for typed, name in (("net50", "torchvision/resnet50"), ("VGG-11", "vgg11"), ("vgg11", "vgg11")):
        field.setText(typed)
        with qtbot.waitSignal(field.network_chosen) as chosen:
            qtbot.keyClick(field, Qt.Key.Key_Return)
        assert chosen.args == [name]
        qtbot.waitUntil(lambda: field.text() == "", timeout=1000)


@pytest.mark.qt_log_ignore("does not support (raise|grabbing the keyboard|propagateSizeHints)")  # offscreen
def test_click_opens_the_list_of_every_network_and_a_hit_is_taken(qtbot: QtBot) -> None:
    field = NetworkField(architectures())
    qtbot.addWidget(field)
    field.show()
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    popup = field.completer().popup()
    qtbot.waitUntil(popup.isVisible, timeout=1000)
    assert popup.model().rowCount() == len(architectures())
    with qtbot.waitSignal(field.network_chosen) as chosen:
        qtbot.keyClick(popup, Qt.Key.Key_Down)
        qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert chosen.args == ["lenet"]
    qtbot.waitUntil(lambda: not popup.isVisible(), timeout=1000)


def test_numbers_of_a_narrow_page_are_whole(
    qtbot: QtBot, page: ComparePage, session: Session, make_report: MakeReport
) -> None:
    page.resize(600, 500)
    report = make_report("torchvision/fasterrcnn_resnet50_fpn", macs=924_800_000)
    _pick(session, report)
    view = page.stages_view
    cell = view.fontMetrics().horizontalAdvance("924.8 M") + 2 * 6 + 2 * 3  # the style sheet's padding, Qt's margin
    assert all(view.columnWidth(column) >= cell for column in range(page.stages.columnCount()))
    assert view.horizontalScrollBar().maximum() > 0
