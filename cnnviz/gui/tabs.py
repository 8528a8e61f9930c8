"""The tabs of the window, in their order."""

from __future__ import annotations

from enum import IntEnum


class Tab(IntEnum):
    """Where each page stands; Ctrl+1 shows the first."""

    LAYERS = 0
    GRAPH = 1
    FEATURE_MAPS = 2
    TRAINING = 3
    COMPARE = 4

    @property
    def title(self) -> str:
        """What the tab says: "Feature maps"."""
        return self.name.capitalize().replace("_", " ")
