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


def worst_classes(counts: Counts, how_many: int) -> list[tuple[int, float]]:
    """Return the classes that are told right least often, of those that have pictures, and which share is."""
    pictures = counts.sum(1)
    shares = np.divide(np.diag(counts), pictures, out=np.full(len(counts), np.inf), where=pictures > 0)
    order = np.argsort(shares, kind="stable")[:how_many]
    return [(int(at), float(shares[at])) for at in order if np.isfinite(shares[at])]


def most_confused(counts: Counts) -> tuple[int, int, int] | None:
    """Return a class, what it is most often taken for, and how often; None: no picture was mistaken."""
    mistaken = counts - np.diag(np.diag(counts))
    row, column = np.unravel_index(int(mistaken.argmax()), mistaken.shape)
    times = int(mistaken[row, column])
    return (int(row), int(column), times) if times else None


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
