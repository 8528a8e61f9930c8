"""Whether data, size and batch fit the network and the machine, looked at while the form is filled."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Slot

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.gui.data.data_browser import DataBrowser
from cnnviz.gui.data.data_look import Look
from cnnviz.gui.session import Session
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.training.config import TrainConfig
from cnnviz.training.data.data_sets import DataSet
from cnnviz.zoo.catalog import ModelSpec, OptionValue, find, resolve

_SETTLE_MS = 300  # a number is typed in several strokes
_COUNTED = (
    "batch_size",
    "optimizer",
    "momentum",
    "precision",
    "way",
    "device",
    "weights",
    "allow_mismatch",
    "freeze",
    "augment",
    "normalise",
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the answer depends on."""

    spec: ModelSpec
    data: str
    images: int
    channels: int | None  # of the pictures; None: not known
    values: tuple[tuple[str, Any], ...]


class FitCheck(QObject):
    """Says beside its field what a run would be refused for. Nothing is looked at before torch is there."""

    def __init__(self, session: Session, form: TrainForm, browser: DataBrowser) -> None:
        super().__init__(form)
        self._session, self._form, self._browser = session, form, browser
        self._asked: _Asked | None = None  # that the answer is to
        self._found: dict[str, CnnvizError] = {}
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._look)
        self._jobs = LatestJob(self, "fit-check")
        self._jobs.succeeded.connect(self._take)
        form.look_changed.connect(self._settle.start)
        for name in _COUNTED:
            form.fields[name].changed.connect(self._settle.start)
        session.torch_ready.connect(self._settle.start)

    def refuse(self) -> None:
        """Return if nothing is known against a run.

        Raises:
            CnnvizError: something is; it is said beside its field too.
        """
        if (misfit := self._data_misfit()) is not None:
            raise misfit
        if self._asked is not None and self._asked == self._wanted():
            self._show()
            for error in self._found.values():
                raise error

    def end(self) -> None:
        """End the thread."""
        self._settle.stop()
        self._jobs.close()

    @Slot()
    def _look(self) -> None:
        wanted = self._wanted()
        self._form.data.show_misfit(self._data_misfit())
        if wanted is None or wanted == self._asked or not self._session.torch_is_ready:
            return
        self._jobs.submit(partial(_answer, wanted))

    @Slot(object)
    def _take(self, answer: tuple[_Asked, dict[str, CnnvizError]]) -> None:
        asked, found = answer
        if asked != self._wanted():
            return
        gone = self._found.keys() - found.keys()
        self._asked, self._found = asked, found
        for name in gone:
            self._form.fields[name].show_error(None)
        self._show()

    def _show(self) -> None:
        for name, error in self._found.items():
            self._form.fields[name].show_error(error)

    def _wanted(self) -> _Asked | None:
        """Return what to look at; None while something in the form is no value."""
        look, spec = self._form.look, self._session.spec
        if look is None or spec is None:
            return None
        with suppress(CnnvizError):
            fields = {name: self._form.fields[name] for name in _COUNTED}
            values = tuple((name, field.option.check(field.text)) for name, field in fields.items())
            known = self._form.data.data_set
            images = min(look.limit or known.train_images, known.train_images) if known else look.limit or 10**9
            return _Asked(
                resolve(spec.name, {**spec.options, **_of_data(spec, look, known)}, look.shape),
                look.data,
                images,
                known.channels if known else None,
                values,
            )
        return None

    def _data_misfit(self) -> CnnvizError | None:
        """Return why the data do not fit the network, as far as it is known without reading them."""
        look, known = self._form.look, self._form.data.data_set
        if look is None:
            return None
        if known is None:
            said = self._browser.misfits.text() if self._browser.shows(look) else ""
            return CnnvizError(said) if said else None
        return _misfit(look, known.title, known.channels, known.num_classes)


def _of_data(spec: ModelSpec, look: Look, known: DataSet | None) -> dict[str, OptionValue]:
    """Return the number of classes that a run takes from its data, where nobody chose one."""
    is_open = look.classes is None and find(spec.name).option("num_classes") is not None
    return {"num_classes": known.num_classes} if is_open and known is not None else {}


def _misfit(look: Look, title: str, channels: int, classes: int) -> CnnvizError | None:
    if channels not in (1, look.shape[0]):
        have = f"{title} has {units.counted(channels, 'channel')}, the network takes {look.shape[0]}."
        return CnnvizError(have, f"Set Input channels to {channels} in the picker.")
    if look.classes is not None and look.classes != classes:
        message = f"{title} has {units.counted(classes, 'class')}, the network tells {look.classes:,} apart."
        return CnnvizError(message, f"Set Classes to {classes} in the picker.")
    return None


def _answer(asked: _Asked) -> tuple[_Asked, dict[str, CnnvizError]]:
    """Runs in the worker thread."""
    from cnnviz.training.fitting import misfits_of

    config = TrainConfig(asked.spec.name, asked.data, dict(asked.spec.options), **dict(asked.values))
    return asked, misfits_of(config, asked.spec, asked.images, asked.channels)
