"""Takes the kernels of a layer out of a network, those of some outputs where there are very many, against its initial.

What initial weights are: of a run those of the first epoch that it keeps; of others random ones, the same every time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.kernels.kernel_values import SHOWINGS, Kernels, Showing
from cnnviz.feature_maps.kernels.layer_kernels import flattened_map, layer_with_kernels, weight_of
from cnnviz.inspection.call import Call
from cnnviz.inspection.report import Report
from cnnviz.runs.checkpoint import saved_epochs
from cnnviz.runs.layout import run_and_epoch
from cnnviz.zoo.weights import SEED, Origin
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST = 16_000_000  # weights that are looked at at once: 64 MB


def take(
    model: nn.Module,
    report: Report,
    call: Call,
    showing: Showing,
    initial: Callable[[], tuple[nn.Module, str]],
    about: tuple[str, Origin],
    around: int | None = None,
) -> Kernels:
    """Return the kernels of the layer that makes a call's maps.

    Args:
        model: the network, which is not changed.
        report: of it.
        call: of the report.
        showing: which weights.
        initial: returns the network with its initial weights, and what these are; called where they are needed.
        about: title and origin of the weights.
        around: of a layer with more than ``MOST`` weights, the outputs around this one; None: all, however many.

    Raises:
        CnnvizError: no layer with kernels makes its maps, or there is no such way of showing.
    """
    if showing not in SHOWINGS:
        raise CnnvizError(f"There are no kernels {showing!r}.", f"Choose one of {', '.join(SHOWINGS)}.")
    layer = layer_with_kernels(model, report, call)
    weight, groups = weight_of(model, layer)
    first, last = _block(weight, around)
    values, words = _numbers(weight[first:last]), ""
    if showing != "these":
        other, words = initial()
        before = _numbers(weight_of(other, layer)[0][first:last])
        values = before if showing == "initial" else values - before
    flat = flattened_map(report, layer) if weight.ndim == 2 else None
    values = values if flat is None else values.reshape(len(values), *flat)
    title, origin = about
    return Kernels(
        layer.path, layer.kind, layer.index, values, len(weight), first, groups, title, showing, words,
        origin.step, origin.notes,
    )  # fmt: skip


def initial_of(weights: Weights) -> tuple[Weights, str]:
    """Return the weights that those of a network began as, and what they are."""
    of_run = None
    if weights.file is not None:
        found = run_and_epoch(weights.file)
        of_run = weights.file if weights.kind == "run" else found[0] if found is not None else None
    for epoch, folder in ({} if of_run is None else saved_epochs(of_run)).items():
        kept = "epoch 0, before the first step" if epoch == 0 else f"epoch {epoch}, the earliest that is kept"
        return Weights("file", file=folder, allow_mismatch=weights.allow_mismatch), kept
    return RANDOM_WEIGHTS, f"random weights, seed {SEED}"


def _block(weight: Tensor, around: int | None) -> tuple[int, int]:
    outputs = len(weight)
    many = outputs if around is None else max(1, MOST // max(1, weight[0].numel()))
    if many >= outputs or around is None:
        return 0, outputs
    first = min(around // many * many, outputs - many)
    return first, first + many


def _numbers(weight: Tensor) -> npt.NDArray[np.float32]:
    if weight.is_complex():
        raise CnnvizError("These weights are complex numbers.", "Choose a layer with real weights.")
    numbers: npt.NDArray[np.float32] = weight.to("cpu", torch.float32, copy=True).contiguous().numpy()
    return numbers
