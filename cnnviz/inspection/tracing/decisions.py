"""Where Python got to know numbers, and may have decided by them what runs next."""

from __future__ import annotations

from typing import Any

from cnnviz.inspection.tracing.draft import Draft
from cnnviz.inspection.tracing.origins import Origins
from cnnviz.inspection.tracing.values import with_parameters


class Decisions:
    """What was asked for in a run."""

    def __init__(self, origins: Origins) -> None:
        self.by_numbers: dict[int, None] = {}  # calls in which numbers decided what ran next
        self.asked_constant = False
        self._origins = origins

    def told_of(self, given: Any, draft: Draft | None) -> None:
        """Python got to know numbers of these, in this call: a constant's are the same every time."""
        known = self._origins
        if not any(known.is_data(each) or known.is_saved(each) for each in with_parameters(given)):
            self.asked_constant = True
        elif draft is not None:
            self.by_numbers[draft.index] = None
