"""What of the data is looked at before a run, and as which network's input."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """As the form says it."""

    data: str  # as TrainConfig.data
    title: str  # what to call it on screen
    limit: int | None  # as TrainConfig.limit
    shape: tuple[int, int, int]  # C, H, W of the network's input
    classes: int | None  # that the network is set to tell apart; None: those of the data

    def finds_the_same(self, other: Look | None) -> bool:
        """Return whether both find the same pictures."""
        return other is not None and (self.data, self.limit) == (other.data, other.limit)
