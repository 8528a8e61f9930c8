"""What a run's network said of each test picture after an epoch: ``judged/epoch-0003.safetensors``. No torch here.

``labels`` and ``predictions`` are uint16, ``losses`` float16, each (N,), in the order of the test pictures.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole, reading, replacing
from cnnviz.runs.layout import EPOCH, JUDGED

_SUFFIX = ".safetensors"
_MOST_FILES = 200
_LARGEST = 1 << 28  # bytes


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the network said of each test picture, in their order."""

    labels: npt.NDArray[np.integer]  # (N,)
    predictions: npt.NDArray[np.integer]  # (N,)
    losses: npt.NDArray[np.floating]  # (N,) cross entropy, nats


def write_judged(folder: Path, epoch: int, judged: Judged) -> None:
    """Write what was said after an epoch below the run's ``folder``; of very many the oldest go.

    Raises:
        CnnvizError: it cannot be written.
        OSError: neither.
    """
    from safetensors.numpy import save

    arrays = {"labels": judged.labels, "predictions": judged.predictions}
    small = {name: np.ascontiguousarray(values, dtype=np.uint16) for name, values in arrays.items()}
    small["losses"] = np.ascontiguousarray(np.minimum(judged.losses, 6e4), dtype=np.float16)
    (folder / JUDGED).mkdir(exist_ok=True)
    with replacing(_file(folder, epoch), make_parents=False) as temporary:
        temporary.write_bytes(save(small))
    for old in sorted(judged_epochs(folder))[:-_MOST_FILES]:
        _file(folder, old).unlink(missing_ok=True)


def read_judged(folder: Path, epoch: int) -> Judged:
    """Return what was said after an epoch.

    Raises:
        CnnvizError: there is no such file, or it is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    file = _file(folder, epoch)
    with reading(file, "Choose another epoch."):
        content = read_whole(file, _LARGEST)
    try:
        arrays = load(content)
        labels, predictions, losses = (arrays[name] for name in ("labels", "predictions", "losses"))
    except (SafetensorError, KeyError, ValueError) as error:
        raise CnnvizError(f"{file} is damaged.", "Choose another epoch.") from error
    if not labels.shape == predictions.shape == losses.shape or labels.ndim != 1:
        raise CnnvizError(f"{file} is damaged.", "Choose another epoch.")
    return Judged(labels.astype(np.int64), predictions.astype(np.int64), losses.astype(np.float32))


def judged_epochs(folder: Path) -> tuple[int, ...]:
    """Return the epochs of which it is known what was said, the first first."""
    found = []
    with suppress(OSError):
        for each in (folder / JUDGED).glob(f"{EPOCH}*{_SUFFIX}"):
            number = each.name.removeprefix(EPOCH).removesuffix(_SUFFIX)
            if number.isascii() and number.isdecimal():
                found.append(int(number))
    return tuple(sorted(found))


def _file(folder: Path, epoch: int) -> Path:
    return folder / JUDGED / f"{EPOCH}{epoch:04}{_SUFFIX}"
