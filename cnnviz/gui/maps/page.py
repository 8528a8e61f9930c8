"""What a network sees: a picture at left, every map of a layer in the middle, one of them large at right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.feature_maps.output_layout import Part
from cnnviz.feature_maps.questions import Place
from cnnviz.gui.commands import Actions, Command
from cnnviz.gui.maps.browsing_data import Browsing
from cnnviz.gui.maps.found import Found
from cnnviz.gui.maps.kept_lens import Lens, real_lens
from cnnviz.gui.maps.live_pace import LivePace
from cnnviz.gui.maps.map_commands import MAP_MENU, map_commands
from cnnviz.gui.maps.map_jobs import MapJobs
from cnnviz.gui.maps.maps_leaving import Leaving
from cnnviz.gui.maps.maps_view import MapsView
from cnnviz.gui.maps.pasting import can_paste, pasted
from cnnviz.gui.maps.resolving import State, resolve
from cnnviz.gui.maps.run_watch import RunWatch
from cnnviz.gui.maps.wanted import Editions, Wanted, wanted_of
from cnnviz.gui.page import Page, Shared
from cnnviz.gui.parts.choices import make_choices, read_choices
from cnnviz.gui.parts.context_menu import ContextMenu
from cnnviz.gui.session import Session
from cnnviz.gui.workers.handing_on import HandingOn
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.gui.workers.saver import Saver
from cnnviz.inspection.call import Call, Identity
from cnnviz.slow_disks import found
from cnnviz.training.data.numbered_picture import numbered

_PATIENCE = 300  # milliseconds that an answer may take before the page says that it is under way


class FeatureMapsPage(Page):
    """Follows the session while it is visible; hidden, it computes nothing. What is wanted is never changed here."""

    def __init__(
        self, session: Session, parent: QWidget | None = None, make_lens: Callable[[], Lens] = real_lens
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._editions = Editions()
        self._pixel: Place | None = None  # whose arithmetic is wanted
        self._part: tuple[Identity, Part] | None = None  # of what a call returns, where it was chosen
        self._wanted = Wanted()
        self._state = State()
        self.view = MapsView()
        self.banner = self.view.banner
        self._jobs = MapJobs(make_lens, self.view.shelf, self)
        self._pace = LivePace(self._jobs.spent, self)
        RunWatch(session, self)
        self._saver = Saver(self)
        self._pasting = LatestJob(self, "paste")
        self._handing_on = HandingOn(self, self._saver)
        self._leaving = Leaving(self.view, self._handing_on)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.addWidget(self.view)
        self._connect_session()
        self._browsing = Browsing(self.view, self)
        self._connect_view()
        self._jobs.found_more.connect(self._update)
        self._patience.timeout.connect(self._update)
        self._saver.saved.connect(self.banner.show_saved)
        self._pasting.succeeded.connect(session.set_picture)
        for part in (self._saver, self._pasting, self._handing_on):
            part.failed.connect(self.banner.show_error)
        mosaic, actions = self.view.maps.mosaic, Actions(self.commands(), self)
        self.map_menu = ContextMenu(mosaic, actions.context_menu(MAP_MENU), mosaic.menu_place)
        self._leaving.add_menus(actions)

    @property
    def shown(self) -> FeatureMaps | None:
        """The maps on screen."""
        return None if self._state.answer is None else self._state.answer.maps

    @property
    def call(self) -> Call | None:
        """The one whose maps are on screen."""
        return self._wanted.call

    @property
    def place(self) -> Place | None:
        """The one whose arithmetic is shown, else the middle of the chosen map."""
        if self.shown is None:
            return None
        _, rows, columns = self.shown.values.shape
        middle = Place(self.view.channel.channel, rows // 2, columns // 2)
        return middle if self._state.pixel is None else self._state.pixel.at

    def save(self, file: Path) -> None:
        """Write the maps on screen to a .png or .npz, of a vector to a .svg too."""
        if (export := self._leaving.all_maps()) is not None:
            self._saver.save(export.save, file)

    def commands(self) -> tuple[Command, ...]:
        view, number, shown = self.view, self.view.channel.number, self._has_maps
        return (
            *map_commands(self, self._session),
            *self._leaving.commands(),
            Command("maps.fit", "Show the whole mosaic", view.maps.fit, enabled=shown),
            Command("maps.next-channel", "Next channel", number.step_up, enabled=shown),
            Command("maps.previous-channel", "Previous channel", number.step_down, enabled=shown),
            *self._browsing.commands(),
            Command("maps.paste-picture", "Paste picture", self.paste_picture, ("Ctrl+V",), enabled=can_paste),
        )

    def choices(self) -> dict[str, str]:
        picture, of_data = self._session.picture, self._session.of_data
        shown = {} if picture is None else {"picture": str(picture)}
        shown |= {} if of_data is None else {"of_data": of_data.wanted.text}
        return read_choices(self.view.header.scaling.choosers) | shown | self.view.beside.choices()

    def choose(self, choices: Mapping[str, str]) -> None:
        make_choices(self.view.header.scaling.choosers, choices)
        self.view.beside.choose(choices)
        picture, of_data = choices.get("picture", ""), numbered(choices.get("of_data", ""))
        if of_data is not None and self._session.picture is None:
            self.view.picture.data.look_for(of_data)
        elif picture and self._session.picture is None and found(Path(picture).is_file, Path(picture)):
            self._session.set_picture(Path(picture))

    def paste_picture(self) -> None:
        """Look at what lies on the clipboard."""
        try:
            self._pasting.submit(pasted())
        except CnnvizError as error:
            self.banner.show_error(error)

    def show_layer(self, page: str) -> None:
        """Show on another page the layer whose maps are on screen: it may be another than the one selected."""
        if self._wanted.call is not None:
            self._session.select_call(self._wanted.call.index)
        self.page_wanted.emit(page)

    def end(self) -> None:
        self._browsing.end()
        self._jobs.end()
        self._handing_on.end()
        self._saver.end()
        self._pasting.close()
        self._state = State()

    def _has_maps(self) -> bool:
        return self.shown is not None

    @Slot()
    def ask_where_to_save(self) -> None:
        """Ask for a file and write the maps on screen to it."""
        self._handing_on.save(self._leaving.all_maps, "Save feature maps")

    # From what is wanted to what is shown.

    @Slot()
    def _update(self) -> None:
        """Show what follows from what is wanted and what was found, and ask for what is missing."""
        self._wanted = wanted_of(
            self._session,
            self.view.header.scaling.scaling,
            self._editions,
            self._pixel,
            self.view.picture.why.wish,
            self._part,
            self.view.beside.bar.wish,
        )
        if not self.isVisible():
            return
        late = self._state.waiting and not self._patience.isActive()
        before, self._state = self._state, resolve(self._wanted, self._jobs.found, late)
        if self._state.waiting and not before.waiting:
            self._patience.start()
        self.view.apply(before, self._state)
        self._leaving.show_state(self._state)
        self._browsing.apply(before, self._state)
        self._jobs.start(self._state)
        if not self._jobs.busy and not self._state.waiting:
            self._pace.rest()

    # What the user chooses: what was wrong before is no longer of interest.

    @Slot()
    def _choose_network_or_weights(self) -> None:
        self._choose(self._jobs.found.forgive_weights())

    @Slot()
    def _choose_picture(self) -> None:
        self._choose(self._jobs.found.forgive_picture())

    @Slot()
    def _choose_call(self) -> None:
        if self._session.selected_call is not self._wanted.selected:  # else it came with a report: nobody chose it
            self._choose(self._jobs.found.forgive())

    @Slot(str)
    def _choose_again(self, fact: str) -> None:
        """The picture or the weights: the file is read anew."""
        if fact == "picture":
            self._editions = replace(self._editions, picture=self._editions.picture + 1)
            self._choose_picture()
        else:
            self._editions = replace(self._editions, weights=self._editions.weights + 1)
            self._choose_network_or_weights()

    def _choose(self, found: Found) -> None:
        self._jobs.found = found
        self.banner.clear()
        self._update()

    @Slot(object)
    def _choose_pixel(self, place: Place | None) -> None:
        self._pixel = place
        self._update()

    @Slot(object)
    def _choose_part(self, part: Part) -> None:
        if self._wanted.call is not None:
            self._part = self._wanted.call.identity, part
            self._choose(self._jobs.found.forgive())

    @Slot(object)
    def _see_new_weights(self, run: Path) -> None:
        weights = self._session.weights
        if (weights.kind, weights.file) != ("run", run):
            self._editions = replace(self._editions, runs=self._editions.runs + 1)
            self._update()
        elif self.isVisible():
            self._pace.wish()
        else:
            self._look_at_newest()

    @Slot()
    def _look_at_newest(self) -> None:
        self._editions = replace(self._editions, weights=self._editions.weights + 1)
        self._update()

    # Wiring.

    def _connect_session(self) -> None:
        session = self._session
        session.spec_changed.connect(self._jobs.forget)
        session.spec_changed.connect(self._choose_network_or_weights)
        session.weights_changed.connect(self._choose_network_or_weights)
        session.picture_changed.connect(self._choose_picture)
        session.of_data_changed.connect(self._update)
        session.call_selected.connect(self._choose_call)
        session.chosen_again.connect(self._choose_again)
        session.run_weights_written.connect(self._see_new_weights)
        session.training_changed.connect(self._pace.hurry)
        self._pace.due.connect(self._look_at_newest)
        for fact in (
            session.inspected_changed,
            session.kept_changed,
            session.failure_changed,
            session.run_changed,
            session.torch_ready,
        ):
            fact.connect(self._update)

    def _connect_view(self) -> None:
        header = self.view.header
        header.layers.call_chosen.connect(self._session.select_call)
        header.weights.weights_chosen.connect(self._session.set_weights)
        header.preprocessing.weights_chosen.connect(self._session.set_weights)
        header.scaling.scaling_changed.connect(self._update)
        self.view.beside.bar.wish_changed.connect(self._update)
        self.view.beside.epochs.weights_chosen.connect(self._session.set_weights)
        header.save.clicked.connect(self.ask_where_to_save)
        self._browsing.refused.connect(self.banner.show_error)
        self.view.picture.picture_chosen.connect(self._session.set_picture)
        self.view.picture.why.wish_changed.connect(self._update)
        for looking in (self.view.beside.strongest, self.view.beside.several):
            self._jobs.searching.connect(looking.show_progress)
            looking.cancelled.connect(self._jobs.cancel_search)
        self._jobs.heating.connect(self.view.picture.why.show_progress)
        self.view.pixel_chosen.connect(self._choose_pixel)
        self.view.maps.parts.part_chosen.connect(self._choose_part)
        self.view.download.cancelled.connect(self._jobs.give_up_download)
        self._jobs.downloading.connect(self.view.show_download)

    # Overrides of Qt.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._update()


def build(shared: Shared) -> FeatureMapsPage:
    """Make the page for the window."""
    return FeatureMapsPage(shared.session)
