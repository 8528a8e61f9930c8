"""Who feeds a call, whom it feeds, what it stands in and what stands in it. No torch here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cnnviz.inspection.call import Call, Shape
from cnnviz.inspection.report import Report


@dataclass(frozen=True, slots=True)
class Related:
    """The calls around one call. A container's are those around what is in it."""

    feeds_it: tuple[Call, ...]
    fed_by_it: tuple[Call, ...]
    inside: Call | None  # the module around it; None for the network itself
    holds: tuple[Call, ...]  # directly
    reads_input: bool  # the network's own
    makes_output: bool  # the network's own


class Neighbours:
    """Who reads whom, looked up once for a report."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._readers: dict[int, list[int]] = {}
        self._below: dict[int | None, list[int]] = {}
        for call in report.calls:
            self._below.setdefault(call.parent, []).append(call.index)
        for call in report.calls:
            for source in call.inputs_from if call.index not in self._below else ():
                self._readers.setdefault(source, []).append(call.index)

    def around(self, call: Call) -> Related:
        """Return the calls around ``call``.

        A layer is linked to the layers that feed it and read it, wherever they stand. What a container reads and feeds
        is told by the outermost calls that do not hold it: a stage is fed by the stage before.
        """
        calls = self._report.calls
        leaves = self._leaves(call)
        sources = (source for leaf in leaves for source in calls[leaf].inputs_from if source not in leaves)
        readers = (reader for leaf in leaves for reader in self._readers.get(leaf, ()) if reader not in leaves)
        if call.index in self._below:
            above = frozenset(self._above(call.index))
            sources = (self._outermost(source, above) for source in sources)
            readers = (self._outermost(reader, above) for reader in readers)
        return Related(
            feeds_it=self._calls(sources),
            fed_by_it=self._calls(readers),
            inside=None if call.parent is None else calls[call.parent],
            holds=tuple(calls[index] for index in self._below.get(call.index, ())),
            reads_input=any(calls[leaf].reads_input for leaf in leaves),
            makes_output=not leaves.isdisjoint(self._report.outputs_from),
        )

    def _leaves(self, call: Call) -> frozenset[int]:
        """Return the calls inside that hold no others; a layer alone is its own."""
        found: list[int] = []
        waiting = [call.index]
        while waiting:
            index = waiting.pop()
            below = self._below.get(index)
            if below is None:
                found.append(index)
            else:
                waiting += below
        return frozenset(found)

    def _above(self, index: int | None) -> list[int]:
        """Return the call and those around it, the innermost first."""
        found = []
        while index is not None:
            found.append(index)
            index = self._report.calls[index].parent
        return found

    def _outermost(self, index: int, above: frozenset[int]) -> int:
        """Return the outermost call around ``index`` that is not one of ``above``."""
        return next(each for each in reversed(self._above(index)) if each not in above)

    def _calls(self, indices: Iterable[int]) -> tuple[Call, ...]:
        return tuple(self._report.calls[index] for index in sorted(set(indices)))


def between(source: Call, target: Call) -> tuple[Shape, ...]:
    """Return the shapes that flow from one call to the other; of a container's, all that it puts out."""
    taken = tuple(shape for shape in source.output_shapes if shape in target.input_shapes)
    return taken or source.output_shapes


def from_input(call: Call, report: Report) -> tuple[Shape, ...]:
    """Return the shapes of the network's inputs that a call reads, as far as its own inputs tell."""
    return tuple(shape for shape in report.input_shapes if shape in call.input_shapes) or report.input_shapes
