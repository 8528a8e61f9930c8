"""What the training form remembers from one start to the next."""

from __future__ import annotations

from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.places import runs_folder
from cnnviz.training.data.data_sets import DATA_SETS

_FIELDS, _DATA, _RUNS = "training/settings", "training/data", "training/runs_folder"


def remember_form(form: TrainForm, settings: Preferences | None) -> None:
    """Write what was chosen, as text; the network's own size and the usual folder were not chosen."""
    if settings is None:
        return
    texts = {name: field.text for name, field in form.fields.items()}
    if form.takes_size_of_network:
        del texts["resize"]
    settings.store_mapping(_FIELDS, texts)
    settings.store(_DATA, form.data.data)
    settings.store(_RUNS, "" if form.runs_folder == runs_folder() else str(form.runs_folder))
    settings.save()


def restore_form(form: TrainForm, settings: Preferences | None) -> None:
    """Choose what was chosen last; what is refused now, or is gone, keeps its default."""
    if settings is None:
        return
    for name, text in settings.mapping(_FIELDS).items():
        if (field := form.fields.get(name)) is not None:
            try:
                field.set_value(field.option.check(text))
            except CnnvizError:
                continue
    data = settings.text(_DATA)
    if any(data == each.name for each in DATA_SETS) or (data and Path(data).is_dir()):
        form.data.choose(data)
    runs = settings.text(_RUNS)
    if runs and Path(runs).is_dir():
        form.keep_runs_in(Path(runs))
    form.settle()
