"""The kernels of a layer of a network, or of any module: ``cnnviz.kernels``."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.kernels.kernel_values import KernelQuestion, Kernels, Showing
from cnnviz.feature_maps.kernels.taking_kernels import initial_of, take
from cnnviz.feature_maps.lens import Lens
from cnnviz.feature_maps.looking import Looking, Prepared, asked, prepared
from cnnviz.files import Progress
from cnnviz.zoo.weights import put_into

if TYPE_CHECKING:
    from cnnviz.zoo import ModelSpec
    from cnnviz.zoo.inputs import Said
    from cnnviz.zoo.weights_source import Weights


def kernels(
    model: str | ModelSpec | nn.Module,
    layer: str,
    weights: str | Path | Weights | None = None,
    input_shape: Said | None = None,
    options: Mapping[str, object] | None = None,
    on_progress: Progress | None = None,
    allow_mismatch: bool = False,
    showing: Showing = "these",
) -> Kernels:
    """Return the kernels of a layer, bit for bit as the network holds them where that is in float32.

    Args:
        model: an architecture's name, a resolved spec, or any module, which is not changed.
        layer: a module path, "features.0": a convolution of any kind, a linear layer, or what hands on its maps.
        weights: these and what follows: see ``Looking``.
        input_shape: see there.
        options: see there.
        on_progress: see there.
        allow_mismatch: see there.
        showing: "these" weights; the "initial" ones, which are those of a run's first epoch, else random ones; or
            their "difference", these − initial.

    Raises:
        CnnvizError: the name, an option, the layer or the weights cannot be used, or the layer has no kernels.
    """
    how = Looking(weights, input_shape, options, on_progress, None, allow_mismatch)
    if not isinstance(model, nn.Module):
        question = KernelQuestion(asked(model, Path(), layer, how), showing)
        return Lens(budget=0).kernels(question, on_progress)
    found = prepared(model, layer, how)
    about = found.title, found.origin
    return take(found.model, found.report, found.call, showing, partial(_initially, model, found), about)


def _initially(model: nn.Module, found: Prepared) -> tuple[nn.Module, str]:
    """Return a module with the weights that it began with, and what these are."""
    first, words = initial_of(found.weights)
    if first.kind == "random":
        raise CnnvizError(
            "The initial weights of a module are not known.", "Give the weights of a run, or the network's name."
        )
    network = copy.deepcopy(model)
    put_into(network, found.spec, first)
    return network, words
