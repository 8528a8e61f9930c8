"""What the window remembers from one start to the next."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow, QSplitter

from cnnviz.errors import CnnvizError
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.theme import THEME_CHOICES, Theme, ThemeChoice
from cnnviz.zoo.catalog import ModelSpec, resolve

FIRST_MODEL = "vgg11"
_GEOMETRY, _SPLITTER, _THEME, _PAGE = "window/geometry", "window/splitter", "window/theme", "window/page"
_MODEL, _OPTIONS, _INPUT = "model/name", "model/options", "model/input"


def restore_window(window: QMainWindow, splitter: QSplitter, settings: Preferences) -> None:
    """Put the window where it was."""
    if (geometry := settings.state(_GEOMETRY)) is not None:
        window.restoreGeometry(geometry)
    if (sizes := settings.state(_SPLITTER)) is not None:
        splitter.restoreState(sizes)


def remember_window(
    window: QMainWindow, splitter: QSplitter, page: str, settings: Preferences, theme: Theme, session: Session
) -> None:
    """Write where the window stands, which page is in front, by its id, and which network is picked."""
    settings.store(_GEOMETRY, window.saveGeometry())
    settings.store(_SPLITTER, splitter.saveState())
    settings.store(_PAGE, page)
    settings.store(_THEME, theme.choice)
    if (spec := session.spec) is not None:
        settings.store(_MODEL, spec.name)
        settings.store_mapping(_OPTIONS, {name: str(value) for name, value in spec.options.items()})
        settings.store(_INPUT, "x".join(map(str, spec.input_shape)))
    settings.save()


def last_theme(settings: Preferences) -> ThemeChoice:
    """Return the theme that was chosen; "system" the first time."""
    chosen = settings.text(_THEME)
    return next((choice for choice in THEME_CHOICES if choice == chosen), "system")


def last_page(settings: Preferences) -> str:
    """Return the id of the page that was in front, which may be no more; empty the first time."""
    return settings.text(_PAGE)


def last_spec(settings: Preferences) -> ModelSpec:
    """Return the network that was picked last; the book's VGG-11 the first time, or where that one is no more."""
    try:
        shape = tuple(int(size) for size in settings.text(_INPUT).split("x"))
        return resolve(settings.text(_MODEL), settings.mapping(_OPTIONS), shape)
    except (CnnvizError, ValueError):
        return resolve(FIRST_MODEL)
