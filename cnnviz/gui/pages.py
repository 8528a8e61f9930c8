"""The one list of pages. To add one: a room with a ``page.py`` that has a ``build``, and an entry here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from cnnviz.gui.page import Page, Shared


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page before it is built: its module is imported on first use."""

    id: str  # the name of its room
    title: str  # what its tab says
    at_once: bool = False  # built with the window; the others after its first frame, for importing them takes long
    beside_details: bool = False  # the panel of the selected call stands at its right

    @property
    def module(self) -> str:
        """Where the page is: "cnnviz.gui.graph.page"."""
        return f"cnnviz.gui.{self.id}.page"

    def build(self, shared: Shared) -> Page:
        """Import the page and make it."""
        page: Page = import_module(self.module).build(shared)
        return page


PAGES = (
    PageEntry("layers", "Layers", at_once=True, beside_details=True),
    PageEntry("graph", "Graph", beside_details=True),
    PageEntry("maps", "Feature maps"),
    PageEntry("training", "Training"),
    PageEntry("compare", "Compare"),
    PageEntry("playground", "Playground"),
)
