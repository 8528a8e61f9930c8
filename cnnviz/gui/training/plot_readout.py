"""What curves say at a position of the time axis, and all their numbers as text."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence

from cnnviz.gui.training.curve_buffer import Floats
from cnnviz.gui.training.run_curves import RunCurves
from cnnviz.printable import in_a_cell

_COLUMNS = ("run", "epoch", "step", "train_loss", "train_accuracy", "smoothed_loss", "smoothed_accuracy")
_TESTED = ("epoch_train_loss", "epoch_train_accuracy", "test_loss", "test_accuracy")


def values_at(curves: RunCurves, time: float) -> str:
    """Return what the curves of a run say at a position of the time axis; "": nothing."""
    buffer, step = curves.buffer, time / curves.per_step
    at, tested = buffer.nearest(step), buffer.nearest_test(step)
    parts = []
    if at is not None:
        loss, accuracy = buffer.loss, buffer.accuracy
        parts += [f"step {int(buffer.steps.values[at]):,}"]
        parts += [f"loss {_number(loss.raw.values, at)} (smoothed {_number(loss.mean.values, at)})"]
        parts += [f"accuracy {_percent(accuracy.raw.values, at)} (smoothed {_percent(accuracy.mean.values, at)})"]
    if tested is not None:
        test_loss, test_accuracy = buffer.test_loss.values, buffer.test_accuracy.values
        parts += [f"test loss {_number(test_loss, tested)}, test accuracy {_percent(test_accuracy, tested)}"]
    return "  ·  ".join(parts)


def as_csv(runs: Sequence[RunCurves]) -> str:
    """Return a line for each step of each run, what an epoch came to on the line of its last step."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*_COLUMNS, *_TESTED))
    for run in runs:
        writer.writerows(_rows(run))
    return text.getvalue()


def _rows(run: RunCurves) -> Iterator[tuple[object, ...]]:
    buffer = run.buffer
    tests = {int(step): at for at, step in enumerate(buffer.test_steps.values)}
    tested = [
        each.values for each in (buffer.epoch_loss, buffer.epoch_accuracy, buffer.test_loss, buffer.test_accuracy)
    ]
    columns = [each.values for each in (buffer.loss.raw, buffer.accuracy.raw, buffer.loss.mean, buffer.accuracy.mean)]
    for at, step in enumerate(buffer.steps.values.astype(int).tolist()):
        epoch = math.ceil(step / run.steps_per_epoch) if run.steps_per_epoch else ""
        test = tests.get(step)
        ends = ("",) * len(tested) if test is None else tuple(f"{values[test]:.6g}" for values in tested)
        yield (in_a_cell(run.name), epoch, step, *(f"{values[at]:.6g}" for values in columns), *ends)


def _number(values: Floats, at: int) -> str:
    return f"{values[at]:.4f}"


def _percent(values: Floats, at: int) -> str:
    return f"{values[at]:.1%}"
