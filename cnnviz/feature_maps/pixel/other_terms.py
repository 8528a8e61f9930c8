"""The terms of what slides no window: of linear work by its gradient, of activations, norms and softmax by formula."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod, sqrt
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from cnnviz.feature_maps.axes import places
from cnnviz.feature_maps.pixel.arithmetic import Terms
from cnnviz.feature_maps.pixel.entered import Entered
from cnnviz.feature_maps.pixel.sums import Sum
from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.kind import Kind

if TYPE_CHECKING:
    pass

_MOST_TERMS = 2_000_000  # that one number is taken apart into


def linear_work(entered: Entered, index: int, input_size: tuple[int, int]) -> Iterator[Sum | None]:
    """Yield Σ input × weight + bias as it is where the call is linear in its inputs; then in each, the others fixed.

    The weights are the gradient; the bias is what zeros give. Whether the two make the number is for others to see.

    Args:
        entered: the call.
        index: of the number in the flattened output.
        input_size: of the network: tells which axes of an input are height and width.
    """
    inputs = entered.inputs
    moving = [at for at, each in enumerate(inputs) if each.is_floating_point() and each.numel() <= _MOST_TERMS]
    for chosen in (moving, *([at] for at in moving if len(moving) > 1)):
        yield _linear_in(entered, inputs, chosen, index, input_size)


def _linear_in(
    entered: Entered, inputs: list[Tensor], chosen: list[int], index: int, input_size: tuple[int, int]
) -> Sum | None:
    leaves = {at: inputs[at].detach().clone().requires_grad_() for at in chosen}
    try:
        output = entered.again([leaves[at].clone() if at in leaves else each for at, each in enumerate(inputs)])
        gradients = torch.autograd.grad(output.reshape(-1)[index], list(leaves.values()), allow_unused=True)
        nothing = entered.again([torch.zeros_like(each) if at in leaves else each for at, each in enumerate(inputs)])
    except RuntimeError:  # whatever it computes, it has no gradient
        return None
    parts = [
        _read(at, leaves[at], gradient, input_size)
        for at, gradient in zip(chosen, gradients, strict=True)
        if gradient is not None
    ]
    if not parts:
        return None
    bias = float(nothing.detach().reshape(-1)[index])
    return Sum(Terms.joined(parts), bias or None, "Σ input × weight" + (" + bias" if bias else ""))


def _read(source: int, values: Tensor, gradient: Tensor, input_size: tuple[int, int]) -> Terms:
    """Return the terms of one input: where its gradient is not 0."""
    flat = gradient.detach().reshape(-1)
    reads = flat.nonzero().reshape(-1)
    read, weight = values.detach().reshape(-1)[reads].double().numpy(), flat[reads].double().numpy()
    return Terms.at(places(values.shape, input_size)[:, reads.numpy()], read, weight, source=source)


def batch_norm(entered: Entered, index: int, input_size: tuple[int, int]) -> Sum | None:
    """Return γ · (x − μ) / √(σ² + ε) + β, with the running statistics (Ioffe and Szegedy, arXiv:1502.03167)."""
    mean, variance = entered.parameter("running_mean", 1), entered.parameter("running_var", 2)
    if mean is None or variance is None:
        return None
    scale, shift = entered.parameter("weight", 3), entered.parameter("bias", 4)
    epsilon = float(getattr(entered.run, "eps", entered.kwargs.get("eps", 1e-5)))
    channel = _channel(entered.inputs[0], index)
    return _normalised(entered, index, input_size, mean[channel], variance[channel], epsilon, scale, shift, channel)


def other_norm(entered: Entered, call: Call, index: int, input_size: tuple[int, int]) -> Sum | None:
    """Return the same for layer, group and instance norm, whose statistics are those of the values that they see."""
    given, settings = entered.inputs[0], call.settings
    name = call.kind.lower().replace("_", "")
    values, channel = given.reshape(-1), _channel(given, index)
    if name == "layernorm":
        shape = settings.get("normalized_shape")
        size = prod(shape) if isinstance(shape, tuple) else given.shape[-1]
        group, channel = values[index // size * size :][:size], index % size
        scale, shift = (entered.parameter(each, at) for each, at in (("weight", 2), ("bias", 3)))
    elif name == "groupnorm":
        groups = settings.get("num_groups")
        size = given[0].numel() // (groups if isinstance(groups, int) else 1)
        group = values[index // size * size :][:size]
        scale, shift = (entered.parameter(each, at) for each, at in (("weight", 2), ("bias", 3)))
    elif name.startswith("instancenorm") and not settings.get("running_statistics"):
        size = prod(given.shape[2:])
        group = values[index // size * size :][:size]
        scale, shift = (entered.parameter(each, at) for each, at in (("weight", 3), ("bias", 4)))
    else:
        return None
    mean, variance = group.double().mean(), group.double().var(correction=0)
    epsilon = float(getattr(entered.run, "eps", entered.kwargs.get("eps", 1e-5)))
    return _normalised(entered, index, input_size, mean, variance, epsilon, scale, shift, channel)


def _normalised(
    entered: Entered,
    index: int,
    input_size: tuple[int, int],
    mean: Tensor,
    variance: Tensor,
    epsilon: float,
    scale: Tensor | None,
    shift: Tensor | None,
    channel: int,
) -> Sum:
    gamma = 1.0 if scale is None else float(scale.reshape(-1)[channel])
    beta = 0.0 if shift is None else float(shift.reshape(-1)[channel])
    weight = gamma / sqrt(float(variance) + epsilon)
    formula = (
        f"γ · (x − μ) / √(σ² + ε) + β, γ = {gamma:.6g}, μ = {float(mean):.6g}, σ² = {float(variance):.6g}, "
        f"ε = {epsilon:g}, β = {beta:.6g}"
    )
    terms = _one(entered, index, input_size, weight)
    return Sum(terms, beta - float(mean) * weight, formula)


def activation(entered: Entered, call: Call, index: int, input_size: tuple[int, int]) -> Sum | None:
    """Return a function of one number: piecewise linear as input × slope, others computed anew, alone, in float64."""
    given = entered.inputs[0]
    value = float(given.reshape(-1)[index])
    name = call.kind.lower().replace("_", "")
    if name in ("relu", "relu6", "hardtanh"):
        kept = float(entered.output.reshape(-1)[index])
        slope = 1.0 if kept == value else 0.0
        bias = kept - slope * value
        return Sum(_one(entered, index, input_size, slope), bias or None, _ACTIVATIONS[name])
    alone = torch.full((1,) * given.dim(), value, dtype=torch.float64)
    try:
        result = float(entered.again([alone]).detach())
    except RuntimeError:  # its parameters are float32, or one for each channel
        return linear_work_of_one(entered, index, input_size, call)
    terms = _one(entered, index, input_size, float("nan"), result)
    return Sum(terms, None, _ACTIVATIONS.get(name, f"{call.kind}(x)"))


_ACTIVATIONS = {
    "relu": "max(0, x)",
    "relu6": "min(max(0, x), 6)",
    "hardtanh": "x, clipped to its limits",
    "sigmoid": "1 / (1 + e^−x)",
    "tanh": "(e^x − e^−x) / (e^x + e^−x)",
    "gelu": "x · Φ(x), Φ the normal distribution",
    "silu": "x / (1 + e^−x)",
    "leakyrelu": "x where x > 0, else slope · x",
    "prelu": "x where x > 0, else slope · x",
    "elu": "x where x > 0, else α · (e^x − 1)",
    "softplus": "log(1 + e^x)",
    "hardswish": "x · min(max(0, x + 3), 6) / 6",
    "hardsigmoid": "min(max(0, x + 3), 6) / 6",
    "mish": "x · tanh(log(1 + e^x))",
}


def linear_work_of_one(entered: Entered, index: int, input_size: tuple[int, int], call: Call) -> Sum | None:
    """Return input × slope where the function goes through zero in a straight line on this side: PReLU."""
    leaf = entered.inputs[0].detach().clone().requires_grad_()
    output = entered.again([leaf.clone(), *entered.inputs[1:]])
    (gradient,) = torch.autograd.grad(output.reshape(-1)[index], leaf)
    slope = float(gradient.reshape(-1)[index])
    formula = _ACTIVATIONS.get(call.kind.lower(), f"{call.kind}(x)")
    return Sum(_one(entered, index, input_size, slope), None, formula)


def softmax(entered: Entered, kind: Kind, call: Call, index: int, input_size: tuple[int, int]) -> Sum | None:
    """Return e^x over the sum of all e^x along the axis; of log_softmax, the logarithm."""
    given = entered.inputs[0]
    along = call.settings.get(kind.along) if isinstance(kind.along, str) else kind.along
    axis = along if isinstance(along, int) else (1 if given.dim() in (2, 4) else 0)
    where = torch.arange(given.numel()).reshape(given.shape)
    place = np.unravel_index(index, tuple(given.shape))
    line = where.movedim(axis, -1)[tuple(int(each) for at, each in enumerate(place) if at != axis % given.dim())]
    read = given.reshape(-1)[line].double().numpy()
    sign = -1.0 if "min" in kind.name else 1.0
    powers = np.exp(sign * read - (sign * read).max())
    share = float(powers[int((line == index).nonzero())] / powers.sum())
    logarithm = "log" in kind.name
    found = places(given.shape, input_size)[:, line.numpy()]
    terms = Terms.at(found, read, np.full(len(read), np.nan), powers / powers.sum())
    formula = f"e^{'−' if sign < 0 else ''}x / Σ e^{'−' if sign < 0 else ''}x"
    return Sum(terms, None, f"log({formula})" if logarithm else formula, float(np.log(share)) if logarithm else share)


def _one(
    entered: Entered, index: int, input_size: tuple[int, int], weight: float, product: float | None = None
) -> Terms:
    """Return the input at the same place as the one term."""
    given = entered.inputs[0]
    value = float(given.reshape(-1)[index])
    made = value * weight if product is None else product
    read, times, adds = (np.array([number], np.float64) for number in (value, weight, made))
    return Terms.at(places(given.shape, input_size)[:, [index]], read, times, adds)


def _channel(given: Tensor, index: int) -> int:
    """Return the place of a flat index along axis 1."""
    return index // prod(given.shape[2:]) % given.shape[1]
