"""The training form comes back as it was left."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.training.form_memory import fill_form, form_as_text
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.places import runs_folder
from cnnviz.zoo.catalog import resolve

_TYPED = {"epochs": "7", "optimizer": "sgd", "momentum": "0.9", "resize": "48", "limit": "500", "seed": "3"}


@pytest.fixture
def form(qtbot: QtBot) -> TrainForm:
    return _form(qtbot)


def _form(qtbot: QtBot) -> TrainForm:
    form = TrainForm()
    qtbot.addWidget(form)
    return form


def test_everything_chosen_survives_a_restart(qtbot: QtBot, form: TrainForm, tmp_path: Path) -> None:
    pictures, runs = tmp_path / "pictures", tmp_path / "my runs; a=b"
    pictures.mkdir()
    runs.mkdir()
    form.show_spec(resolve("lenet"))
    for name, text in _TYPED.items():
        form.fields[name].type_text(text)
    form.data.choose_folder(pictures)
    form.keep_runs_in(runs)
    second = _form(qtbot)
    fill_form(second, form_as_text(form))
    second.show_spec(resolve("lenet"))
    assert second.config() == form.config()
    assert second.runs_folder == runs
    assert second.fields["momentum"].isEnabled()


def test_size_that_nobody_chose_follows_the_next_network(qtbot: QtBot, form: TrainForm) -> None:
    form.show_spec(resolve("lenet"))
    second = _form(qtbot)
    fill_form(second, form_as_text(form))
    second.show_spec(resolve("vgg11"))
    assert second.fields["resize"].value() == resolve("vgg11").input_shape[1]


def test_what_is_refused_or_gone_has_its_default(form: TrainForm, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    texts = {"epochs": "0", "optimizer": "of another version", "batch_size": "32", "no such": "1"}
    data = form.data.data
    fill_form(form, texts | {"data": gone, "runs_folder": gone})
    form.show_spec(resolve("lenet"))
    assert (form.config().epochs, form.config().optimizer, form.config().batch_size) == (5, "adam", 32)
    assert (form.data.data, form.runs_folder) == (data, runs_folder())
