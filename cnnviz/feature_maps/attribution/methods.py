"""The methods: one row each. A new one is a function and its row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.attribution.heat_map import Told, default_layer
from cnnviz.feature_maps.attribution.scoring import scored, scores_of
from cnnviz.feature_maps.axes import as_maps
from cnnviz.feature_maps.subject import Subject
from cnnviz.inspection.call import Call


@dataclass(frozen=True, slots=True)
class Found:
    """What a method returns."""

    scores: Tensor  # (classes,)
    class_index: int  # that was asked for
    heat: Tensor  # (H, W)
    layer: str = ""  # module path of the maps that it was read from; "": of none


ChooseClass = Callable[[Tensor], int]  # scores (classes,) → the class that is asked for


@dataclass(frozen=True, slots=True)
class Method:
    """One way to say where the evidence is."""

    name: str  # as the command line spells it
    title: str
    compute: Callable[[Subject, Call | None, ChooseClass, Told], Found]
    reads_layer: bool  # False: it says of the input
    sentence: str
    source: str


def _grad_cam(subject: Subject, call: Call | None, choose: ChooseClass, told: Told) -> Found:
    """ReLU(Σ_k mean(∂y/∂A_k) · A_k), over the maps A_k of one layer, the last with space where none is named."""
    call = call or default_layer(subject.report.calls)
    if call is None:
        message = "No layer of this network has maps."
        raise CnnvizError(message, "Choose another method, or a convolutional network.")
    run = scored(subject, call, lambda: told(0, 1))
    chosen = choose(run.logits)
    size = subject.pixels.shape[2:]
    assert run.maps is not None
    gradients, maps = (torch.from_numpy(as_maps(each, size)) for each in (run.gradient(chosen, True), run.maps))
    heat = (gradients.mean((1, 2), keepdim=True) * maps).sum(0).relu()
    return Found(run.logits, chosen, heat, call.path)


def _input_gradient(subject: Subject, _call: Call | None, choose: ChooseClass, told: Told) -> Found:
    """max over channels of |∂y/∂x|."""
    run = scored(subject, None, lambda: told(0, 1))
    chosen = choose(run.logits)
    return Found(run.logits, chosen, run.gradient(chosen, False)[0].abs().amax(0))


def _occlusion(subject: Subject, _call: Call | None, choose: ChooseClass, told: Told) -> Found:
    """y − y with a patch of the picture covered by the picture's mean colour, for a grid of patches."""
    picture = torch.from_numpy(subject.pixels)
    scores = scores_of(subject, picture)
    chosen = choose(scores)
    rows, columns = (patches(size) for size in picture.shape[2:])
    mean = picture.mean((2, 3), keepdim=True)
    heat = torch.zeros(len(rows), len(columns))
    for at, (top, bottom) in enumerate(rows):
        for beside, (left, right) in enumerate(columns):
            told(at * len(columns) + beside, heat.numel())
            covered = picture.clone()
            covered[:, :, top:bottom, left:right] = mean
            heat[at, beside] = scores[chosen] - scores_of(subject, covered)[chosen]
    return Found(scores, chosen, heat)


def patches(size: int) -> list[tuple[int, int]]:
    """Return where the patches begin and end along one axis: a seventh of it wide, each half over the one before."""
    width = max(1, size // 7)
    stride = max(1, width // 2)
    starts = range(0, max(1, size - width + 1), stride)
    return [(start, min(size, start + width)) for start in starts]


METHODS = (
    Method(
        "gradcam",
        "Grad-CAM",
        _grad_cam,
        True,
        "The layer's maps, each weighted by how much the score rises with it, summed; what speaks against is left out.",
        "Selvaraju et al., arXiv:1610.02391, equations 1 and 2",
    ),
    Method(
        "gradient",
        "Input gradient",
        _input_gradient,
        False,
        "How much the score changes with each pixel, in the channel that matters most.",
        "Simonyan et al., arXiv:1312.6034, section 3.1",
    ),
    Method(
        "occlusion",
        "Occlusion",
        _occlusion,
        False,
        "How much the score falls when a patch of the picture is covered with its mean colour.",
        "Zeiler and Fergus, arXiv:1311.2901, section 4.2",
    ),
)


def method_named(name: str) -> Method:
    """Return the row of a method."""
    return next(each for each in METHODS if each.name == name)
