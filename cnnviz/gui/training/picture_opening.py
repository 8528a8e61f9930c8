"""A picture of the data that a run learns from, handed on to be looked at by the picked network."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from cnnviz.gui.data.picture_finder import PictureFinder
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.page import Page
from cnnviz.gui.session import Session
from cnnviz.gui.training.run_view import RunView
from cnnviz.training.data.numbered_picture import FoundPicture, Numbered


class PictureOpening(QObject):
    """Finds what was double clicked in a worker thread; the data are held no longer than that takes."""

    def __init__(self, session: Session, view: RunView, page: Page) -> None:
        super().__init__(page)
        self._session, self._browser, self._page = session, view.browser, page
        self._shelf = Shelf()
        self._finder = PictureFinder(self._shelf, self)
        self._finder.found.connect(self._open)
        self._finder.refused.connect(view.banner.show_error)
        view.browser.sample_chosen.connect(self._find)

    def end(self) -> None:
        """End the thread."""
        self._finder.end()

    @Slot(object)
    def _find(self, wanted: Numbered) -> None:
        self._finder.find(wanted, self._browser.limit)

    @Slot(object)
    def _open(self, found: FoundPicture) -> None:
        self._shelf.forget()
        self._session.set_picture(found)
        self._page.page_wanted.emit("maps")
