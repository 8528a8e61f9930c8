"""A network's layer → its kernels, each output's in one row, whatever the layer's kind."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.pixel.taking_apart import what_makes
from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.kind import Family, Role
from cnnviz.inspection.kinds.table import kind_of_call
from cnnviz.inspection.report import Report

_WITH_KERNELS = (_ConvNd, nn.Linear)


def layer_with_kernels(model: nn.Module, report: Report, call: Call) -> Call:
    """Return the convolution or linear layer that makes a call's maps, each of which one of its kernels makes.

    Norms, activations, pooling and dropout hand on maps one by one: of these it is the layer before.

    Raises:
        CnnvizError: there is none.
    """
    found = call
    while not isinstance(_module_of(model, found), _WITH_KERNELS):
        before = [report.calls[at] for at in found.inputs_from]
        if found.output_from is not None and found.output_from[0] >= 0 and found.output_from[1] == 0:
            found = report.calls[found.output_from[0]]  # what a container returns is what this one made
        elif len(before) == 1 and _hands_on_each_map(found):
            found = before[0]
        else:
            name = call.path or "The network"
            raise CnnvizError(
                f"{name} ({call.kind}) has no kernels: no single convolution or linear layer makes its maps.",
                "Choose a convolution, a linear layer, or what follows one.",
            )
    return found


def _module_of(model: nn.Module, call: Call) -> nn.Module | None:
    try:
        return model.get_submodule(call.path) if call.module else None
    except AttributeError:  # kept in a plain list: its path is our name for it
        return None


def _hands_on_each_map(call: Call) -> bool:
    kind = kind_of_call(call)
    if not call.input_shapes or call.output_shape is None or call.input_shapes[0][:2] != call.output_shape[:2]:
        return False
    keeps = kind.family in (Family.NORMALISATION, Family.ACTIVATION, Family.POOLING)
    return keeps or Role.DROPOUT in kind.role or kind.name == "identity"


def weight_of(model: nn.Module, call: Call) -> tuple[Tensor, int]:
    """Return the kernels (outputs, inputs of its group, …) of a layer, and its groups. The values are the model's own.

    Raises:
        CnnvizError: the layer keeps none.
    """
    layer = _module_of(model, call)
    if not isinstance(layer, _WITH_KERNELS):
        raise CnnvizError(f"{call.path or 'The network'} ({call.kind}) has no kernels.", "Choose a convolution.")
    with torch.no_grad():
        for hook in layer._forward_pre_hooks.values():  # these set the weight only when the layer runs
            if isinstance(hook, WeightNorm | SpectralNorm):
                hook(layer, ())
        weight = layer.weight.detach()
    if isinstance(layer, nn.Linear):
        return weight, 1
    return (of_outputs(weight, layer.groups) if isinstance(layer, _ConvTransposeNd) else weight), layer.groups


def of_outputs(weight: Tensor, groups: int) -> Tensor:
    """(inputs, outputs ÷ groups, …) of a transposed convolution → (outputs, inputs ÷ groups, …)."""
    inputs, outputs, *window = weight.shape
    grouped = weight.reshape(groups, inputs // groups, outputs, *window)
    return grouped.transpose(1, 2).reshape(groups * outputs, inputs // groups, *window)


def flattened_map(report: Report, call: Call) -> tuple[int, ...] | None:
    """Return channels, height and width of the map that a linear layer reads flattened; None where it reads none."""
    if not call.input_shapes or len(call.input_shapes[0]) != 2:
        return None
    features, found = call.input_shapes[0][1], call
    while len(found.inputs_from) == 1 and len(found.input_shapes[0]) == 2:
        found = what_makes(report, report.calls[found.inputs_from[0]])
        is_flat = found.output_shape is not None and found.output_shape[1:] == (features,)
        if not found.input_shapes or not is_flat or not _keeps_order(found):
            return None
    shape = found.input_shapes[0][1:]
    return shape if len(shape) == 3 and prod(shape) == features and prod(shape[1:]) > 1 else None


def _keeps_order(call: Call) -> bool:
    kind = kind_of_call(call)
    return _hands_on_each_map(call) or Role.RESHAPE in kind.role or kind.name == "flatten"
