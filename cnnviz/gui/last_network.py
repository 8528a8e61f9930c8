"""The network that was picked last, from one start to the next."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.gui.late_specs import LateSpecs
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.spec_text import spec_as_text
from cnnviz.zoo.catalog import ModelSpec, resolve

FIRST_MODEL = "vgg11"
_KEY = "window/network"


class LastNetwork(QObject):
    """Until one that takes long is read, the first network stands in for it; another that is picked meanwhile stays."""

    activity_changed = Signal(object)  # str: what is waited for

    def __init__(self, session: Session, settings: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self._stands_in: ModelSpec | None = None
        self._late = LateSpecs(self)
        self._late.came.connect(self._take)
        self.close = self._late.close

    def pick(self) -> None:
        """Pick it; the book's VGG-11 the first time, or where that one is no more."""
        found = self._late.read([self._settings.text(_KEY)])
        self._session.set_spec(found[0] if found else resolve(FIRST_MODEL))
        if self._late.awaited:
            self._stands_in = self._session.spec
            self.activity_changed.emit("Reading the network that was picked last…")

    def remember(self) -> None:
        """Note which one is picked, or is still awaited, for the next start."""
        spec = self._session.spec
        if spec is not None and not (self._late.awaited and spec == self._stands_in):
            self._settings.store(_KEY, spec_as_text(spec))

    @Slot(object)
    def _take(self, found: tuple[ModelSpec, ...]) -> None:
        self.activity_changed.emit("")
        if found and self._session.spec == self._stands_in:
            self._session.set_spec(found[0])
