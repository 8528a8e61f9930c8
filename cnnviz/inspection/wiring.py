"""Which call feeds which, in a finished report. No torch here."""

from __future__ import annotations

from collections.abc import Iterator

from cnnviz.inspection.call import Call
from cnnviz.inspection.report import Report


class Wiring:
    """Who feeds whom, for rules that look before or behind a call."""

    def __init__(self, report: Report) -> None:
        containers = {call.parent for call in report.calls}
        self.report = report
        self.leaves = tuple(call for call in report.calls if call.index not in containers)
        self._readers: dict[int, list[Call]] = {}
        for call in self.leaves:
            for source in call.inputs_from:
                self._readers.setdefault(source, []).append(call)

    def readers(self, call: Call) -> list[Call]:
        """Return the calls that read this one's output."""
        return self._readers.get(call.index, [])

    def before(self, call: Call) -> Iterator[Call]:
        """Yield what feeds ``call``, then what feeds that, while each reads one output only."""
        while len(call.inputs_from) == 1:
            call = self.report.calls[call.inputs_from[0]]
            yield call
