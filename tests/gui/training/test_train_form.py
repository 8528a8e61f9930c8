"""The form, and that form, flags, file and check are drawn from one declaration."""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from cnnviz.cli import train_command
from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.path_edit import PathEdit
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.training.config import SETTINGS, TrainConfig, checked
from cnnviz.training.config_file import read_values
from cnnviz.training.recipes import find_recipe
from cnnviz.zoo.catalog import resolve


@pytest.fixture
def form(qtbot: QtBot) -> TrainForm:
    form = TrainForm()
    qtbot.addWidget(form)
    form.show_spec(resolve("lenet"))
    form.data.choose("fashion-mnist-sample")
    return form


def test_form_as_it_opens_says_the_defaults(form: TrainForm) -> None:
    expected = TrainConfig("lenet", "fashion-mnist-sample", form.config().options, resize=28)
    assert form.config() == expected


def test_fields_are_the_settings_that_do_not_stand_apart(form: TrainForm) -> None:
    assert list(form.fields) == [row.name for row in SETTINGS if row.place != "apart"]


@pytest.mark.parametrize(
    ("name", "text", "toml", "value"),
    [
        ("epochs", "0", "0", 0),
        ("epochs", "1.5", '"1.5"', "1.5"),
        ("epochs", "", '""', None),
        ("batch_size", "1000001", "1000001", 1_000_001),
        ("learning_rate", "0", "0", 0),
        ("learning_rate", "nan", "nan", float("nan")),
        ("learning_rate", "inf", "inf", float("inf")),
        ("learning_rate", "fast", '"fast"', "fast"),
        ("momentum", "1", "1.0", 1),
        ("momentum", "-0.5", "-0.5", -0.5),
        ("weight_decay", "-1", "-1", -1.0),
        ("resize", "16385", "16385", 16385),
        ("limit", "0", "0", 0),
        ("seed", "-1", "-1", -1),
        ("seed", str(2**63), str(2**63), 2**63),
        ("device", "toaster", '"toaster"', "toaster"),
        ("device", "", '""', ""),
    ],
)
def test_form_flag_file_and_check_refuse_the_same_values_in_the_same_words(
    form: TrainForm, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, toml: str, value: object
) -> None:
    said = _refusal_of_check(name, value)
    form.fields["optimizer"].set_value("sgd")
    form.fields[name].type_text(text)
    with pytest.raises(CnnvizError) as of_form:
        form.config()
    assert str(of_form.value) == form.fields[name].error_text == said
    file = tmp_path / "a.toml"
    file.write_text(f"{name} = {toml}\n", "utf-8")
    with pytest.raises(CnnvizError) as of_file:
        read_values(file)
    assert str(of_file.value) == f"{file}: {said}"
    with pytest.raises(SystemExit):
        _parser().parse_args(["lenet", "--run-dir", "r", f"{form.fields[name].option.flag}={text}"])
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("device", "cuda:1", "cuda:1"),
        ("device", "cuda:7", "cuda:7"),
        ("learning_rate", "5000", 5000.0),
        ("weight_decay", "1e6", 1e6),
        ("momentum", "0.999999", 0.999999),
        ("limit", "1_000", 1000),
        ("resize", "", None),
        ("seed", str(2**63 - 1), 2**63 - 1),
    ],
)
def test_form_flag_and_check_take_the_same_values(form: TrainForm, name: str, text: str, value: object) -> None:
    form.fields["optimizer"].set_value("sgd")
    form.fields["optimizer"].changed.emit()
    form.fields[name].type_text(text)
    assert getattr(checked(form.config()), name) == value
    parsed = _parser().parse_args(["lenet", "--run-dir", "r", f"{form.fields[name].option.flag}={text}"])
    assert getattr(parsed, name) == value


def test_weights_to_begin_with_are_typed_picked_or_dropped(form: TrainForm, tmp_path: Path) -> None:
    field = form.fields["weights"]
    assert form.config().weights is None
    editor = field.findChild(PathEdit)
    assert editor is not None
    for ask in (editor.ask_for_file, editor.ask_for_folder):
        ask().fileSelected.emit(str(tmp_path / "w.pth"))
        assert form.config().weights == str(tmp_path / "w.pth")
        editor.clear()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    for event in (QDragEnterEvent(QPoint(5, 5), *how), QDropEvent(QPointF(5, 5), *how)):
        QApplication.sendEvent(editor, event)
    assert form.config().weights == str(tmp_path)
    assert [action.text() for action in editor.menu.actions()] == ["File…", "Folder…"]


def test_value_that_is_shown_comes_back_as_it_was(form: TrainForm) -> None:
    for value in (0.12345678901, 1 / 3, 1e-05, 100.0):
        form.fields["learning_rate"].set_value(value)
        assert form.config().learning_rate == value


def test_setting_that_the_optimizer_has_no_use_for_cannot_be_edited_and_does_not_count(form: TrainForm) -> None:
    momentum, editor = form.fields["momentum"], form.fields["optimizer"]._editor
    assert isinstance(editor, QComboBox)
    assert not momentum.isEnabled()
    editor.setCurrentText("sgd")
    assert momentum.isEnabled()
    momentum.type_text("nothing")
    editor.setCurrentText("adam")
    assert not momentum.isEnabled()
    assert form.config().momentum == 0
    editor.setCurrentText("rmsprop")
    momentum.type_text("0.9")
    assert form.config().momentum == 0.9


def test_another_optimizer_brings_its_usual_learning_rate_and_momentum(form: TrainForm) -> None:
    optimizer, rate, momentum = (form.fields[name] for name in ("optimizer", "learning_rate", "momentum"))
    optimizer.type_text("sgd")
    assert (rate.text, momentum.text) == ("0.01", "0.9")
    optimizer.type_text("adam")
    assert rate.text == "0.001"
    optimizer.type_text("rmsprop")
    assert (rate.text, momentum.text) == ("0.001", "0")
    form.recipe.picked.emit(find_recipe("lenet", "d2l"))
    optimizer.type_text("adam")
    assert rate.text == "0.001"  # the recipe's 0.9 was not typed


def test_rate_that_was_typed_stays_with_another_optimizer(form: TrainForm) -> None:
    optimizer, rate, momentum = (form.fields[name] for name in ("optimizer", "learning_rate", "momentum"))
    rate.type_text("0.05")
    optimizer.type_text("sgd")
    assert (rate.text, momentum.text) == ("0.05", "0.9")
    momentum.type_text("0.5")
    optimizer.type_text("rmsprop")
    assert (rate.text, momentum.text) == ("0.05", "0.5")
    rate.type_text("")  # none of one's own any more
    optimizer.type_text("sgd")
    assert (rate.text, momentum.text) == ("0.01", "0.5")


def test_form_that_is_disabled_as_a_whole_says_what_stands_in_it(form: TrainForm) -> None:
    form.fields["epochs"].type_text("77")
    form.setEnabled(False)
    assert form.config().epochs == 77


_ONE_MORE = """
import argparse, importlib.util, sys
from pathlib import Path

found = importlib.util.find_spec("cnnviz.training.{module}")
source = Path(found.origin).read_text("utf-8")
assert source.count({before!r}) == 1
module = importlib.util.module_from_spec(found)
sys.modules[found.name] = module
exec(compile(source.replace({before!r}, {line!r} + {before!r}), found.origin, "exec"), module.__dict__)

from PySide6.QtWidgets import QApplication
from cnnviz.cli import run_settings, train_command
from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig, checked
from cnnviz.training.config_file import read_toml, to_toml

def refused(**settings):
    try:
        checked(TrainConfig("lenet", "fashion-mnist-sample", **settings))
    except CnnvizError as error:
        return str(error)

def through_a_file(**settings):
    file = Path({folder!r}) / "config.toml"
    file.write_text(to_toml(TrainConfig("lenet", "fashion-mnist-sample", **settings)), "utf-8")
    return read_toml(file)

def flags(*words):
    parser = argparse.ArgumentParser()
    train_command.add_arguments(parser)
    return run_settings.config_of(parser.parse_args(["lenet", "--data", "x", "--run-dir", "r", *words]))

def form():
    from cnnviz.gui.training.train_form import TrainForm
    from cnnviz.zoo.catalog import resolve
    made = TrainForm()
    made.show_spec(resolve("lenet"))
    return made

application = QApplication(["test"])
{checks}
print("all there")
"""


def _with_one_more(folder: Path, module: str, before: str, line: str, checks: str) -> None:
    """Run ``checks`` in a cnnviz whose ``module`` has one line more."""
    code = _ONE_MORE.format(module=module, before=before, line=line, checks=checks, folder=str(folder))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "all there\n", done.stderr


def test_setting_is_added_in_one_line_of_one_file(tmp_path: Path) -> None:
    line = '    smoothing: float = setting(0.1, Setting("Smoothing", "float", "Of labels.", minimum=0, metavar="X"))\n'
    checks = """
assert refused(smoothing=-1.0) == "Smoothing cannot be -1. Choose a number from 0 up."
assert through_a_file(smoothing=0.25).smoothing == 0.25
assert flags("--smoothing", "0.5").smoothing == 0.5
made = form()
assert made.config().smoothing == 0.1
made.fields["smoothing"].type_text("0.7")
assert made.config().smoothing == 0.7
"""
    _with_one_more(tmp_path, "config", "    deterministic: bool = setting(", line, checks)


def test_optimizer_is_added_as_one_entry_of_one_file(tmp_path: Path) -> None:
    line = '    OptimizerEntry("heavy", "Heavy ball", _sgd, moments=5, uses=("momentum",)),\n'
    checks = """
assert refused(optimizer="heavy") is None
assert through_a_file(optimizer="heavy").optimizer == "heavy"
assert flags("--optimizer", "heavy").optimizer == "heavy"
made = form()
made.fields["optimizer"]._editor.setCurrentText("heavy")
assert made.config().optimizer == "heavy" and made.fields["momentum"].isEnabled()
from cnnviz.gui.layers.memory_line import optimizers_by_memory
assert optimizers_by_memory()["Heavy ball, momentum"] == 6
import torch
from cnnviz.training.optimizers import make_optimizer
config = TrainConfig("lenet", "x", optimizer="heavy")
assert isinstance(make_optimizer(torch.nn.Linear(1, 1), config, torch.device("cpu")), torch.optim.SGD)
"""
    _with_one_more(tmp_path, "optimizers", '    OptimizerEntry("adam", ', line, checks)


def test_schedule_is_added_as_one_entry_of_one_file(tmp_path: Path) -> None:
    line = '    Schedule("linear", "down to 0", lambda done, steps: 1 - done / steps),\n'
    checks = """
assert refused(schedule="linear") is None
assert "linear: down to 0; cosine" in form().fields["schedule"].option.help
assert through_a_file(schedule="linear").schedule == "linear"
assert flags("--schedule", "linear").schedule == "linear"
made = form()
made.fields["schedule"]._editor.setCurrentText("linear")
assert made.config().schedule == "linear"
from cnnviz.training.schedules import LearningRate, find_schedule
assert LearningRate(find_schedule("linear"), 0.1, 4).at(2) == 0.05
"""
    _with_one_more(tmp_path, "schedules", '    Schedule("cosine", ', line, checks)


def _refusal_of_check(name: str, value: object) -> str:
    with pytest.raises(CnnvizError) as caught:
        checked(replace(TrainConfig("lenet", "mnist"), **{name: value}))  # type: ignore[arg-type]
    return str(caught.value)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="train")
    train_command.add_arguments(parser)
    return parser


def test_recipe_fills_the_form_and_wishes_for_the_network_as_it_has_it(form: TrainForm, qtbot: QtBot) -> None:
    form.show_spec(resolve("vgg11"))
    with qtbot.waitSignal(form.spec_wanted) as wished:
        form.recipe.picked.emit(find_recipe("vgg11", "d2l"))
    spec = wished.args[0]
    assert (spec.options["width_divisor"], spec.input_shape) == (4, (1, 224, 224))
    form.show_spec(spec)
    config = form.config()
    assert (config.learning_rate, config.batch_size, config.init, config.optimizer) == (0.05, 128, "xavier", "sgd")
    assert form.recipe.combo.currentText() == "The book's"


def test_form_says_whose_recipe_its_settings_are_however_they_came(form: TrainForm) -> None:
    assert form.recipe.combo.currentText() == "Your own settings"
    for name, value in find_recipe("lenet", "d2l").settings.items():
        if value is not None and value is not False:  # those are off as the form opens
            form.fields[name].type_text(str(value))
    assert form.recipe.combo.currentText() == "The book's"
    form.fields["momentum"].type_text("0.9")
    assert form.recipe.combo.currentText() == "Your own settings"


def test_network_that_no_textbook_trains_has_no_recipe(form: TrainForm) -> None:
    form.show_spec(resolve("torchvision/resnet18"))
    assert not form.recipe.isEnabled()
    assert form.recipe.combo.count() == 1
