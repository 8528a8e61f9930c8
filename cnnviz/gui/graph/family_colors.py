"""The colours of a graph. Families have those of Okabe and Ito, which colour-blind people can tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette

from cnnviz.gui.theme import Colors, colors_of, is_dark
from cnnviz.inspection.kinds.kind import Family

_LIGHT = {
    Family.CONVOLUTION: "#0072b2",
    Family.NORMALISATION: "#56b4e9",
    Family.ACTIVATION: "#e69f00",
    Family.POOLING: "#009e73",
    Family.LINEAR: "#cc79a7",
    Family.JOIN: "#d55e00",
    Family.OTHER: "#8a94a3",
    Family.CONTAINER: "#4c5566",
}
_DARK = {
    Family.CONVOLUTION: "#3f95dc",
    Family.NORMALISATION: "#8bd3f7",
    Family.ACTIVATION: "#f0b840",
    Family.POOLING: "#2fc398",
    Family.LINEAR: "#e29ac3",
    Family.JOIN: "#f27d45",
    Family.OTHER: "#7d8796",
    Family.CONTAINER: "#8f9aad",
}


@dataclass(frozen=True, slots=True)
class GraphColors:
    """Everything that is painted in a graph, for one theme."""

    family: Mapping[Family, QColor]
    fill: Mapping[Family, QColor]  # of cards
    edge: Mapping[Family, QColor]  # of cards
    background: QColor
    frames: tuple[QColor, QColor]  # by depth, in turns
    header: QColor
    border: QColor
    wire: QColor
    faint_wire: QColor  # from far away, where wires lie close together
    text: QColor
    muted: QColor
    accent: QColor
    mark: QColor
    danger: QColor
    danger_surface: QColor

    def ground(self, depth: int) -> QColor:
        """Return what lies behind cards: inside this many frames, or the background for 0."""
        return self.frames[(depth - 1) % 2] if depth else self.background


def graph_colors_of(palette: QPalette) -> GraphColors:
    """Return the colours for the theme that this palette belongs to."""
    colors, dark = colors_of(palette), is_dark(palette)
    families = {family: QColor(value) for family, value in (_DARK if dark else _LIGHT).items()}
    return GraphColors(
        family=families,
        fill={family: mixed(color, colors.surface, 0.20 if dark else 0.10) for family, color in families.items()},
        edge={family: mixed(color, colors.surface, 0.60) for family, color in families.items()},
        background=QColor(colors.window),
        frames=_frames(colors),
        header=mixed(families[Family.CONTAINER], colors.surface, 0.14),
        border=mixed(families[Family.CONTAINER], colors.surface, 0.38),
        wire=mixed(QColor(colors.muted), colors.window, 0.85),
        faint_wire=mixed(QColor(colors.muted), colors.window, 0.45),
        text=QColor(colors.text),
        muted=QColor(colors.muted),
        accent=QColor(colors.accent),
        mark=QColor("#ffd24d" if dark else "#f2b800"),
        danger=QColor(colors.danger),
        danger_surface=QColor(colors.danger_surface),
    )


def mixed(color: QColor, ground: str, part: float) -> QColor:
    """Return ``part`` of a colour, opaque, on a ground: what lies below does not shine through."""
    under = QColor(ground)
    channels = ((color.red(), under.red()), (color.green(), under.green()), (color.blue(), under.blue()))
    return QColor(*(round(part * top + (1 - part) * bottom) for top, bottom in channels))


def _frames(colors: Colors) -> tuple[QColor, QColor]:
    return QColor(colors.raised), QColor(colors.hover)
