"""Tries learning rates for what the form says, in a thread of its own, and lets the finder show them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import cast

from PySide6.QtCore import QObject, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.session import Session
from cnnviz.gui.training.fit_check import FitCheck
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.gui.workers.stream import StreamRun
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.events import Preparing
from cnnviz.training.rate_curve import RangeTest, RateTried
from cnnviz.training.settings import OF_COMPUTING

_KILL_MS = 5000
_NOT_COUNTED = OF_COMPUTING | {"learning_rate", "schedule", "warm_up", "epochs", "patience"}
OpenSearch = Callable[[TrainConfig, Control], Generator[object, None, None]]


def open_search(config: TrainConfig, control: Control) -> Generator[object, None, None]:
    """Yield what a range test tells. Imports torch: call it in the worker's thread."""
    from cnnviz.training.range_test import search_rate

    return cast("Generator[object, None, None]", search_rate(config, control))


class RateSearch(QObject):
    """One search at a time; a run that starts ends it."""

    def __init__(
        self,
        session: Session,
        form: TrainForm,
        fit: FitCheck,
        banner: Banner,
        open_stream: OpenSearch = open_search,
    ) -> None:
        super().__init__(form)
        self._session, self._form, self._fit, self._banner = session, form, fit, banner
        self._open_stream = open_stream
        self._run: StreamRun | None = None
        self._control = Control()
        self._found: RangeTest | None = None
        self._asked: object = None  # that the rates on show are tried for
        self._allowed = True
        form.finder.wanted.connect(self.start)
        form.finder.cancelled.connect(self.cancel)
        form.changed.connect(self._heed_change)

    def allow(self, on: bool) -> None:
        """Search, or end it: a run needs the processors for itself."""
        self._allowed = on
        self._form.finder.allow(on)
        if not on:
            self.cancel()

    @Slot()
    def start(self) -> None:
        """Try rates as the form says."""
        if self._run is not None or not self._allowed:
            return
        self._banner.clear()
        try:
            config = self._form.config()
            self._fit.refuse()
        except CnnvizError as error:
            self._banner.show_error(error)
            self._form.show_refused()
            return
        self._control, self._found, self._asked = Control(), None, self._counted()
        self._form.finder.begin("Starting …" if self._session.torch_is_ready else "Loading PyTorch …")
        self._run = StreamRun(partial(self._open_stream, config, self._control), self)
        self._run.events_ready.connect(self._take)
        self._run.failed.connect(self._banner.show_error)
        self._run.failed.connect(self._session.tell_refused)
        self._run.finished.connect(self._end)
        self._run.start()

    @Slot()
    def cancel(self) -> None:
        """End it within a batch."""
        self._control.stop()

    def end(self) -> None:
        """End the thread."""
        self.cancel()
        if self._run is not None:
            self._run.stop(_KILL_MS)

    @Slot()
    def _heed_change(self) -> None:
        """Show no rate that was found for something else, and look for none."""
        if self._asked is None or self._asked == self._counted():
            return
        self._found, self._asked = None, None
        if self._run is not None:
            self._control.stop()
            self._banner.show_notice("The settings are others now: the search for a rate has ended.")
        else:
            self._form.finder.end_with(None)

    def _counted(self) -> object:
        """Return what a rate is found for."""
        texts = {name: text for name, text in self._form.texts().items() if name not in _NOT_COUNTED}
        return self._session.spec, self._form.data.data, texts

    @Slot(object)
    def _take(self, events: tuple[object, ...]) -> None:
        finder = self._form.finder
        for event in events:
            match event:
                case Preparing():
                    finder.say(f"{event.what} …")
                case RateTried():
                    finder.add(event)
                case RangeTest() if self._asked is not None:
                    self._found = event
        finder.show_newest()

    @Slot()
    def _end(self) -> None:
        if self._run is not None:
            self._run.deleteLater()
        self._run = None
        self._form.finder.end_with(self._found)
        self._form.finder.allow(self._allowed)
