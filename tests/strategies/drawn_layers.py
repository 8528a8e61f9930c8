"""Random layers whose cost is known before they are built: products of the drawn numbers. No formula is cnnviz's."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import torch
from drawn_nodes import Computed, Draw, First, Node, Shape, divisor, numbers
from drawn_windows import (
    adaptive_pooling,
    convolution,
    pooling,
    same_convolution,
    transposed_convolution,
    upsampling,
    window_size,
)
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

_LARGE = 4096  # values; larger maps are not enlarged


def any_layer(draw: Draw, shape: Shape) -> Node:
    """One layer, or a small module around one."""
    kinds = [linear, normalisation, activation, _unchanged, _function]
    if len(shape) > 2:
        kinds += [convolution, convolution, same_convolution, transposed_convolution, pooling, adaptive_pooling]
        kinds += [upsampling] if prod(shape) < _LARGE else []
    if len(shape) == 3:
        kinds += [_recurrent, attention]
    return draw(st.sampled_from(kinds))(draw, shape)


def linear(draw: Draw, shape: Shape) -> Node:
    outputs, bias = draw(numbers(1, 9)), draw(st.booleans())
    weights = shape[-1] * outputs
    module = nn.Linear(shape[-1], outputs, bias=bias)
    return Node(module, "Linear", (*shape[:-1], outputs), weights + bias * outputs, prod(shape[:-1]) * weights)


def normalisation(draw: Draw, shape: Shape) -> Node:
    channels, affine = shape[1], draw(st.booleans())
    axes = max(1, len(shape) - 2)
    last = shape[draw(numbers(1, len(shape) - 1)) :]
    choices: dict[str, tuple[Callable[[], nn.Module], int]] = {
        f"BatchNorm{axes}d": (lambda: getattr(nn, f"BatchNorm{axes}d")(channels, affine=affine), 2 * channels),
        "LayerNorm": (lambda: nn.LayerNorm(last, elementwise_affine=affine), 2 * prod(last)),
        "RMSNorm": (lambda: nn.RMSNorm(last, elementwise_affine=affine), prod(last)),
    }
    if len(shape) > 2:
        choices["LocalResponseNorm"] = (lambda: nn.LocalResponseNorm(draw(numbers(1, 5))), 0)
    if prod(shape[2:]) > 1:  # torch refuses to normalise one value
        choices["GroupNorm"] = (lambda: nn.GroupNorm(divisor(draw, channels), channels, affine=affine), 2 * channels)
        kind = f"InstanceNorm{axes}d"
        choices[kind] = (lambda: getattr(nn, kind)(channels, affine=affine), 2 * channels)
    name = draw(st.sampled_from(sorted(choices)))
    make, params = choices[name]
    return Node(make(), name, shape, affine * params)


def activation(draw: Draw, shape: Shape) -> Node:
    in_place = draw(st.booleans())
    plain = [nn.GELU(), nn.Sigmoid(), nn.Tanh(), nn.Softplus(), nn.Softmax(1), nn.LogSigmoid(), nn.Softsign()]
    placed = [nn.ReLU, nn.ReLU6, nn.SiLU, nn.Hardswish, nn.Hardsigmoid, nn.LeakyReLU, nn.ELU, nn.Mish, nn.Hardtanh]
    number = draw(numbers(0, len(plain) + len(placed)))
    if number == 0:
        weights = draw(st.sampled_from([1, shape[1]]))
        return Node(nn.PReLU(weights), "PReLU", shape, weights)
    if number <= len(plain):
        return Node(plain[number - 1], type(plain[number - 1]).__name__, shape)
    module = placed[number - len(plain) - 1](inplace=in_place)
    return Node(module, type(module).__name__, shape, keeps=in_place)


def _unchanged(draw: Draw, shape: Shape) -> Node:
    return draw(st.sampled_from([
        Node(nn.Identity(), "Identity", shape, keeps=True),
        Node(nn.Sequential(), "Sequential", shape, keeps=True),
        Node(nn.Dropout(0.3), "Dropout", shape),
        Node(nn.Flatten(), "Flatten", (shape[0], prod(shape[1:])), keeps=len(shape) == 2),
    ]))  # fmt: skip


def _recurrent(draw: Draw, shape: Shape) -> Node:
    """Each gate reads the input and the last step's state: steps · gates · h · (f + h); (N, steps, f) here."""
    kind, gates = draw(st.sampled_from([("LSTM", 4), ("GRU", 3), ("RNN", 1)]))
    hidden, layers, ways = draw(numbers(1, 5)), draw(numbers(1, 2)), draw(numbers(1, 2))
    bias = draw(st.booleans())
    batch, steps, features = shape
    layer = getattr(nn, kind)(features, hidden, layers, bias=bias, batch_first=True, bidirectional=ways == 2)
    reads = [features] + [ways * hidden] * (layers - 1)
    weights = ways * sum(gates * hidden * (width + hidden) for width in reads)
    output = (batch, steps, ways * hidden)
    node = Node(layer, kind, output, weights + bias * 2 * gates * hidden * ways * layers, batch * steps * weights)
    return Node(First(layer), "First", output, children=(("layer", node),))


def attention(draw: Draw, shape: Shape) -> Node:
    """Four projections of E × E, scores and their mean of the values: N · L · (4E² + 2 L E)."""
    batch, length, width = shape
    bias = draw(st.booleans())
    layer = nn.MultiheadAttention(width, divisor(draw, width), bias=bias, batch_first=True)
    macs = batch * length * (4 * width * width + 2 * length * width)
    node = Node(layer, "MultiheadAttention", shape, 4 * width * width + bias * 4 * width, macs)
    return Node(First(layer, 3), "First", shape, children=(("layer", node),))


def _function(draw: Draw, shape: Shape) -> Node:
    """A module that multiplies by a function, not by a layer."""
    outputs, axes = draw(numbers(1, 6)), len(shape) - 2
    if axes > 0 and draw(st.booleans()):
        return _functional_convolution(draw, shape, outputs)
    width, many = shape[-1], prod(shape[:-1])
    macs = many * width * outputs
    names = ["matmul", "linear", *["scaled_dot_product_attention"] * (axes > 0), *["einsum"] * (width > 1)]
    match draw(st.sampled_from(names)):
        case "linear":
            return _computed("linear", functional.linear, (outputs, width), (*shape[:-1], outputs), macs)
        case "scaled_dot_product_attention" as kind:
            return _computed(kind, _attend, (), shape, 2 * many * shape[-2] * width)
        case kind:  # einsum over an axis of 1 is a mere product: no multiply-adds
            function = torch.matmul if kind == "matmul" else _contract
            return _computed(kind, function, (width, outputs), (*shape[:-1], outputs), macs)


def _functional_convolution(draw: Draw, shape: Shape, outputs: int) -> Node:
    kernels = [draw(numbers(1, min(3, size))) for size in shape[2:]]
    weight = (outputs, shape[1], *kernels)
    made = [window_size(size, kernel) for size, kernel in zip(shape[2:], kernels, strict=True)]
    kind = f"conv{len(made)}d"
    output = (shape[0], outputs, *made)
    return _computed(kind, getattr(functional, kind), weight, output, shape[0] * prod(made) * prod(weight))


def _computed(kind: str, function: Callable[..., Tensor], weight: Shape, output: Shape, macs: int) -> Node:
    row = Node(None, kind, output, macs=macs)
    params = prod(weight) if weight else 0
    return Node(Computed(function, *weight), "Computed", output, params, children=((kind, row),))


def _contract(data: Tensor, weight: Tensor) -> Tensor:
    return torch.einsum("...i,ij->...j", data, weight)


def _attend(data: Tensor) -> Tensor:
    return functional.scaled_dot_product_attention(data, data, data)
