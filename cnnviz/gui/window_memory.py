"""What the window remembers from one start to the next."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow, QSplitter

from cnnviz.gui.preferences import Preferences
from cnnviz.gui.theme import TEXT_SIZES, THEME_CHOICES, USUAL_TEXT, Theme, ThemeChoice

FIRST_SIZE = QSize(1280, 800)  # pixels
_LEAST_SIZE = QSize(320, 200)  # pixels: what is smaller was damaged
_BORDER, _TITLE_BAR = 8, 36  # pixels: what a window's frame takes at most, which is not known before it is shown
_GEOMETRY, _SPLITTER, _THEME, _PAGE = "window/geometry", "window/splitter", "window/theme", "window/page"
_TEXT = "window/text_size"


def restore_window(window: QMainWindow, splitter: QSplitter, settings: Preferences) -> None:
    """Put the window where it was, as far as the screen that there is now allows."""
    window.resize(FIRST_SIZE)
    if (geometry := settings.state(_GEOMETRY)) is None or not window.restoreGeometry(geometry):
        window.resize(fitted(QRect(window.pos(), FIRST_SIZE), room_on_screen(window.geometry())).size())
    elif not window.isMaximized() and not window.isFullScreen():
        window.setGeometry(fitted(window.geometry(), room_on_screen(window.geometry())))
    if (sizes := settings.state(_SPLITTER)) is not None:
        direction, handle = splitter.orientation(), splitter.handleWidth()
        splitter.restoreState(sizes)  # which says these too, or lacks them where it is cut short
        splitter.setOrientation(direction)
        splitter.setHandleWidth(handle)


def remember_window(window: QMainWindow, splitter: QSplitter, page: str, settings: Preferences, theme: Theme) -> None:
    """Write where the window stands, and which page is in front, by its id."""
    settings.store(_GEOMETRY, window.saveGeometry())
    settings.store(_SPLITTER, splitter.saveState())
    settings.store(_PAGE, page)
    settings.store(_THEME, theme.choice)
    settings.store(_TEXT, str(theme.text_size))
    settings.save()


def fitted(window: QRect, room: QRect) -> QRect:
    """Return the place, no other than it must be, at which a window lies within ``room``."""
    size = window.size().expandedTo(_LEAST_SIZE).boundedTo(room.size())
    left = min(max(window.left(), room.left()), room.left() + room.width() - size.width())
    top = min(max(window.top(), room.top()), room.top() + room.height() - size.height())
    return QRect(left, top, size.width(), size.height())


def room_on_screen(window: QRect) -> QRect:
    """Return what the window's screen, or the first one where that is no more, has for it within its frame."""
    screen = QGuiApplication.screenAt(window.center()) or QGuiApplication.primaryScreen()
    return screen.availableGeometry().adjusted(_BORDER, _TITLE_BAR, -_BORDER, -_BORDER)


def last_theme(settings: Preferences) -> ThemeChoice:
    """Return the theme that was chosen; "system" the first time."""
    chosen = settings.text(_THEME)
    return next((choice for choice in THEME_CHOICES if choice == chosen), "system")


def last_text_size(settings: Preferences) -> int:
    """Return how large text was, in percent; 100 the first time."""
    return next((size for size in TEXT_SIZES if str(size) == settings.text(_TEXT)), USUAL_TEXT)


def last_page(settings: Preferences) -> str:
    """Return the id of the page that was in front, which may be no more; empty the first time."""
    return settings.text(_PAGE)
