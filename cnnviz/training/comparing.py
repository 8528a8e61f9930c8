"""Runs beside each other in words: what each came to after the same epoch, and why that may be. No torch here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.training.config import TrainConfig
from cnnviz.training.events import LearningRateChanged
from cnnviz.training.run_list import differing
from cnnviz.units import exact

_SURE = 1.96  # standard deviations, beyond which chance goes one time in twenty


@dataclass(frozen=True, slots=True)
class RunResult:
    """One of the runs."""

    name: str  # among the others
    config: TrainConfig  # resolved
    accuracies: Sequence[float]  # of the test after each epoch, 0..1
    test_images: int  # 0: unknown
    rate_changes: Sequence[LearningRateChanged] = ()  # by hand, while it ran


def compared(runs: Sequence[RunResult]) -> str:
    """Return what the runs came to after the last epoch that all of them have, best first, and why; "": nothing yet."""
    epoch = min((len(run.accuracies) for run in runs), default=0)
    if len(runs) < 2 or not epoch:
        return ""
    best = sorted(runs, key=lambda run: -run.accuracies[epoch - 1])
    listed = ", ".join(f"{run.name} {run.accuracies[epoch - 1]:.1%}" for run in best)
    parts = (f"Test accuracy after epoch {epoch}: {listed}.", _cause(runs, epoch), _chance(best, epoch - 1))
    return " ".join(filter(None, parts))


def _cause(runs: Sequence[RunResult], epoch: int) -> str:
    if len({run.config.data for run in runs}) > 1:
        return "Their data differ: which learned better, these figures do not tell."
    changes = {tuple(change for change in run.rate_changes if change.epoch <= epoch) for run in runs}
    by_hand = ["learning rate"] if len(changes) > 1 else []
    match list(dict.fromkeys((*by_hand, *differing([run.config for run in runs])))):
        case []:
            seeds = {run.config.seed for run in runs}
            return "Only their seed differs." if len(seeds) > 1 else "Their settings are the same."
        case [only]:
            return f"They differ in {only} alone."
        case [*others, last]:
            return f"They differ in {', '.join(others)} and {last}: change one at a time to see which of these it is."
    return ""


def _chance(best: Sequence[RunResult], at: int) -> str:
    """Say so where the first two may be as far apart by which pictures happen to be in the test."""
    first, second = best[:2]
    images = min(first.test_images, second.test_images)
    if not images or first.config.data != second.config.data:
        return ""
    shares = first.accuracies[at], second.accuracies[at]
    reach = _SURE * math.sqrt(sum(share * (1 - share) for share in shares) / images)
    if shares[0] - shares[1] > reach:
        return ""
    who = "The first two" if len(best) > 2 else "They"
    return (
        f"{who} are no farther apart than chance may bring them on {exact(images)} pictures, ±{100 * reach:.1f} points."
    )
