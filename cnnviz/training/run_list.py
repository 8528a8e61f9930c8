"""The runs that lie in a folder, each in a line, and what tells them apart. No torch here."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole, stamp_of, write_text
from cnnviz.runs import layout
from cnnviz.runs.status import UNDER_WAY, is_under_way, read_status
from cnnviz.training.best_epoch import Standing
from cnnviz.training.config import SETTINGS, TrainConfig
from cnnviz.training.events import EpochDone, LearningRateChanged, RunFinished, RunResumed
from cnnviz.training.recording import read_config
from cnnviz.training.rows import events_of
from cnnviz.training.settings import OF_COMPUTING

Changes = Sequence[LearningRateChanged]

_LARGEST_NOTE = 1 << 16  # bytes
_LARGEST = 1 << 29  # bytes of a journal
_STEPS = b'{"kind": "steps"'  # by far the most lines, and none of them is needed
_APART = OF_COMPUTING | {"model", "data", "options", "seed"}
_SILENT = "constant"  # the usual schedule
_PATHS = tuple(row.name for row in SETTINGS if row.kind == "path" and row.name != "data")
_RATES = 2  # chosen by hand, that are named
_RATE = "learning_rate"
_FIRST = (_RATE, "optimizer", "batch_size", "epochs", "schedule")
_IN_WORDS = {"model": "network", "init": "initial weights", "resize": "picture size", "limit": "number of pictures"}
_SHORT = {"learning_rate": "lr", "batch_size": "batch", "weight_decay": "decay", "optimizer": "", "schedule": ""}


@dataclass(frozen=True, slots=True)
class ListedRun:
    """What a list says of a run."""

    folder: Path
    begun: float  # Unix time, seconds: when it was asked for
    state: str  # "finished", "running", "lost", …
    config: TrainConfig | None = None  # None: it never got beyond reading its data, or cannot be read
    epochs: int = 0  # that are done
    final_accuracy: float | None = None  # of the last test, 0..1
    best_accuracy: float | None = None
    best_epoch: int = 0
    rate_changes: Changes = ()  # by hand, while it ran
    seconds: float | None = None  # wall time; before its end, of its epochs' training parts; None: unknown
    note: str = ""
    problem: str = ""  # why it cannot be read
    stamp: object = None  # changes when the run does

    @property
    def under_way(self) -> bool:
        """Whether a process is at work on it."""
        return self.state in UNDER_WAY


def list_runs(folder: Path, known: Mapping[Path, ListedRun] | None = None) -> tuple[ListedRun, ...]:
    """Return the runs in ``folder``, the newest first. What is ``known`` is read again if it has changed."""
    listed = [_listed(run, (known or {}).get(run)) for run in layout.runs_in(folder)]
    return tuple(sorted(listed, key=lambda each: -each.begun))


def write_note(folder: Path, text: str) -> None:
    """Write what somebody has to say of a run beside its files; "" removes it.

    Raises:
        CnnvizError: it cannot be written.
    """
    write_text(folder / layout.NOTE, text, make_parents=False)


def rename_run(folder: Path, name: str) -> Path:
    """Give the folder of a run another name and return its path.

    Raises:
        CnnvizError: the name is taken, or none for a folder, or the run is going on.
    """
    refused = CnnvizError(f"{name!r} is no name for a folder.", "Choose letters, digits, spaces and dashes.")
    if not (short := name.strip()).isprintable() or short in (".", "..") or "/" in short or "\\" in short:
        raise refused
    try:
        other = folder.with_name(short)
    except ValueError:  # nothing, or what this system takes for a disk
        raise refused from None
    if other == folder:
        return folder
    if os.path.lexists(other):
        raise CnnvizError(f"There is a {other.name} already.", "Choose another name.")
    if is_under_way(folder):
        raise CnnvizError(f"{folder.name} is going on.", "Rename it when it has ended.")
    try:
        folder.rename(other)
    except OSError as error:
        raise CnnvizError(
            f"{folder} cannot be renamed: {error.strerror or error}.", "Check your rights there."
        ) from error
    return other


def told_apart(
    configs: Sequence[TrainConfig], changes: Sequence[Changes] = (), *, briefly: bool = False, from_most: bool = False
) -> list[str]:
    """Return what tells each run from the others: "lr 0.9, batch 256"; "" where nothing does.

    Args:
        configs: of the runs, resolved.
        changes: by hand, of the rate of each of them while it ran; these are told of even the only run.
        briefly: say no more than is needed to tell them apart.
        from_most: behind the first setting, say only in what a run is unlike more than half of them.
    """
    always = _RATE if any(changes) else ""
    told = [(name, each) for name, each in _columns(configs, changes) if len(set(each)) > 1 or name == always]
    columns, usual = [column for _, column in told], next((_usual(name) for name, _ in told), "")
    if briefly:
        least = next((at for at, (name, _) in enumerate(told, 1) if name == always), 0)
        columns = columns[: max(_enough(columns), least)]
    if from_most:
        columns = [*columns[:1], *(_without_most(name, column) for name, column in told[1:])]
    rows = list(zip(*columns, strict=True)) if columns else [()] * len(configs)
    seeds = [f"seed {config.seed}" for config in configs]
    several = {row for row in rows if len({seed for other, seed in zip(rows, seeds, strict=True) if other == row}) > 1}
    words = [(*row, seed) if row in several else row for row, seed in zip(rows, seeds, strict=True)]  # chance alone
    return [", ".join(filter(None, each)) or usual for each in words]


def _enough(columns: Sequence[Sequence[str]]) -> int:
    """Return how many of these tell apart whatever all of them do."""
    apart = [len(set(zip(*columns[:count], strict=True))) for count in range(1, len(columns) + 1)]
    return apart.index(apart[-1]) + 1 if apart else 0


def _without_most(name: str, column: Sequence[str]) -> list[str]:
    """Return what is said of a setting without what more than half of the runs say."""
    most = next((word for word in set(column) if 2 * column.count(word) > len(column)), None)
    otherwise = _usual(name) if most else ""  # of a run that has nothing where most have something
    return ["" if word == most else word or otherwise for word in column]


def differing(configs: Sequence[TrainConfig]) -> list[str]:
    """Return what the runs differ in up to an epoch that all of them have, what matters most first."""
    moot = {"data", "patience"}
    if all(config.schedule == _SILENT for config in configs):
        moot.add("epochs")  # how many are to come changes nothing
    if len({config.model for config in configs}) > 1:
        moot.update(name for config in configs for name in config.options)  # part of what the network is
    names = [name for name, column in _columns(configs) if name not in moot and len(set(column)) > 1]
    return [_IN_WORDS.get(name, name.replace("_", " ")) for name in names]


def _columns(configs: Sequence[TrainConfig], changes: Sequence[Changes] = ()) -> Iterator[tuple[str, list[str]]]:
    """Yield what each run says of a setting, for every setting, what matters most first."""
    yield "model", [Path(config.model).name for config in configs]
    yield "data", [Path(config.data).name for config in configs]
    others = [row.name for row in SETTINGS if row.name not in (*_FIRST, *_APART)]
    for name in (*_FIRST, *others):
        column = [_word(name, getattr(config, name)) for config in configs]
        yield name, list(map(_with_changes, column, changes)) if changes and name == _RATE else column
    for name in dict.fromkeys(name for config in configs for name in config.options):
        owners = {config.model for config in configs if name in config.options}
        if all(name in config.options for config in configs if config.model in owners):  # else some wait for their data
            yield name, [_word(name, config.options.get(name)) for config in configs]


def _with_changes(word: str, changes: Changes) -> str:
    """Return a rate with those that a run went on with, the last few of many: "lr 0.1 → 0.01"."""
    left_out = ["…"] if len(changes) > _RATES else []
    return " → ".join([word, *left_out, *(f"{change.learning_rate:g}" for change in changes[-_RATES:])])


def _usual(name: str) -> str:
    """Return what a setting says of which a run that has nothing else to say says nothing."""
    empty = next((row.empty for row in SETTINGS if row.name == name), "") or _SILENT
    return empty if name in (*_PATHS, "schedule") else f"{_called(name)} {empty}"


def _called(name: str) -> str:
    return _SHORT.get(name, name.replace("_", " "))


def _word(name: str, value: object) -> str:
    if value is None or value == _SILENT:
        return ""
    if name in _PATHS:
        return f"{name} {Path(str(value)).name}"
    if isinstance(value, bool):
        said = "yes" if value else "no"
    else:
        said = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{_called(name)} {said}".strip()


def _listed(run: Path, known: ListedRun | None) -> ListedRun:
    stamp = tuple(stamp_of(run / name) for name in (layout.CONFIG, layout.METRICS, layout.NOTE, layout.STATUS))
    if known is not None and known.stamp == stamp and not known.under_way:
        return known
    begun, state = _begun(run), "unknown"
    try:
        status = read_status(run)
        begun, state = _told(status.get("begun"), begun), str(status.get("state", "unknown"))
        config = read_config(run)
        return _with_results(ListedRun(run, begun, state, config, note=_note(run), stamp=stamp), config)
    except CnnvizError as error:
        return ListedRun(run, begun, state, note=_note(run), problem=error.message, stamp=stamp)


def _with_results(run: ListedRun, config: TrainConfig) -> ListedRun:
    epochs: list[EpochDone] = []
    rates: list[LearningRateChanged] = []
    seconds, has_ended = None, False  # one that was gone on with after its end has not
    for event in events_of(filter(None, map(_row, _lines(run.folder / layout.METRICS))), config):
        if isinstance(event, EpochDone):
            epochs.append(event)
        elif isinstance(event, LearningRateChanged):
            rates.append(event)
        elif isinstance(event, RunFinished):
            seconds, has_ended = event.seconds, True
        elif isinstance(event, RunResumed):
            has_ended = False
    run = replace(run, seconds=seconds, rate_changes=tuple(rates))
    if not epochs:
        return run
    best = Standing()
    for epoch in epochs:
        best = best.after(epoch.epoch, epoch.test_accuracy, epoch.test_loss)
    trained = sum(each.seconds for each in epochs)
    return replace(
        run,
        epochs=epochs[-1].epoch,
        final_accuracy=epochs[-1].test_accuracy,
        best_accuracy=best.best_accuracy,
        best_epoch=best.best_epoch,
        seconds=trained if seconds is None else seconds if has_ended else max(seconds, trained),
    )


def _lines(journal: Path) -> list[bytes]:
    try:
        return [line for line in read_whole(journal, _LARGEST).split(b"\n")[:-1] if not line.startswith(_STEPS)]
    except OSError:  # it has not told anything yet
        return []


def _row(line: bytes) -> dict[str, object] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _note(run: Path) -> str:
    try:
        return read_whole(run / layout.NOTE, _LARGEST_NOTE).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _told(begun: object, otherwise: float) -> float:
    """Return when a run says that it was asked for; files that were copied or unpacked have another date."""
    return begun if isinstance(begun, int | float) and math.isfinite(begun) else otherwise


def _begun(run: Path) -> float:
    """Return the date of its ``config.toml``, which is written once; status and journal are until the end."""
    for name in (layout.CONFIG, layout.STATUS):
        with suppress(OSError):
            return (run / name).stat().st_mtime
    return 0.0
