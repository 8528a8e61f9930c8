"""The training form as text, to be remembered from one start to the next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.paths import path_of
from cnnviz.places import runs_folder
from cnnviz.slow_disks import found
from cnnviz.training.config import SETTINGS, TrainConfig
from cnnviz.training.data.data_sets import DATA_SETS

_MACHINES = ("device", "precision")  # a run says what they came to on its machine
_DATA, _RUNS = "data", "runs_folder"


def form_as_text(form: TrainForm) -> dict[str, str]:
    """Return what was chosen; the network's own size and the usual folder were not."""
    texts = form.texts() | {_DATA: form.data.data}
    if form.takes_size_of_network:
        del texts["resize"]
    if form.runs_folder != runs_folder():
        texts[_RUNS] = str(form.runs_folder)
    return texts


def config_as_text(config: TrainConfig) -> dict[str, str]:
    """Return the settings of a run as they are typed into the form."""
    values = {row.name: getattr(config, row.name) for row in SETTINGS if row.place != "apart"}
    for name in _MACHINES:
        values.pop(name, None)
    return {name: _typed(value) for name, value in values.items()} | {_DATA: config.data}


def _typed(value: object) -> str:
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def fill_form(form: TrainForm, texts: Mapping[str, str]) -> None:
    """Choose what was chosen last; what is refused now, or is gone, keeps its default."""
    for name, field in form.fields.items():
        if name in texts:
            try:
                field.set_value(field.option.check(texts[name]))
            except CnnvizError:
                continue
    data, runs = texts.get(_DATA, ""), texts.get(_RUNS, "")
    if _is_known(data) or (data and found(path_of(data).exists, path_of(data))):
        choose_data(form, data)
    if runs and found(Path(runs).is_dir, Path(runs)):
        form.keep_runs_in(Path(runs))
    form.settle()


def choose_data(form: TrainForm, data: str) -> None:
    """Choose what a run names, be it there or not: others in its place would be trained on unasked."""
    form.data.choose(data if _is_known(data) else str(path_of(data)))


def _is_known(data: str) -> bool:
    return any(data == each.name for each in DATA_SETS)


def type_setting(form: TrainForm, name: str, value: str) -> None:
    """Put a value into a field as if it had been typed, and show where; "recipe" puts all those of one."""
    if name == "recipe":
        form.follow_recipe(value)
        return
    form.fields[name].type_text(value)
    form.show_field(name)
