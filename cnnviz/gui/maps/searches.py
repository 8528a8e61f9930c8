"""What is looked for in pictures of data: what excites the channels of layers, which is kept, or one channel's maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.maps.beside import Excited, StrongestBeside
from cnnviz.gui.maps.several_pictures import PicturesBeside, PicturesSeen, look_at_several
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.data.picture_set import pictures_of

if TYPE_CHECKING:
    from cnnviz.feature_maps.attribution.heat_map import Told
    from cnnviz.files import Progress
    from cnnviz.gui.maps.kept_lens import Lens
    from cnnviz.training.data.browsing import Contents

CANCELLED = "It was cancelled."
_MOST = 64  # layers: places and values of a layer are a few hundred kilobytes at most


class Searches:
    """Of a worker thread, but for ``stop``."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._control = Control()
        self._kept: list[Excited] = []  # the newest first

    def stop(self) -> None:
        """End the reading of data that is under way. Safe from any thread."""
        self._control.stop()
        self._control = Control()

    def answer(self, lens: Lens, asked: StrongestBeside, told: Told, on_progress: Progress) -> Excited:
        """Return where the channels are largest.

        Args:
            lens: looks through the pictures.
            asked: what is looked for, and where.
            told: how many of how many pictures are done; what it raises ends the search.
            on_progress: told about a download of weights.

        Raises:
            CnnvizError: it was ended, the data cannot be read, or as ``Lens.strongest``.
        """
        same = [each for each in self._kept if each.asked.search == asked.search]  # others hold pictures of theirs
        self._kept = same[:_MOST]
        if (known := next((each for each in same if each.asked == asked), None)) is not None:
            return known
        search = asked.search
        pictures = pictures_of(self._contents(search.data), search.split, search.limit)
        found = lens.strongest(asked.question, pictures, told, pictures.there, on_progress)
        excited = Excited(asked, found, pictures)
        self._kept.insert(0, excited)
        return excited

    def several(
        self, lens: Lens, asked: PicturesBeside, told: Told, on_progress: Progress, go_on: Callable[[], None]
    ) -> PicturesSeen:
        """Return a channel's maps of several pictures.

        Args:
            lens: looks at them.
            asked: which.
            told: how many of how many pictures are done.
            on_progress: told about a download of weights.
            go_on: called often; what it raises ends the work.

        Raises:
            CnnvizError: it was ended, or the data cannot be read.
        """

        def heard(done: int, of: int) -> None:
            go_on()
            told(done, of)

        return look_at_several(asked, self._contents, lambda each: lens.maps(each, on_progress, go_on), heard)

    def _contents(self, data: str) -> Contents:
        try:
            return self._shelf.contents(data, control=self._control)
        except StoppedError:
            raise CnnvizError(CANCELLED) from None
