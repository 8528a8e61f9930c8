"""Covering the picture patch by patch: Zeiler and Fergus, arXiv:1311.2901, section 4.2."""

from __future__ import annotations

import torch

from cnnviz.feature_maps.attribution.found_heat import ChooseClass, FoundHeat
from cnnviz.feature_maps.attribution.heat_map import Told
from cnnviz.feature_maps.attribution.scoring import answer_of, scores_in, shares
from cnnviz.feature_maps.subject import Subject
from cnnviz.inspection.call import Call


def compute(subject: Subject, _call: Call | None, choose: ChooseClass, told: Told) -> FoundHeat:
    """y − y with a patch of the picture covered by the picture's mean colour, for a grid of patches."""
    picture = torch.from_numpy(subject.pixels)
    answer = answer_of(subject, picture)
    scores = scores_in(answer)
    chosen = choose(scores)
    rows, columns = (patches(size) for size in picture.shape[2:])
    mean = picture.mean((2, 3), keepdim=True)
    heat = torch.zeros(len(rows), len(columns))
    for at, (top, bottom) in enumerate(rows):
        for beside, (left, right) in enumerate(columns):
            told(at * len(columns) + beside, heat.numel())
            covered = picture.clone()
            covered[:, :, top:bottom, left:right] = mean
            heat[at, beside] = scores[chosen] - scores_in(answer_of(subject, covered))[chosen]
    return FoundHeat(scores, shares(answer), chosen, heat)


def patches(size: int) -> list[tuple[int, int]]:
    """Return where the patches begin and end along one axis: a seventh of it wide, each half over the one before."""
    width = max(1, size // 7)
    stride = max(1, width // 2)
    starts = range(0, max(1, size - width + 1), stride)
    return [(start, min(size, start + width)) for start in starts]
