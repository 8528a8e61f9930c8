"""Which classes a network takes for which, and its worst mistakes. No torch here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cnnviz.runs.judged_file import Judged

Counts = npt.NDArray[np.int64]


def confusion(judged: Judged, classes: int) -> Counts:
    """Return how many pictures of class row the network took for class column, (classes, classes)."""
    inside = (judged.labels < classes) & (judged.predictions < classes)
    cells = judged.labels[inside] * classes + judged.predictions[inside]
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def worst_mistakes(judged: Judged, count: int) -> list[int]:
    """Return the positions of the pictures that the network was wrong about with the largest loss, the worst first."""
    return _largest_loss(judged, judged.predictions != judged.labels, count)


def pictures_in_cell(judged: Judged, label: int, prediction: int, count: int) -> list[int]:
    """Return the positions of pictures of a class that were taken for another, those with the largest loss first."""
    return _largest_loss(judged, (judged.labels == label) & (judged.predictions == prediction), count)


def _largest_loss(judged: Judged, which: npt.NDArray[np.bool_], count: int) -> list[int]:
    positions = np.flatnonzero(which)
    order = np.argsort(-judged.losses[positions], kind="stable")[:count]
    return [int(at) for at in positions[order]]
