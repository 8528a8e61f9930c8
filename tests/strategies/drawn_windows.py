"""Random layers that slide a window over a map: convolution, its transpose, pooling; and what they must cost.

Sizes are those of Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016; multiply-adds and
parameters are products of the drawn numbers. Nothing is shared with cnnviz.
"""

from __future__ import annotations

from math import prod

from drawn_nodes import Draw, Node, Shape, divisor, numbers
from hypothesis import strategies as st
from torch import nn


def window_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Dumoulin and Visin, relationship 15: ⌊(i + 2p − k − (k − 1)(d − 1)) / s⌋ + 1."""
    return (size + 2 * padding - kernel - (kernel - 1) * (dilation - 1)) // stride + 1


def transposed_size(size: int, kernel: int, stride: int, padding: int, dilation: int, extra: int) -> int:
    """Their relationship 14 with dilation: s(i − 1) + a + k + (k − 1)(d − 1) − 2p."""
    return stride * (size - 1) + extra + kernel + (kernel - 1) * (dilation - 1) - 2 * padding


def ceiled_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """With ``ceil_mode``: rounded up, and no window starts in the padding at the end."""
    outputs = -(-(size + 2 * padding - kernel - (kernel - 1) * (dilation - 1)) // stride) + 1
    return outputs - 1 if (outputs - 1) * stride >= size + padding else outputs


def convolution(draw: Draw, shape: Shape) -> Node:
    """Any stride and padding."""
    windows = []
    for size in shape[2:]:
        padding, dilation = draw(numbers(0, 2)), draw(numbers(1, 2))
        kernel = draw(numbers(1, max(1, min(4, (size + 2 * padding - 1) // dilation + 1))))
        windows.append((kernel, draw(numbers(1, 3)), padding, dilation))
    kernels, strides, paddings, dilations = zip(*windows, strict=True)
    made = tuple(window_size(size, *window) for size, window in zip(shape[2:], windows, strict=True))
    settings = {"stride": _setting(draw, strides), "padding": _setting(draw, paddings)}
    roomy = all(size > padding for size, padding in zip(shape[2:], paddings, strict=True))
    return _convolution(draw, shape, made, kernels, dilations, roomy, settings)


def same_convolution(draw: Draw, shape: Shape) -> Node:
    """Stride 1, and as much padding as keeps the size."""
    kernels, dilations = (tuple(draw(numbers(1, most)) for _ in shape[2:]) for most in (4, 2))
    roomy = all(size > (k - 1) * d for size, k, d in zip(shape[2:], kernels, dilations, strict=True))
    return _convolution(draw, shape, shape[2:], kernels, dilations, roomy, {"padding": "same"})


def _convolution(
    draw: Draw,
    shape: Shape,
    made: Shape,
    kernels: Shape,
    dilations: Shape,
    roomy: bool,  # reflection and its kin refuse a padding as large as the map
    settings: dict[str, object],
) -> Node:
    (batch, channels), outputs, bias = shape[:2], draw(numbers(1, 6)), draw(st.booleans())
    groups = divisor(draw, channels, outputs)
    mode = draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"])) if roomy else "zeros"
    kind = f"Conv{len(made)}d"
    module = getattr(nn, kind)(
        channels, outputs, _setting(draw, kernels), dilation=_setting(draw, dilations), groups=groups, bias=bias,
        padding_mode=mode, **settings,
    )  # fmt: skip
    weights = outputs * channels // groups * prod(kernels)
    return Node(module, kind, (batch, outputs, *made), weights + bias * outputs, batch * prod(made) * weights)


def transposed_convolution(draw: Draw, shape: Shape) -> Node:
    """Each input value is multiplied with each weight that starts at its channel."""
    (batch, channels), outputs, bias = shape[:2], draw(numbers(1, 5)), draw(st.booleans())
    groups = divisor(draw, channels, outputs)
    windows = []
    for size in shape[2:]:
        kernel, stride, dilation = draw(numbers(1, 4)), draw(numbers(1, 3)), draw(numbers(1, 2))
        extra = draw(numbers(0, max(stride, dilation) - 1))
        whole = transposed_size(size, kernel, stride, 0, dilation, extra)
        windows.append((kernel, stride, draw(numbers(0, min(2, (whole - 1) // 2))), dilation, extra))
    kernels, strides, paddings, dilations, extras = zip(*windows, strict=True)
    made = [transposed_size(size, *window) for size, window in zip(shape[2:], windows, strict=True)]
    kind = f"ConvTranspose{len(made)}d"
    module = getattr(nn, kind)(
        channels, outputs, kernels, stride=strides, padding=paddings, output_padding=extras, groups=groups, bias=bias,
        dilation=dilations,
    )  # fmt: skip
    weights = channels * outputs // groups * prod(kernels)
    return Node(module, kind, (batch, outputs, *made), weights + bias * outputs, batch * prod(shape[2:]) * weights)


def pooling(draw: Draw, shape: Shape) -> Node:
    """Largest, mean or power mean of each window."""
    name, ceil = draw(st.sampled_from(["Max", "Avg", "LP"])), draw(st.booleans())
    formula = ceiled_size if ceil else window_size
    windows = []
    for size in shape[2:]:
        kernel, stride = draw(numbers(1, min(4, size))), draw(numbers(1, 3))
        padding = 0 if name == "LP" else draw(numbers(0, kernel // 2))
        fits = name == "Max" and 2 * (kernel - 1) < size + 2 * padding
        windows.append((kernel, stride, padding, draw(numbers(1, 1 + fits))))
    made = [formula(size, *window) for size, window in zip(shape[2:], windows, strict=True)]
    kernels, strides, paddings, dilations = (each if len(made) > 1 else each[0] for each in zip(*windows, strict=True))
    given = {
        "Max": {"padding": paddings, "dilation": dilations},
        "Avg": {"padding": paddings},
        "LP": {"norm_type": 2},
    }[name]
    kind = f"{name}Pool{len(made)}d"
    module = getattr(nn, kind)(kernel_size=kernels, stride=strides, ceil_mode=ceil, **given)
    return Node(module, kind, (*shape[:2], *made))


def adaptive_pooling(draw: Draw, shape: Shape) -> Node:
    """To a size that is given."""
    made = tuple(draw(numbers(1, 4)) for _ in shape[2:])
    kind = f"Adaptive{draw(st.sampled_from(['Avg', 'Max']))}Pool{len(made)}d"
    return Node(getattr(nn, kind)(made), kind, (*shape[:2], *made))


def upsampling(draw: Draw, shape: Shape) -> Node:
    """Each value as often as the factor says."""
    factor = draw(numbers(1, 2))
    return Node(nn.Upsample(scale_factor=factor), "Upsample", (*shape[:2], *(factor * size for size in shape[2:])))


def _setting(draw: Draw, values: Shape) -> int | Shape:
    """One number for all axes where they agree, or one for each."""
    return values[0] if len(set(values)) == 1 and draw(st.booleans()) else values
