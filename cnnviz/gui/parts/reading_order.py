"""Where Tab goes: through what is on screen as it is read, whenever it was made."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QWidget


def reading_order(root: QWidget, also: QWidget | None = None) -> list[QWidget]:
    """Return what takes the focus by Tab within ``root``: row by row, from the left, a container as one piece.

    Args:
        root: whose children are meant.
        also: has its place though it may be hidden or disabled by now.
    """
    order: list[QWidget] = []
    for child in _by_rows([each for each in root.children() if isinstance(each, QWidget) and _counts(each, also)]):
        takes = child.isEnabled() and bool(child.focusPolicy() & Qt.FocusPolicy.TabFocus) and not child.focusProxy()
        takes = (takes and _stands_for_its_group(child)) or child is also
        if takes:
            order.append(child)
        if not takes or isinstance(child, QScrollArea):
            order += reading_order(child, also)
    return order


def neighbour(root: QWidget, current: QWidget | None, forward: bool) -> QWidget | None:
    """Return what follows ``current`` in reading order, or comes before it, round and round; None: there is nothing.

    A button that is disabled or hidden by what it does hands the focus on from its own place.
    """
    order = reading_order(root, current)
    if current not in order:
        return order[0 if forward else -1] if order else None
    found = order[(order.index(current) + (1 if forward else -1)) % len(order)]
    return found if found is not current else None


def _counts(child: QWidget, also: QWidget | None) -> bool:
    is_shown = child.isVisible() or (also is not None and (child is also or child.isAncestorOf(also)))
    return is_shown and not child.isWindow()


def _stands_for_its_group(child: QWidget) -> bool:
    """Of buttons of which one is chosen, only one is a stop: the arrow keys go on from it."""
    group = child.group() if isinstance(child, QAbstractButton) else None
    if group is None:
        return True
    focused = [each for each in group.buttons() if each.hasFocus()]
    return child is next(iter(focused), group.checkedButton() or group.buttons()[0])


def _by_rows(children: list[QWidget]) -> list[QWidget]:
    """What begins above the middle of the first of a row stands in that row."""
    ordered: list[QWidget] = []
    row: list[QWidget] = []
    for child in sorted(children, key=lambda each: each.y()):
        if row and child.y() >= row[0].geometry().center().y():
            ordered += sorted(row, key=lambda each: each.x())
            row = []
        row.append(child)
    return ordered + sorted(row, key=lambda each: each.x())
