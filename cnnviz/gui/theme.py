"""How the window looks: a light and a dark palette of our own, the system's or as chosen, and the text size."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Literal

from PySide6.QtCore import QDir, QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from cnnviz.assets import asset
from cnnviz.gui.parts.looks import one_change
from cnnviz.gui.style_sheet import STYLE_SHEET

ThemeChoice = Literal["system", "light", "dark"]
THEME_CHOICES: tuple[ThemeChoice, ...] = ("system", "light", "dark")
TEXT_SIZES = (80, 90, 100, 110, 125, 150, 175, 200)  # percent of the system's; the large ones are for a projector
USUAL_TEXT = 100


@dataclass(frozen=True, slots=True)
class Colors:
    """Every colour of one theme, as #rrggbb. Text on its surface has a contrast of 4.5 or more (WCAG AA)."""

    window: str
    surface: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    accent_text: str
    selection: str
    hover: str
    danger: str
    danger_surface: str
    notice_surface: str
    good: str


LIGHT = Colors(
    window="#f3f4f7",
    surface="#ffffff",
    raised="#fafbfc",
    border="#dde1e8",
    text="#1a1f29",
    muted="#5d6778",
    accent="#2f5fe0",
    accent_text="#ffffff",
    selection="#dfe8ff",
    hover="#eef1f6",
    danger="#b42318",
    danger_surface="#fdeeec",
    notice_surface="#eaf1ff",
    good="#0f7b52",
)
DARK = Colors(
    window="#15171c",
    surface="#1c1f26",
    raised="#23272f",
    border="#30353f",
    text="#e7e9ee",
    muted="#9aa3b2",
    accent="#6f97ff",
    accent_text="#0e1526",
    selection="#2b3a63",
    hover="#272c35",
    danger="#ff8a80",
    danger_surface="#3a2023",
    notice_surface="#1f2b45",
    good="#52cf9b",
)


@dataclass(frozen=True, slots=True)
class PlotColors:
    """Colours of the training curves: from Okabe and Ito's set, which colour-blind people can tell apart."""

    train: str
    train_faint: str
    test: str
    grid: str
    text: str
    background: str


_LIGHT_PLOTS = PlotColors("#0072b2", "#9dc6e0", "#d55e00", "#dde1e8", LIGHT.muted, LIGHT.surface)
_DARK_PLOTS = PlotColors("#56b4e9", "#2c5670", "#e69f00", "#30353f", DARK.muted, DARK.surface)


# Okabe and Ito's colours for series, the order so that neighbours differ most; lighter ones first on dark.
_LIGHT_SERIES = ("#0072b2", "#d55e00", "#009e73", "#b8548f", "#9a6c00", "#3b8fc4")
_DARK_SERIES = ("#56b4e9", "#e69f00", "#2fc596", "#e08bbd", "#f0e442", "#ff8f5a")


def is_dark(palette: QPalette) -> bool:
    """Return whether text on this palette is light on dark."""
    return palette.color(QPalette.ColorRole.Window).lightnessF() < 0.5


def colors_of(palette: QPalette) -> Colors:
    """Return the colours of the theme that this palette belongs to."""
    return DARK if is_dark(palette) else LIGHT


def plot_colors_of(palette: QPalette) -> PlotColors:
    """Return the colours for curves on this palette."""
    return _DARK_PLOTS if is_dark(palette) else _LIGHT_PLOTS


def series_colors_of(palette: QPalette) -> tuple[str, ...]:
    """Return six colours for things that stand side by side on this palette."""
    return _DARK_SERIES if is_dark(palette) else _LIGHT_SERIES


class Theme(QObject):
    """Dresses the application; ``changed`` says when the colours, or the size of the text, are others."""

    changed = Signal()
    text_size_changed = Signal(object)  # int: percent

    def __init__(self, application: QApplication, choice: ThemeChoice = "system", text_size: int = USUAL_TEXT) -> None:
        super().__init__(application)
        self._application = application
        self._usual_font = application.font()
        self._text_size = text_size if text_size in TEXT_SIZES else USUAL_TEXT
        self._choice: ThemeChoice = choice
        QDir.setSearchPaths("icons", [str(asset("icons"))])  # a path in the sheet would be read as part of it
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._follow_system)
        self._apply()

    @property
    def choice(self) -> ThemeChoice:
        """What the user chose."""
        return self._choice

    def choose(self, choice: ThemeChoice) -> None:
        """Dress the application in this theme."""
        if choice != self._choice:
            self._choice = choice
            self._apply()

    @property
    def text_size(self) -> int:
        """How large the text is, in percent of the system's."""
        return self._text_size

    def choose_text_size(self, percent: int) -> None:
        """Write everything in one of ``TEXT_SIZES``."""
        if percent != self._text_size and percent in TEXT_SIZES:
            self._text_size = percent
            self._apply()
            self.text_size_changed.emit(percent)

    def change_text_size(self, steps: int) -> None:
        """Write everything larger, or smaller, by some of the ``TEXT_SIZES``."""
        at = TEXT_SIZES.index(self._text_size) + steps
        self.choose_text_size(TEXT_SIZES[min(max(at, 0), len(TEXT_SIZES) - 1)])

    @Slot()
    def _follow_system(self) -> None:
        if self._choice == "system":
            self._apply()

    def _apply(self) -> None:
        colors = DARK if self._wants_dark() else LIGHT
        # A palette of our own: QStyleHints.setColorScheme does nothing on offscreen and bare X11.
        with one_change():
            self._application.setStyleSheet("")  # to exchange one for another takes three times as long
            self._application.setPalette(palette_of(colors))
            self._application.setFont(scaled(self._usual_font, self._text_size))
            self._application.setStyleSheet(style_sheet_of(colors, self._text_size))
        self.changed.emit()

    def _wants_dark(self) -> bool:
        if self._choice == "system":
            return self._application.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return self._choice == "dark"


def scaled(font: QFont, percent: int) -> QFont:
    """Return the font in so many percent of its size, which a system gives in points or in pixels."""
    made = QFont(font)
    if font.pointSizeF() > 0:
        made.setPointSizeF(font.pointSizeF() * percent / 100)
    else:
        made.setPixelSize(round(font.pixelSize() * percent / 100))
    return made


def style_sheet_of(colors: Colors, text_size: int = USUAL_TEXT) -> str:
    """Return the style sheet with every ``@name`` replaced by its colour, its text in ``text_size`` percent."""
    sheet = STYLE_SHEET.replace("@mode", "dark" if colors is DARK else "light")
    for name, value in sorted(asdict(colors).items(), key=lambda item: -len(item[0])):
        sheet = sheet.replace(f"@{name}", value)
    sheet = re.sub(r"(\d+)tp", lambda pixels: f"{round(int(pixels[1]) * text_size / 100)}px", sheet)
    return re.sub(r"(\d+)pt", lambda points: f"{int(points[1]) * text_size / 100:.4g}pt", sheet)


def palette_of(colors: Colors) -> QPalette:
    """Return a palette in which every role is set, so that nothing of the system's shines through."""
    role = QPalette.ColorRole
    palette = QPalette()
    for target, value in (
        (role.Window, colors.window),
        (role.WindowText, colors.text),
        (role.Base, colors.surface),
        (role.AlternateBase, colors.raised),
        (role.Text, colors.text),
        (role.Button, colors.raised),
        (role.ButtonText, colors.text),
        (role.BrightText, colors.danger),
        (role.Highlight, colors.accent),
        (role.HighlightedText, colors.accent_text),
        (role.Accent, colors.accent),
        (role.ToolTipBase, colors.raised),
        (role.ToolTipText, colors.text),
        (role.PlaceholderText, colors.muted),
        (role.Link, colors.accent),
        (role.LinkVisited, colors.accent),
        (role.Light, colors.raised),
        (role.Midlight, colors.hover),
        (role.Mid, colors.border),
        (role.Dark, colors.border),
        (role.Shadow, colors.border),
    ):
        palette.setColor(target, QColor(value))
    for disabled in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, disabled, QColor(colors.muted))
    return palette
