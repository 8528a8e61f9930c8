"""Which layers of a network are frozen where modules of it are named, and what is left to learn. No torch here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnviz.inspection.call import Call
from cnnviz.inspection.report import Report


def paths_in(text: str | None) -> tuple[str, ...]:
    """Return the paths that somebody typed, with commas between them."""
    return tuple(path.strip() for path in (text or "").split(",") if path.strip())


def is_frozen(path: str, frozen: Iterable[str]) -> bool:
    """Return whether a module keeps its weights: it is named, or something that it lies in is."""
    return any(path == each or path.startswith(f"{each}.") for each in frozen)


def unknown_paths(report: Report, paths: Iterable[str]) -> tuple[str, ...]:
    """Return those of ``paths`` in which nothing ran, and nothing is held that counts."""
    ran = {call.path for call in report.calls if call.module} | _holders(report)
    return tuple(path for path in paths if not any(is_frozen(each, (path,)) for each in ran))


def trainable_params(report: Report, frozen: Sequence[str]) -> tuple[int | None, ...]:
    """Return how many parameters of each call learn, all below included.

    None: unknown, where the network itself freezes some, of which a report tells only how many.
    """
    if report.totals.trainable_params != report.totals.params:
        return (None,) * len(report.calls)
    learning = own_learning(report, frozen)
    for call in reversed(report.calls):
        if call.parent is not None:
            learning[call.parent] += learning[call.index]
    return tuple(learning)


def own_learning(report: Report, frozen: Sequence[str]) -> list[int]:
    """Return how many parameters that each call counts itself learn; where one of those who share them is frozen, none.

    What only plain lists hold never does, for no optimizer is told of it.
    """
    still = (*frozen, *(part.path for part in report.unregistered))
    learning = [0 if is_frozen(call.path, still) else call.own_params for call in report.calls]
    for held in report.held_elsewhere:
        is_kept = not held.holders or any(is_frozen(path, still) for path in held.holders)
        if is_kept and not is_frozen(report.calls[held.call].path, still):
            learning[held.call] -= held.params
    return learning


def learning_paths(report: Report, frozen: Sequence[str]) -> set[str]:
    """Return the modules that hold weights which learn, be it that another's row counts them."""
    shared = (
        held.holders for held in report.held_elsewhere if not any(is_frozen(path, frozen) for path in held.holders)
    )
    counting = {call.path for call, own in zip(report.calls, own_learning(report, frozen), strict=True) if own}
    return counting.union(*shared)


def params_of(report: Report, frozen: Sequence[str]) -> tuple[int, int | None]:
    """Return how many parameters a network has, and how many of them learn; None: unknown."""
    learning = trainable_params(report, frozen)
    return report.totals.params, learning[0] if learning else None


def frozen_with(report: Report, frozen: Sequence[str], call: Call) -> tuple[str, ...]:
    """Return the shortest list of modules that freezes this call too, with all in it."""
    return _in_few_paths(report, _frozen_layers(report, frozen) | _layers(report, _within(report, call)))


def frozen_up_to(report: Report, call: Call) -> tuple[str, ...]:
    """Return the shortest list of modules that freezes every layer from the first to this one."""
    return _in_few_paths(report, _layers(report, range(max(_within(report, call)) + 1)))


def frozen_without(report: Report, frozen: Sequence[str], call: Call) -> tuple[str, ...]:
    """Return the shortest list of modules that leaves this call free, with all in it, and freezes what else was."""
    return _in_few_paths(report, _frozen_layers(report, frozen) - _layers(report, _within(report, call)))


def _layers(report: Report, calls: Iterable[int]) -> set[str]:
    """Return the modules that hold weights themselves."""
    holders = _holders(report)
    return {call.path for call in (report.calls[at] for at in calls) if _is_layer(call, holders)}


def _is_layer(call: Call, holders: set[str]) -> bool:
    return call.module and bool(call.path) and (call.own_params > 0 or call.path in holders)


def _holders(report: Report) -> set[str]:
    return {path for held in report.held_elsewhere for path in held.holders}


def _frozen_layers(report: Report, frozen: Sequence[str]) -> set[str]:
    return {path for path in _layers(report, range(len(report.calls))) if is_frozen(path, frozen)}


def _within(report: Report, call: Call) -> list[int]:
    """Return a call and all below it."""
    inside = {call.index}
    for each in report.calls[call.index + 1 :]:
        if each.parent in inside:
            inside.add(each.index)
    return sorted(inside)


def _in_few_paths(report: Report, layers: set[str]) -> tuple[str, ...]:
    """Name a module instead of the layers in it, where all of them are meant."""
    within, meant = [0] * len(report.calls), [0] * len(report.calls)  # layers in each call, and those of them meant
    holders = _holders(report)
    for call in reversed(report.calls):
        is_layer = _is_layer(call, holders)
        within[call.index] += is_layer
        meant[call.index] += is_layer and call.path in layers
        if call.parent is not None:
            within[call.parent] += within[call.index]
            meant[call.parent] += meant[call.index]
    named: list[str] = []
    covered: set[int] = set()
    for call in report.calls:  # a module comes before what is in it
        if call.parent in covered:
            covered.add(call.index)
        elif call.module and call.path and 0 < within[call.index] == meant[call.index]:
            covered.add(call.index)
            named.append(call.path)
    return tuple(named)
