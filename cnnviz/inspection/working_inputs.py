"""Which inputs a network takes, where nobody says: shapes, and a kind of number for each, found by trying."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.foreign.randomness import seeded
from cnnviz.inspection.examples import kinds_of_number
from cnnviz.inspection.likely_inputs import likely_inputs
from cnnviz.inspection.report import Failure, Report
from cnnviz.inspection.tracing.meta import build_without_weights
from cnnviz.zoo import ModelSpec, build, find
from cnnviz.zoo.specs import ConstructionError

Run = Callable[[tuple[str, ...]], Report]  # the network, on inputs of these kinds of number
RunSpec = Callable[[ModelSpec], Report]
_log = logging.getLogger(__name__)
_MOST_FOR_REAL = 8  # shapes that are tried of a network that cannot be built without its weights
_MOST_KINDS = 4  # of the shapes that failed: with these other kinds of number are tried
_TRIED = ("int64", "float32", "complex64", "bool", "uint8", "float64")


def working_spec(spec: ModelSpec, shape_is_said: bool, run: RunSpec) -> ModelSpec:
    """Return ``spec`` with the first likely inputs that ``run`` succeeds with; as it is where none does.

    Raises:
        CnnvizError: the network's file fails.
    """
    architecture = find(spec.name)
    guessed = architecture.input_is_guess and not shape_is_said
    settled = not guessed and len(spec.dtypes) >= len(spec.inputs) and all(spec.dtypes)
    if not architecture.is_own or architecture.is_report or settled:
        return spec
    try:
        model, most = _light(spec)
        shapes = islice(likely_inputs(model, spec.input_shape), most) if guessed else iter([spec.input_shape])
        return _first_fitting(model, (replace(spec, input_shape=shape) for shape in shapes), guessed, run) or spec
    except CnnvizError as error:
        if not isinstance(error, ConstructionError):
            raise
    except Exception as error:  # inspecting it for real says what is wrong
        _log.info("%s cannot be built, so no input was tried: %s", spec.name, error)
    return spec


def working_kinds(model: nn.Module, said: Sequence[str], failed: Report, run: Run) -> tuple[str, ...] | None:
    """Return kinds of number that ``run`` succeeds with, as few as can be other than those of the failed run, "" there.

    One input is changed at a time, the one with which the network gets farther than before: that was the wrong one.
    None: none that was tried works.
    """
    shapes = failed.input_shapes
    usual = kinds = kinds_of_number(model, len(shapes), said)
    farthest = _progress(failed)
    open_ones = [at for at in sorted(range(len(shapes)), key=lambda at: len(shapes[at])) if not any(said[at : at + 1])]
    for _ in open_ones:
        better: tuple[str, ...] | None = None
        for changed in _changes(kinds, open_ones):
            report = run(changed)
            if report.error is None:
                return tuple("" if kind == usual[at] and at in open_ones else kind for at, kind in enumerate(changed))
            if _progress(report) > farthest:
                better, farthest = changed, _progress(report)
        if better is None:
            return None
        kinds = better
    return None


def _changes(kinds: tuple[str, ...], positions: Sequence[int]) -> Iterator[tuple[str, ...]]:
    for kind in _TRIED:
        for at in positions:
            if kinds[at] != kind:
                yield (*kinds[:at], kind, *kinds[at + 1 :])


def _progress(report: Report) -> int:
    return sum(call.status != "failed" for call in report.calls)


def needs_numbers(failure: Failure) -> bool:
    """True when a run failed for want of data, which says nothing of the input's shape."""
    text = failure.message.lower()
    return any(word in text for word in ("meta", "not implemented", "data-dependent", "fake"))


def undrawn(make: Callable[[], nn.Module]) -> nn.Module:
    """Return what ``make`` makes, with random weights that are the same every time."""
    with seeded(0):
        return make()


def _light(spec: ModelSpec) -> tuple[nn.Module, int | None]:
    """Return the network without weights where it can be built so, and how many inputs it is worth to try."""
    make = partial(build, spec)
    try:
        return build_without_weights(make), None
    except Exception as error:  # whatever it meets on meta
        if isinstance(error, CnnvizError) and not isinstance(error, ConstructionError):
            raise
        return undrawn(make), _MOST_FOR_REAL


def _first_fitting(model: nn.Module, specs: Iterable[ModelSpec], guessed: bool, run: RunSpec) -> ModelSpec | None:
    failed: list[tuple[ModelSpec, Report]] = []
    for spec in specs:
        report = run(spec)
        if report.error is None or needs_numbers(report.error):
            return spec
        failed.append((spec, report))
        missing = len(report.input_shapes) - len(spec.inputs)
        if guessed and missing > 0 and len(failed) <= _MOST_KINDS:  # may be a time step for each picture
            further = replace(spec, further_inputs=(*spec.further_inputs, *[()] * missing))
            failed.append((further, run(further)))
            if failed[-1][1].error is None:
                return further
    for spec, report in failed[:_MOST_KINDS]:
        kinds = working_kinds(model, spec.dtypes, report, partial(_with_kinds, spec, run))
        if kinds is not None:
            return replace(spec, dtypes=kinds)
    return None


def _with_kinds(spec: ModelSpec, run: RunSpec, kinds: tuple[str, ...]) -> Report:
    return run(replace(spec, dtypes=kinds))
