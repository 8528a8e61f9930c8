"""Whether data, size and batch fit the network and the machine, looked at while the form is filled."""

from __future__ import annotations

from collections.abc import Mapping
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
from cnnviz.gui.training.spec_words import decided
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.inspection.frozen_modules import params_of, paths_in
from cnnviz.training.config import TrainConfig
from cnnviz.training.data.browsing import Contents
from cnnviz.zoo.catalog import ModelSpec, OptionValue, find, resolve

_SETTLE_MS = 300  # a number is typed in several strokes
_VERY_MANY = 10**9
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
    is_counted: bool  # False: there may be fewer images
    channels: int | None  # of the pictures; None: not known
    values: tuple[tuple[str, Any], ...]

    @property
    def frozen(self) -> tuple[str, ...]:
        """The modules that keep their weights."""
        return paths_in(dict(self.values)["freeze"])


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was found of a run that is asked for."""

    asked: _Asked
    misfits: Mapping[str, CnnvizError]
    params: tuple[int, int | None] | None  # of its network, and those that learn; None: it cannot be inspected


class FitCheck(QObject):
    """Says beside its field what a run would be refused for, and what its network costs: with the classes of the data
    and at their size, which may be others than those picked. Nothing is looked at before torch is there.
    """

    def __init__(self, session: Session, form: TrainForm, browser: DataBrowser) -> None:
        super().__init__(form)
        self._session, self._form, self._browser = session, form, browser
        self._answer: _Answer | None = None
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._look)
        self._jobs = LatestJob(self, "fit-check")
        self._jobs.succeeded.connect(self._take)
        form.look_changed.connect(self._look_soon)
        for name in _COUNTED:
            form.fields[name].changed.connect(self._look_soon)
        for change in (session.inspected_changed, browser.reader.opened):  # of which one tells the classes
            change.connect(self._look_soon)
        session.torch_ready.connect(self._settle.start)

    def refuse(self) -> None:
        """Return if nothing is known against a run.

        Raises:
            CnnvizError: something is; it is said beside its field too.
        """
        if (misfit := self._data_misfit()) is not None:
            raise misfit
        if self._answer is not None and self._answer.asked == self._wanted():
            self._show()
            for error in self._answer.misfits.values():
                raise error

    def end(self) -> None:
        """End the thread."""
        self._settle.stop()
        self._jobs.close()

    @Slot()
    def _look_soon(self) -> None:
        self._show_params()
        self._settle.start()

    @Slot()
    def _look(self) -> None:
        wanted = self._wanted()
        self._form.data.show_misfit(self._data_misfit())
        if self._answer is not None and wanted == self._answer.asked:
            self._show()
        elif wanted is not None and self._session.torch_is_ready:
            self._jobs.submit(partial(_answered, wanted))

    @Slot(object)
    def _take(self, answer: _Answer) -> None:
        if answer.asked != self._wanted():
            return
        before, self._answer = self._answer, answer
        for name in (before.misfits.keys() if before else set()) - answer.misfits.keys():
            self._form.fields[name].show_error(None)
        self._show()

    def _show(self) -> None:
        self._show_params()  # before what is refused: reading a field takes back what stands beside it
        for name, error in (self._answer.misfits if self._answer else {}).items():
            self._form.fields[name].show_error(error)

    def _show_params(self) -> None:
        """Say what was counted of the run that is asked for; before that, what is known of the very same network."""
        wanted, answer, picked = self._wanted(), self._answer, self._session.inspected
        params = None
        if wanted is not None and answer is not None and answer.asked == wanted:
            params = answer.params
        elif picked is not None and (wanted is None or picked.spec == wanted.spec):
            params = params_of(picked.report, self._session.frozen if wanted is None else wanted.frozen)
        count, learning = params or (None, None)
        self._form.show_params(count, learning, self._doubtful_classes())

    def _doubtful_classes(self) -> int | None:
        """Return how many classes are picked where the data decide, and have not been read; None: it is sure."""
        spec = self._session.spec
        is_sure = spec is None or self._classes() is not None or "num_classes" in decided(spec)
        return None if is_sure or spec is None else spec.num_classes

    def _wanted(self) -> _Asked | None:
        """Return what to look at; None while something in the form is no value."""
        look, spec = self._form.look, self._session.spec
        if look is None or spec is None:
            return None
        with suppress(CnnvizError):
            fields = {name: self._form.fields[name] for name in _COUNTED}
            values = tuple((name, field.option.check(field.text)) for name, field in fields.items())
            known, classes, there = self._form.data.data_set, self._classes(), self._images()
            return _Asked(
                resolve(spec.name, {**spec.options, **_of_data(spec, look, classes)}, look.shape),
                look.data,
                min(look.limit or _VERY_MANY, there or _VERY_MANY),
                there is not None,
                known.channels if known else None,
                values,
            )
        return None

    def _classes(self) -> int | None:
        """Return how many classes the data have; None: nobody knows yet."""
        if (known := self._form.data.data_set) is not None:
            return known.num_classes
        return None if (read := self._read()) is None else len(read.class_names)

    def _images(self) -> int | None:
        """Return how many pictures there are to learn from, if no limit is lower; None: nobody knows yet."""
        if (known := self._form.data.data_set) is not None:
            return known.train_images
        return None if (read := self._read()) is None else len(read.train.part)

    def _read(self) -> Contents | None:
        """Return what was read of the data that are chosen; None: nothing yet."""
        look = self._form.look
        return self._browser.model.contents if look is not None and self._browser.shows(look) else None

    def _data_misfit(self) -> CnnvizError | None:
        """Return why the data do not fit the network, as far as it is known without reading them."""
        look, known = self._form.look, self._form.data.data_set
        if look is None:
            return None
        if known is None:
            said = self._browser.misfits.text() if self._browser.shows(look) else ""
            return CnnvizError(said) if said else None
        return _misfit(look, known.title, known.channels, known.num_classes)


def _of_data(spec: ModelSpec, look: Look, classes: int | None) -> dict[str, OptionValue]:
    """Return the number of classes that a run takes from its data, where nobody chose one."""
    is_open = look.classes is None and find(spec.name).option("num_classes") is not None
    return {"num_classes": classes} if is_open and classes is not None else {}


def _misfit(look: Look, title: str, channels: int, classes: int) -> CnnvizError | None:
    if channels not in (1, look.shape[0]):
        have = f"{title} has {units.counted(channels, 'channel')}, the network takes {look.shape[0]}."
        return CnnvizError(have, f"Set Input channels to {channels} in the picker.")
    if look.classes is not None and look.classes != classes:
        message = f"{title} has {units.counted(classes, 'class')}, the network tells {look.classes:,} apart."
        return CnnvizError(message, f"Set Classes to {classes} in the picker.")
    return None


def _answered(asked: _Asked) -> _Answer:
    """Runs in the worker thread."""
    from cnnviz.training.fitting import fitting

    config = TrainConfig(asked.spec.name, asked.data, dict(asked.spec.options), **dict(asked.values))
    found = fitting(config, asked.spec, asked.images, asked.channels, is_counted=asked.is_counted)
    return _Answer(asked, found.misfits, None if found.report is None else params_of(found.report, asked.frozen))
