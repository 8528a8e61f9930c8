"""Where the page's pictures of data come from: its two bars of class and number, and one browser for both."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.gui.commands import Command
from cnnviz.gui.data.browse_dialog import BrowseDialog
from cnnviz.gui.data.number_bar import NumberBar
from cnnviz.gui.maps.maps_view import MapsView
from cnnviz.gui.maps.resolving import State
from cnnviz.training.data.numbered_picture import Numbered


class Browsing(QObject):
    """The browser is made when it is first asked for; what is chosen there goes to the bar that asked last."""

    refused = Signal(object)  # CnnvizError

    def __init__(self, view: MapsView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._for = view.picture.data
        self._state = State()
        self.dialog: BrowseDialog | None = None
        view.picture.data.browse_wanted.connect(self.browse)
        view.beside.bar.data.browse_wanted.connect(self._browse_beside)
        for bar in self._bars:
            bar.refused.connect(self.refused)

    @property
    def _bars(self) -> tuple[NumberBar, NumberBar]:
        return self._view.picture.data, self._view.beside.bar.data

    def apply(self, before: State, after: State) -> None:
        """Offer the data of the run that is looked through."""
        self._state = after
        if after.of_data is not None and after.of_data != self._view.picture.data.found:
            self._view.picture.data.show_found(after.of_data)  # it was said to the command line
        data = "" if after.epochs is None else after.epochs.data
        if data and (before.epochs is None or before.epochs.data != data):
            for place in (*self._bars, self._view.beside.strongest):
                place.offer(data)

    def commands(self) -> tuple[Command, ...]:
        """Return what can be done with the data, once there is a network."""
        bar = self._view.picture.data

        def there() -> bool:
            return self._state.input_shape is not None

        return (
            Command("maps.next-picture", "Next picture of the class", bar.go_on, ("Ctrl+Right",), enabled=there),
            Command("maps.previous-picture", "Picture before of the class", bar.go_back, ("Ctrl+Left",), enabled=there),
            Command("maps.excites", "What excites this channel", self._excite, enabled=there),
            Command("maps.browse-data", "Browse pictures of data…", self.browse, enabled=there),
        )

    @Slot()
    def browse(self) -> None:
        """Let a picture be chosen that is looked at."""
        self._open(self._view.picture.data)

    def end(self) -> None:
        """End the threads."""
        self._view.beside.strongest.end()
        self._view.header.preprocessing.end()
        for bar in self._bars:
            bar.end()
        if self.dialog is not None:
            self.dialog.end()

    @Slot()
    def _excite(self) -> None:
        self._view.beside.bar.choose("strongest")

    @Slot()
    def _browse_beside(self) -> None:
        self._open(self._view.beside.bar.data)

    def _open(self, bar: NumberBar) -> None:
        self._for = bar
        if self.dialog is None:
            self.dialog = BrowseDialog(self._view.shelf, self._view)
            self.dialog.picture_chosen.connect(self._take)
        self.dialog.browse(bar.wanted, self._state.input_shape)

    @Slot(object)
    def _take(self, wanted: Numbered) -> None:
        self._for.look_for(wanted)
