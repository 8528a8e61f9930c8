"""Runs beside each other in words: what each came to after the same epoch, and why that may be. No torch here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from cnnviz.training.config import TrainConfig
from cnnviz.training.events import LearningRateChanged
from cnnviz.training.run_list import differing
from cnnviz.units import exact

_SURE = 1.96  # standard deviations, beyond which chance goes one time in twenty
_NUMBERS = ("no", "one", "two", "three", "four", "five")
_MOST_NAMED = 5  # settings
_LONGEST = 48  # characters of a name within a sentence


@dataclass(frozen=True, slots=True)
class RunResult:
    """One of the runs."""

    name: str  # among the others
    config: TrainConfig  # resolved
    accuracies: Sequence[float]  # of the test after each epoch, 0..1
    test_images: int  # 0: unknown
    rate_changes: Sequence[LearningRateChanged] = ()  # by hand, while it ran
    losses: Sequence[float] = ()  # of the test after each epoch, nats; empty: unknown
    classes: int = 0  # 0: unknown
    has_diverged: bool = False  # in the epoch behind these its loss became no number

    @property
    def called(self) -> str:
        """Its name, which may be that of a file, no longer than a sentence has room for: both its ends."""
        half = _LONGEST // 2
        return self.name if len(self.name) <= _LONGEST else f"{self.name[:half]}…{self.name[-half:]}"


def compared(runs: Sequence[RunResult]) -> str:
    """Return what the runs came to after the last epoch that all of them have, best first, and why; "": nothing yet.

    One that has diverged, or was not tested yet, does not keep the others from being compared.
    """
    lost = [run for run in runs if run.has_diverged]
    tested = [run for run in runs if run.accuracies and not run.has_diverged]
    waiting = [run for run in runs if not run.accuracies and not run.has_diverged]
    if len(tested) + len(lost) < 2:
        return ""
    epoch = min((len(run.accuracies) for run in tested), default=0)
    best = sorted(tested, key=lambda run: -run.accuracies[epoch - 1])
    parts = [_results(best, epoch), *map(_lost, lost)]
    if waiting:
        parts.append(f"{_together(waiting)} {'is' if len(waiting) == 1 else 'are'} not tested yet.")
    parts.append(_cause([*tested, *lost], epoch))
    if lost or not _are_same(tested, epoch):
        parts += [*_twins(best, epoch), _chance(best, epoch)]
    return " ".join(filter(None, parts))


def _results(best: Sequence[RunResult], epoch: int) -> str:
    if not best:
        return ""
    apart = "; " if any("," in run.called for run in best) else ", "
    listed = apart.join(f"{run.called} {run.accuracies[epoch - 1]:.1%}" for run in best)
    is_cut = any(len(run.accuracies) > epoch for run in best)
    if not is_cut:
        return f"Test accuracy after epoch {epoch}: {listed}."
    last = f"the last that {'both' if len(best) == 2 else 'all'} have"
    ended = max(best, key=lambda run: run.accuracies[-1])
    share, end = ended.accuracies[-1], len(ended.accuracies)
    further = f" Further on, {ended.called} came to {share:.1%} after epoch {end}." if end > epoch else ""
    return f"Test accuracy after epoch {epoch}, {last}: {listed}.{further}"


def _lost(run: RunResult) -> str:
    return f"{run.called} diverged in epoch {len(run.accuracies) + 1}: its loss is no number any more."


def _cause(runs: Sequence[RunResult], epoch: int) -> str:
    if len({run.config.data for run in runs}) > 1:
        return "Their data differ: which learned better, these figures do not tell."
    names, is_same = _differing(runs, epoch), _are_same(runs, epoch)
    if is_same:
        return _why_same(names)
    match names:
        case []:
            return f"Their settings and seed are the same. {_why_apart(runs)}"
        case ["seed"]:
            return "Only their seed differs."
        case [only]:
            return f"They differ in {only} alone."
    return f"They differ in {_joined(names)}: change one at a time to see which of these it is."


def _differing(runs: Sequence[RunResult], epoch: int) -> list[str]:
    """Return in what the runs differ up to an epoch; the seed is told where it is all."""
    changes = {tuple(change for change in run.rate_changes if change.epoch <= epoch) for run in runs}
    by_hand = ["learning rate"] if len(changes) > 1 else []
    names = list(dict.fromkeys((*by_hand, *differing([run.config for run in runs]))))
    return names or (["seed"] if len({run.config.seed for run in runs}) > 1 else [])


def _why_same(names: Sequence[str]) -> str:
    if names:
        return f"They differ in {_joined(names)}, which changed nothing: they are the same to the last digit."
    return (
        "They are the same to the last digit: the same settings and seed repeat to the same numbers. "
        "Another seed shows what chance does."
    )


def _why_apart(runs: Sequence[RunResult]) -> str:
    """Say how runs with the same settings and seed may come to other numbers."""
    precisions = list(dict.fromkeys(run.config.precision for run in runs))
    if len(precisions) > 1:
        return f"They were computed in {_joined(precisions)}, which round differently."
    return "Sums that are made in another order round differently: a deterministic run repeats to the last digit."


def _are_same(runs: Sequence[RunResult], epoch: int) -> bool:
    """Whether every number of their tests is the same; where the losses are not known, no one can tell."""
    told = {(tuple(run.accuracies[:epoch]), tuple(run.losses[:epoch])) for run in runs}
    return len(told) == 1 and all(len(run.losses) >= epoch > 0 and not run.has_diverged for run in runs)


def _twins(runs: Sequence[RunResult], epoch: int) -> Iterator[str]:
    """Say which of some runs are the same."""
    left = list(runs)
    while left:
        twins = [run for run in left if _are_same((left[0], run), epoch)]
        if len(twins) > 1:
            yield f"{_together(twins)} are the same to the last digit."
        left = [run for run in left[1:] if run not in twins]


def _chance(best: Sequence[RunResult], epoch: int) -> str:
    """Say so where the first few may be as far apart by which pictures happen to be in the test."""
    if len(best) < 2 or len({run.config.data for run in best}) > 1:
        return ""
    first, *others = best
    if guessing := _guessing(best, epoch):
        return guessing
    reaches = [_reach((first, run), epoch) for run in others]
    near = list(takewhile(lambda at: _gap(first, others[at], epoch) <= reaches[at], range(len(others))))
    if not near or _are_same([first, *(others[at] for at in near)], epoch):
        return ""
    who = "They" if len(near) == len(others) else f"The first {_number(len(near) + 1)}"
    images = min(run.test_images for run in best[: len(near) + 1])
    return (
        f"{who} are no farther apart than chance may bring them on {exact(images)} pictures, "
        f"±{100 * reaches[near[-1]]:.1f} points."
    )


def _guessing(best: Sequence[RunResult], epoch: int) -> str:
    """Say so where even the best has not begun to learn."""
    first, share = best[0], best[0].accuracies[epoch - 1]
    if first.classes < 2 or not first.test_images:
        return ""
    chance = 1 / first.classes
    if share > chance + _SURE * math.sqrt(chance * (1 - chance) / first.test_images):
        return ""
    none = "Neither" if len(best) == 2 else "None"
    return f"{none} is better than guessing yet, {chance:.1%}: which of them learns, more epochs may tell."


def _gap(first: RunResult, other: RunResult, epoch: int) -> float:
    return first.accuracies[epoch - 1] - other.accuracies[epoch - 1]


def _reach(pair: tuple[RunResult, RunResult], epoch: int) -> float:
    """Return how far apart chance may bring two; less than nothing where nobody knows how many pictures it were."""
    images = min(run.test_images for run in pair)
    shares = [run.accuracies[epoch - 1] for run in pair]
    return _SURE * math.sqrt(sum(share * (1 - share) for share in shares) / images) if images else -1.0


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _together(runs: Sequence[RunResult]) -> str:
    return _joined([run.called for run in runs])


def _joined(words: Sequence[str]) -> str:
    if len(words) > _MOST_NAMED:
        words = [*words[: _MOST_NAMED - 1], f"{len(words) - _MOST_NAMED + 1} more"]
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
