from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui.picker.options_form import OptionsForm
from cnnviz.zoo.catalog import ModelSpec, resolve


@pytest.fixture
def form(qtbot: QtBot) -> OptionsForm:
    form = OptionsForm()
    qtbot.addWidget(form)
    form.show_spec(resolve("vgg11"))
    return form


def test_fields_are_the_options_of_the_architecture_and_the_input_size(form: OptionsForm) -> None:
    assert list(form.fields) == ["in_channels", "num_classes", "width_divisor", "batch_norm", "height", "width"]
    form.show_spec(resolve("torchvision/vgg16"))
    assert list(form.fields) == ["num_classes", "height", "width"]


def test_values_that_have_settled_are_sent_once_as_a_spec(qtbot: QtBot, form: OptionsForm) -> None:
    sent: list[ModelSpec] = []
    form.spec_edited.connect(sent.append)
    with qtbot.waitSignal(form.spec_edited, timeout=2000):
        form.fields["width_divisor"].type_text("8")
        form.fields["in_channels"].type_text("3")
        form.fields["height"].type_text("64")
    assert sent == [resolve("vgg11", {"width_divisor": 8, "in_channels": 3}, (3, 64, 224))]


def test_invalid_value_says_why_beside_its_field_and_sends_nothing(form: OptionsForm) -> None:
    form.fields["num_classes"].type_text("ten")
    assert form.edited_spec() is None
    assert "whole number" in form.fields["num_classes"].error_text
    assert form.fields["in_channels"].error_text == ""
    form.fields["num_classes"].type_text("")
    assert form.edited_spec() is None
    assert form.fields["num_classes"].error_text == "Classes cannot be empty. Give a whole number."
    form.fields["num_classes"].type_text("12")
    assert form.edited_spec() == resolve("vgg11", {"num_classes": 12})
    assert form.fields["num_classes"].error_text == ""


def test_size_out_of_range_says_the_range(form: OptionsForm) -> None:
    form.fields["height"].type_text("0")
    assert form.edited_spec() is None
    assert "16,384" in form.fields["height"].error_text


def test_numbers_that_alone_are_allowed_are_listed_and_walked_with_the_arrow_keys(
    qtbot: QtBot, form: OptionsForm
) -> None:
    field = form.fields["width_divisor"]
    (listed,) = field.findChildren(QComboBox)
    assert [listed.itemText(at) for at in range(listed.count())] == ["1", "2", "4", "8", "16", "32", "64"]
    with qtbot.waitSignal(form.spec_edited, timeout=2000) as sent:
        qtbot.keyClick(listed, Qt.Key.Key_Down)
        qtbot.keyClick(listed, Qt.Key.Key_Down)
    assert sent.args == [resolve("vgg11", {"width_divisor": 4})]
    assert field.value() == 4
    assert type(field.value()) is int


def test_up_key_steps_a_number(qtbot: QtBot, form: OptionsForm) -> None:
    field = form.fields["num_classes"]
    qtbot.keyClick(field._editor, Qt.Key.Key_Up)
    assert field.value() == 11


def test_a_spec_from_elsewhere_is_shown(form: OptionsForm) -> None:
    form.show_spec(resolve("vgg11", {"width_divisor": 4}))
    assert form.fields["width_divisor"].value() == 4


def test_reasons_are_not_cut_off(qtbot: QtBot, form: OptionsForm) -> None:
    form.resize(232, 400)
    form.show()
    height = form.fields["height"]
    height.type_text("-7")
    assert form.edited_spec() is None
    qtbot.waitUntil(lambda: height.reason.height() >= height.reason.heightForWidth(height.reason.width()))
    assert height.reason.width() > 2 * height.width()  # not as narrow as the number above it
    form.show_error(CnnvizError("net.py, line 6: '(' was never closed.", "super().__init__("))
    form.resize(232, form.heightForWidth(232))
    reason = form._error
    qtbot.waitUntil(lambda: reason.height() >= reason.heightForWidth(232) > reason.fontMetrics().height())
    assert form.rect().contains(reason.geometry())


def test_reason_of_older_values_goes_when_a_field_is_refused(qtbot: QtBot) -> None:
    form = OptionsForm()
    qtbot.addWidget(form)
    form.show_spec(resolve("vgg11"))
    form.show_error(CnnvizError("The picture is too small."))
    form.fields["height"].type_text("70000")
    assert form.edited_spec() is None
    assert form._error.text() == ""
    assert "70000" in form.fields["height"].error_text


@pytest.mark.parametrize("name", ["alexnet", "resnext50", "torchvision/fasterrcnn_resnet50_fpn"])
def test_no_option_is_wider_than_the_picker(qtbot: QtBot, name: str) -> None:
    form = OptionsForm()
    qtbot.addWidget(form)
    form.show_spec(resolve(name))
    assert form.minimumSizeHint().width() <= 232  # the narrowest picker without its margins


def test_list_is_as_wide_as_the_fields_around_it(form: OptionsForm) -> None:
    form.resize(300, 400)
    form.show()
    (listed,) = form.fields["width_divisor"].findChildren(QComboBox)
    assert listed.width() == form.fields["width_divisor"].width() == form.fields["num_classes"].width()
