"""The weights of a run: a folder for each copy, complete or absent.

``checkpoints/epoch-0003/`` holds ``model.safetensors`` and ``checkpoint.json``, the newest ones also what a run goes on
from, and all of them the sums of these; ``checkpoints/latest`` is a text file with the name of the newest (a link would
need rights on Windows); ``checkpoints/best/`` stands from the first epoch on, ``checkpoints/final/`` after a finished
run. What is written is on the disk before it gets its name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.files import making_folder, read_whole, remove, replacing, to_disk
from cnnviz.paths import real
from cnnviz.runs.best_checkpoint import best_epoch_of, link_or_copy
from cnnviz.runs.checkpoint_files import has_a_runs_name, in_words, instead_of, step_of
from cnnviz.runs.file_sums import write_sums
from cnnviz.runs.layout import ABOUT, CHECKPOINTS, EPOCH, FACTS, FINAL, LATEST, MODEL, STATE, holds_run
from cnnviz.runs.status import is_under_way
from cnnviz.runs.unwritten_tensors import system_error
from cnnviz.runs.weights_file import SavedWeights, read_weights_file

if TYPE_CHECKING:
    import numpy as np

    from cnnviz.runs.resume_point import SavedState

_KEPT_EPOCHS = 3  # the newest, however large they are
_LONGEST_NAME = 1000  # bytes


def write(
    folder: Path,
    state: Mapping[str, np.ndarray],
    epoch: int,
    step: int,
    about: Mapping[str, str],
    room: int = 0,
    saved: SavedState | None = None,
) -> Path:
    """Write weights below the run's ``folder``, name them the latest, drop older ones, and return where they are.

    Args:
        folder: of the run.
        state: a state_dict as arrays.
        epoch: finished epochs.
        step: of the optimizer.
        about: what else the file says of itself.
        room: bytes for epochs before the newest three; where they need more, as many as fit stay, spread evenly.
        saved: what a run goes on from, beside the weights; older epochs than the newest three lose theirs.

    Raises:
        CnnvizError: there is no space, or the folder cannot be written; the older ones then still stand.
    """
    checkpoints = folder / CHECKPOINTS
    with suppress(OSError):
        checkpoints.mkdir(exist_ok=True)  # the run's folder is there, or it is gone and not to be made again
    target = checkpoints / _name(epoch, step, checkpoints)
    _write_folder(target, state, {**about, "epoch": str(epoch), "step": str(step)}, saved)
    try:
        _name_latest(target)
    except CnnvizError:
        remove(target)
        raise
    _drop_older(checkpoints, target.name, room)
    return target


def write_final(folder: Path) -> None:
    """Copy the newest checkpoint to ``checkpoints/final``, unless it stands.

    Raises:
        CnnvizError: there is none, or no space for another.
    """
    final = folder / CHECKPOINTS / FINAL
    if final.is_dir():
        return
    with making_folder(final) as temporary:
        for file in newest_checkpoint(folder).iterdir():
            link_or_copy(file, temporary / file.name)


def go_back_to(run: Path, name: str, step: int) -> None:
    """Let the checkpoint ``name``, of which a run goes on, be its newest, and remove what it will write again.

    Raises:
        CnnvizError: the folder cannot be written.
    """
    if _named_latest(run) != name:
        _name_latest(run / CHECKPOINTS / name)  # first: what is named stands, whenever the run is killed
    for each in (run / CHECKPOINTS).glob("*-*"):
        with suppress(OSError):  # what cannot be read now may be the newest
            if has_a_runs_name(each) and step_of(each) not in range(step + 1):
                remove(each)
    remove(run / CHECKPOINTS / FINAL)


def checkpoints_of(run: Path) -> tuple[Path, ...]:
    """Return the folders of a run's checkpoints, the newest last; none where there is no weight yet.

    Raises:
        OSError: the system does not let one be read.
    """
    dated = []
    for each in (run / CHECKPOINTS).glob("*-*"):
        with suppress(FileNotFoundError, NotADirectoryError):  # a run that is going on takes some away
            if each.name[0] != "." and (each / MODEL).is_file():
                dated.append(((each / MODEL).stat().st_mtime_ns, each))
    return tuple(each for _, each in sorted(dated))


def saved_epochs(run: Path) -> dict[int, Path]:
    """Return the folders of the epochs whose weights a run has kept, by the number of finished epochs, the first first.

    None where it has written none yet, or cannot be read.
    """
    found = {}
    for each in sorted((run / CHECKPOINTS).glob(f"{EPOCH}*")):
        number = each.name.removeprefix(EPOCH)
        with suppress(OSError):
            if number.isascii() and number.isdecimal() and (each / MODEL).is_file():
                found[int(number)] = each
    return dict(sorted(found.items()))


def missing_latest(run: Path) -> str:
    """Return the name of the checkpoint that a run has written last where it is not there any more; else ""."""
    name = _named_latest(run) or ""
    is_gone = has_a_runs_name(Path(name)) and not (run / CHECKPOINTS / name).exists()
    return name if is_gone else ""


def newest_checkpoint(run: Path) -> Path:
    """Return the folder of a run's newest checkpoint: the one that ``checkpoints/latest`` names.

    Raises:
        CnnvizError: the run has written none yet, or the folder is no run folder.
    """
    if not run.is_dir():
        raise CnnvizError(f"The run folder {run} is not there any more.", "Choose other weights.")
    pointer = run / CHECKPOINTS / LATEST
    name = _named_latest(run)
    if name is None:
        hint = "Wait for its first checkpoint, or choose another run." if is_under_way(run) else "Choose another run."
        if instead := instead_of(pointer):
            raise CnnvizError(f"{pointer}, which names the run's newest weights, cannot be read.", instead)
        raise CnnvizError(f"{run} holds no trained weights.", hint)
    if name != Path(name).name or name in ("", ".", ".."):  # a pointer may not lead out of the run folder
        hint = instead_of(pointer) or "Choose another run folder."
        raise CnnvizError(f"{pointer} names {name!r}, which is no checkpoint.", hint)
    return pointer.parent / name


def newest_in_words(run: Path) -> str:
    """Return "epoch 3, step 705" of the newest checkpoint that stands; "" where there is none."""
    with suppress(CnnvizError, OSError):
        newest = newest_checkpoint(run)
        return in_words(newest) if (newest / MODEL).is_file() else ""
    return ""


def run_of(folder: Path) -> Path | None:
    """Return the run whose newest weights are meant by ``folder``: itself, or what its checkpoints stand in.

    ``checkpoints/latest`` is a file that reads like a folder: it means the same.
    """
    folder = folder.parent if folder.name == LATEST and folder.parent.name == CHECKPOINTS else folder
    if holds_run(folder) or (folder / CHECKPOINTS / LATEST).is_file():
        return folder
    is_checkpoints = real(folder).name == CHECKPOINTS and (folder / LATEST).is_file()
    return real(folder).parent if is_checkpoints else None


def read_newest_weights(run: Path) -> SavedWeights:
    """Return the weights of a run's newest checkpoint.

    A run that is going on may take a checkpoint away just after writing a newer one: then the newer one is read.

    Raises:
        CnnvizError: the run has written none yet, or its newest is damaged.
    """
    checkpoint = newest_checkpoint(run)
    while True:
        try:
            return read_weights_file(checkpoint / MODEL)
        except CnnvizError:
            before, checkpoint = checkpoint, newest_checkpoint(run)
            if checkpoint == before:
                raise


def _named_latest(run: Path) -> str | None:
    try:
        return read_whole(run / CHECKPOINTS / LATEST, _LONGEST_NAME).decode().strip()
    except (OSError, UnicodeDecodeError):
        return None


def _name_latest(checkpoint: Path) -> None:
    with replacing(checkpoint.parent / LATEST, make_parents=False) as temporary:
        temporary.write_text(f"{checkpoint.name}\n", "utf-8")
        to_disk(temporary)
    to_disk(checkpoint.parent)


def _name(epoch: int, step: int, checkpoints: Path) -> str:
    """A second copy within the same epoch is named by its step, and one more at that step by a number too."""
    step_name = f"step-{step:08d}"
    names = chain((f"{EPOCH}{epoch:04d}", step_name), (f"{step_name}-{number}" for number in count(2)))
    return next(name for name in names if not (checkpoints / name).exists())


def _write_folder(
    target: Path, state: Mapping[str, np.ndarray], about: dict[str, str], saved: SavedState | None
) -> None:
    with making_folder(target) as temporary:
        words = temporary / ABOUT
        words.write_text(json.dumps(about, indent=1, ensure_ascii=False), "utf-8")
        rights = words.stat().st_mode
        _save(state, temporary / MODEL, about, rights)
        if saved is not None:
            (temporary / FACTS).write_text(json.dumps(saved.facts, indent=1), "utf-8")
            _save(saved.arrays, temporary / STATE, {}, rights)
        write_sums(temporary)
        to_disk(*temporary.iterdir(), temporary)


def _save(arrays: Mapping[str, np.ndarray], file: Path, about: dict[str, str], rights: int) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        save_file(dict(arrays), file, about)
    except SafetensorError as error:
        raise system_error(error) from error
    file.chmod(rights)  # safetensors writes for the owner alone


def _drop_older(checkpoints: Path, newest: str, room: int) -> None:
    """Keep the newest few epochs, of those before them what fits, and of the copies between epochs only the newest."""
    epochs = list(saved_epochs(checkpoints.parent).items())
    best = best_epoch_of(checkpoints.parent)
    earlier, first_kept = dict(epochs[:-_KEPT_EPOCHS]), [number for number, _ in epochs[-_KEPT_EPOCHS:]][:1]
    for folder in (each for each in earlier.values() if not each.is_symlink()):  # nobody goes on from there
        with suppress(OSError):
            (folder / STATE).unlink(missing_ok=True)
            (folder / FACTS).unlink(missing_ok=True)
    sizes = {number: _size_of(folder) for number, folder in earlier.items() if number != best}
    for old in (*(earlier[number] for number in _too_many(sizes, first_kept, room)), *checkpoints.glob("step-*")):
        if old.name != newest and has_a_runs_name(old):
            remove(old)


def _size_of(folder: Path) -> int:
    try:
        return sum(file.stat().st_size for file in folder.iterdir())
    except OSError:
        return 0  # it is being removed by somebody else


def _too_many(sizes: Mapping[int, int], following: Sequence[int], room: int) -> list[int]:
    """Return the epochs to be dropped so that the rest fits: always the one whose neighbours are nearest to each other.

    So what stays is spread about evenly; the first of all goes last.
    """
    kept, dropped = [*sizes, *following], []
    while sum(size for number, size in sizes.items() if number not in dropped) > room:
        between = range(1, len(kept) - 1)
        at = min(between, key=lambda at: kept[at + 1] - kept[at - 1], default=0)
        dropped.append(kept.pop(at))
    return dropped
