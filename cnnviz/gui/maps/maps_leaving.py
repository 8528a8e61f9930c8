"""What of the feature-map page can be saved and copied, and the menus on its views that offer it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.handed_on.arithmetic_export import of_arithmetic
from cnnviz.feature_maps.handed_on.kernels_export import of_kernels
from cnnviz.feature_maps.handed_on.maps_export import (
    of_all_maps,
    of_heat,
    of_one_map,
    of_other_maps,
    of_pictures,
    of_two,
)
from cnnviz.feature_maps.handed_on.shown_export import Export
from cnnviz.feature_maps.handed_on.strongest_export import of_strongest
from cnnviz.feature_maps.kernels.kernel_drawing import KernelDrawing
from cnnviz.gui.commands import Actions, Command
from cnnviz.gui.maps.beside import ComparedMaps, Excited
from cnnviz.gui.maps.maps_view import MapsView
from cnnviz.gui.maps.resolving import State
from cnnviz.gui.maps.scaling_bar import color_map_of
from cnnviz.gui.maps.several_pictures import PicturesSeen
from cnnviz.gui.parts.context_menu import ContextMenu
from cnnviz.gui.workers.handing_on import HandingOn

if TYPE_CHECKING:
    from cnnviz.feature_maps.answers import Answer


class Leaving:
    """Each thing that is shown, as an ``Export`` of this moment."""

    def __init__(self, view: MapsView, handing_on: HandingOn) -> None:
        self._view, self._handing_on = view, handing_on
        self._state = State()
        self._real_pixels = False

    def show_state(self, state: State) -> None:
        """Remember what is shown."""
        self._state = state

    def all_maps(self) -> Export | None:
        """Return the maps of the layer."""
        answer = self._state.answer
        if answer is None:
            return None
        return of_all_maps(answer, self._colors(answer), self._view.header.scaling.order, self._real_pixels)

    def one_map(self) -> Export | None:
        """Return the large map; a vector has none."""
        answer = self._state.answer
        if answer is None or answer.drawing.is_vector:
            return None
        return of_one_map(answer, self._view.channel.channel, self._colors(answer), self._real_pixels)

    def heat(self) -> Export | None:
        """Return the picture with the heat over it."""
        found, answer = self._state.heat, self._state.answer
        if answer is None or found is None or isinstance(found, CnnvizError):
            return None
        strength = self._view.picture.why.strength.value() / 100
        picture = answer.question.picture.name
        return of_heat(found, answer.question.inspected.spec.name, picture, strength, self._real_pixels)

    def beside(self) -> Export | None:
        """Return the kernels, the maps of both sides, or the patches of the chosen channel."""
        answer, beside = self._state.answer, self._state.beside
        if answer is not None and isinstance(beside, Excited):
            channel, spec = self._view.channel.channel, answer.question.inspected.spec.name
            return of_strongest(beside.found, beside.pictures, channel, spec)
        if answer is not None and isinstance(beside, KernelDrawing):
            return of_kernels(beside, answer.question.inspected.spec.name, self._real_pixels)
        if answer is not None and isinstance(beside, PicturesSeen):
            return self._pictures(answer, beside)
        here = self.all_maps()
        if answer is None or here is None or not isinstance(beside, ComparedMaps):
            return None
        drawing = beside.drawing
        name = color_map_of(self._view.header.scaling.color_map, drawing.diverges)
        color_map = colors.DIVERGING if beside.is_difference else name
        order = drawing.channels.sorted_by(self._view.header.scaling.order).tolist()
        there = of_other_maps(beside.title, beside.maps, drawing, color_map, order, self._real_pixels)
        return of_two(here, there, f"{here.name} and {beside.title}")

    def _pictures(self, answer: Answer, seen: PicturesSeen) -> Export | None:
        drawing, asked = seen.drawing, seen.asked
        if drawing is None:
            return None
        title = f"{asked.question.inspected.spec.name}, {asked.question.call.path or 'output'}: channel {asked.channel}"
        names = [each.title for each in seen.seen if each.maps is not None]
        color_map = color_map_of(self._view.header.scaling.color_map, drawing.diverges)
        return of_pictures(title, (answer.maps.weights,), drawing, names, color_map, self._real_pixels)

    def arithmetic(self) -> Export | None:
        """Return why a number is what it is."""
        found, answer = self._state.arithmetic, self._state.answer
        if answer is None or found is None or isinstance(found, CnnvizError):
            return None
        return of_arithmetic(found, answer.question.inspected.spec.name, answer.question.picture.name)

    def commands(self) -> tuple[Command, ...]:
        """Return them all."""
        view, make, there = self._view, self._handing_on.commands, self._has_maps
        return (
            Command(
                "maps.copy-picture", "Copy the maps as a picture", self._copy, ("Ctrl+C",), view.maps, enabled=there
            ),
            Command("maps.save", "Save feature maps…", self._save, enabled=there),
            *make("maps.map", "this map", self.one_map, view.channel),
            *make("maps.heat", "the picture with its heat map", self.heat, view.picture),
            *make("maps.beside", "what stands beside", self.beside, view.beside.stack),
            *make("maps.arithmetic", "this arithmetic", self.arithmetic, view.pixel),
            Command(
                "maps.enlarged",
                "Enlarge small maps in saved pictures",
                self._toggle,
                enabled=there,
                checked=self._is_enlarged,
            ),
        )

    def add_menus(self, actions: Actions) -> None:
        """Offer on each view what is shown there."""
        view = self._view
        _add_menu(actions, (view.maps.vector,), ("maps.copy-picture", "maps.save"))
        both = view.beside.kernels.mosaic, view.beside.compared.maps.mosaic, view.beside.several, view.beside.strongest
        shown = {"map": (view.channel.view,), "heat": (view.picture.view,), "arithmetic": (view.pixel,), "beside": both}
        for name, widgets in shown.items():
            _add_menu(actions, widgets, (f"maps.copy-{name}", f"maps.save-{name}", "", "maps.enlarged"))

    def _colors(self, answer: Answer) -> str:
        return color_map_of(self._view.header.scaling.color_map, answer.drawing.diverges)

    def _copy(self) -> None:
        self._handing_on.copy(self.all_maps)

    def _save(self) -> None:
        self._handing_on.save(self.all_maps, "Save feature maps")

    def _has_maps(self) -> bool:
        return self._state.answer is not None

    def _is_enlarged(self) -> bool:
        return not self._real_pixels

    def _toggle(self) -> None:
        self._real_pixels = not self._real_pixels


def _add_menu(actions: Actions, widgets: Iterable[QWidget], entries: Iterable[str]) -> None:
    for widget in widgets:
        ContextMenu(widget, actions.context_menu(entries), _Middle(widget))


class _Middle:
    """Where a menu opens: where the button was pressed, for a key in the middle."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget

    def __call__(self, pressed: QPoint | None) -> QPoint | None:
        return self._widget.rect().center() if pressed is None else pressed
