"""The maps that were shown last, so that going back to them, or through a run's epochs again, computes nothing."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.feature_maps.answers import FeatureMaps

_ROOM = 128 * 2**20  # bytes


class KeptMaps:
    """Keeps the newest, within a bound of bytes."""

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._maps: OrderedDict[object, FeatureMaps] = OrderedDict()

    @property
    def size(self) -> int:
        """How many bytes are held."""
        return sum(maps.values.nbytes + maps.input.nbytes for maps in self._maps.values())

    def find(self, key: object) -> FeatureMaps | None:
        """Return what was kept under this key."""
        if key in self._maps:
            self._maps.move_to_end(key)
        return self._maps.get(key)

    def keep(self, key: object, maps: FeatureMaps) -> None:
        """Keep maps; what was asked for longest ago goes where there is no room."""
        self._maps[key] = maps
        while self.size > self._room:
            self._maps.popitem(last=False)

    def clear(self) -> None:
        """Let go of all."""
        self._maps.clear()
