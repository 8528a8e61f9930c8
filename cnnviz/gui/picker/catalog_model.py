"""The picker's tree: Textbook networks, then torchvision's by family, then the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QFont

from cnnviz import units
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.zoo.catalog import Architecture
from cnnviz.zoo.own.own_names import own_name

AnyIndex = QModelIndex | QPersistentModelIndex
ARCHITECTURE_ROLE = Qt.ItemDataRole.UserRole + 1  # Architecture | None
SEARCH_ROLE = Qt.ItemDataRole.UserRole + 2  # str: every word that finds the row
FILE_ROLE = Qt.ItemDataRole.UserRole + 3  # Path | None: the user's file that the row comes from
_OWN = "My networks"
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: a heading, or an architecture."""

    title: str
    parent: int | None  # position of the heading it stands under
    architecture: Architecture | None = None
    missing: Path | None = None  # a file of the user's that is gone


def entries_of(architectures: tuple[Architecture, ...], missing: tuple[Path, ...] = ()) -> tuple[Entry, ...]:
    """Return headings and architectures, a heading before what stands under it; files that are gone come last.

    Only torchvision's networks need families.
    """
    entries: list[Entry] = []
    headings: dict[tuple[str, ...], int] = {}

    def heading(key: tuple[str, ...]) -> int:
        if key not in headings:
            parent = heading(key[:-1]) if len(key) > 1 else None
            headings[key] = len(entries)
            entries.append(Entry(key[-1], parent))
        return headings[key]

    for architecture in architectures:
        key = (
            (architecture.group, architecture.family) if architecture.group == "torchvision" else (architecture.group,)
        )
        parent = heading(key)
        title = f"{architecture.title}  ·  {architecture.family}" if architecture.is_own else architecture.title
        entries.append(Entry(title, parent, architecture))
    for file in missing:
        entries.append(Entry(f"{file.name}  (gone)", heading((_OWN,)), missing=file))
    return tuple(entries)


class CatalogModel(QAbstractItemModel):
    """A read-only tree of one column. An index's internal id is the position of its entry."""

    def __init__(self, architectures: tuple[Architecture, ...] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self._below: dict[int | None, list[int]] = {}
        self.set_architectures(architectures)

    def set_architectures(self, architectures: tuple[Architecture, ...], missing: tuple[Path, ...] = ()) -> None:
        """Show these instead, and the files that are gone."""
        entries = entries_of(architectures, missing)
        if entries == self._entries:
            return
        self.beginResetModel()
        self._entries = entries
        self._below = {}
        for position, entry in enumerate(self._entries):
            self._below.setdefault(entry.parent, []).append(position)
        self.endResetModel()

    def index_of(self, name: str) -> QModelIndex:
        """Return the index of the architecture of this name; an invalid one when it is not here."""
        for position, entry in enumerate(self._entries):
            if entry.architecture is not None and entry.architecture.name == name:
                return self._index_at(position)
        return QModelIndex()

    def _entry(self, index: AnyIndex) -> Entry | None:
        """Return what an index names; None for the root, and for what is no more."""
        position = _position(index)
        return None if position is None or position >= len(self._entries) else self._entries[position]

    def _index_at(self, position: int) -> QModelIndex:
        row = self._below[self._entries[position].parent].index(position)
        return self.createIndex(row, 0, position)

    def index(self, row: int, column: int, parent: AnyIndex = _ROOT) -> QModelIndex:
        siblings = self._below.get(_position(parent), ())
        if column != 0 or not 0 <= row < len(siblings) or parent.column() > 0:
            return QModelIndex()
        return self.createIndex(row, column, siblings[row])

    def parent(self, index: AnyIndex = _ROOT) -> QModelIndex:  # type: ignore[override]  # QObject.parent() is another method, of one name
        entry = self._entry(index)
        return QModelIndex() if entry is None or entry.parent is None else self._index_at(entry.parent)

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.column() > 0 else len(self._below.get(_position(parent), ()))

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:  # noqa: ARG002
        return 1

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        entry = self._entry(index)
        if entry is None or entry.missing is not None:
            return Qt.ItemFlag.NoItemFlags
        enabled = Qt.ItemFlag.ItemIsEnabled
        return enabled if entry.architecture is None else enabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._entry(index)
        if entry is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return entry.title
            case Qt.ItemDataRole.ToolTipRole if entry.architecture is not None:
                return plain_tip(tooltip_of(entry.architecture))
            case Qt.ItemDataRole.ToolTipRole if entry.missing is not None:
                return plain_tip(f"{entry.missing} is not there. It can be taken off the list by a right click.")
            case _ if role == FILE_ROLE:
                return entry.missing or _file(entry.architecture)
            case Qt.ItemDataRole.FontRole if entry.parent is None:
                return _bold()
            case _ if role == ARCHITECTURE_ROLE:
                return entry.architecture
            case _ if role == SEARCH_ROLE:
                return entry.title if entry.architecture is None else search_text(entry.architecture)
        return None


class CatalogFilter(QSortFilterProxyModel):
    """Keeps the rows in which every word that was typed occurs, with the headings above them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.setAutoAcceptChildRows(True)

    def set_text(self, text: str) -> None:
        """Filter by the words of ``text``."""
        self._words = tuple(text.lower().split())
        self.setRecursiveFilteringEnabled(bool(self._words))  # else it asks for every row there is
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: AnyIndex) -> bool:
        source = self.sourceModel()
        text = str(source.data(source.index(row, 0, parent), SEARCH_ROLE)).lower()
        return all(word in text for word in self._words)


def _file(architecture: Architecture | None) -> Path | None:
    own = own_name(architecture.name) if architecture is not None and architecture.is_own else None
    return None if own is None else own.file


def search_text(architecture: Architecture) -> str:
    """Return what a search looks through: "VGG-11 vgg11 VGG Textbook"."""
    return f"{architecture.title} {architecture.name} {architecture.family} {architecture.group}"


def tooltip_of(architecture: Architecture) -> str:
    """Return what the network is, its default input and, where published, its size."""
    lines = [architecture.name, architecture.summary, f"Input {units.shape(architecture.input_shape)}"]
    if (published := architecture.published) is not None:
        macs = "" if published.gmacs is None else f"{published.gmacs} GMACs, "
        lines.append(f"{units.short(published.params)} parameters, {macs}{published.percent:.1f} % {published.measure}")
    return "\n".join(lines)


def _position(index: AnyIndex) -> int | None:
    return index.internalId() if index.isValid() else None


def _bold() -> QFont:
    font = QFont()
    font.setBold(True)
    return font
