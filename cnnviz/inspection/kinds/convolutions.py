"""Convolutions, transposed convolutions, and what cuts out windows and puts them back. No torch here.

Beside the multiply-adds they add a bias to each output (ptflops).
"""

from __future__ import annotations

from functools import partial
from math import prod

from cnnviz import units
from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds import window_sizes
from cnnviz.inspection.kinds.biases import additions, biases
from cnnviz.inspection.kinds.formula import (
    POSITION,
    Formula,
    along_axes,
    counted,
    extent,
    integer,
    product,
    times,
    values,
)
from cnnviz.inspection.kinds.kind import Family, Keeps, Kind, Reads, Role


def _convolution_costs(call: Call, rank: int) -> tuple[Formula | None, ...]:
    kernel = along_axes(call.settings.get("kernel_size"), rank)
    inputs, outputs = integer(call, "in_channels"), integer(call, "out_channels")
    if kernel is None or inputs is None or outputs is None or call.output_shape is None:
        return ()
    groups = integer(call, "groups") or 1
    read = f"{inputs}" if groups == 1 else f"({inputs}/{groups})"
    weights = prod(kernel) * inputs // groups
    of_group = " of a group" if groups > 1 else ""
    added, text, with_biases = biases(call, outputs)
    return (
        counted(
            "Parameters",
            f"kernel · input channels{of_group} · output channels{with_biases}",
            f"{product(*kernel, read, outputs)}{text}",
            weights * outputs + added,
            call.own_params,
        ),
        counted(
            "Multiply-adds",
            f"kernel · input channels{of_group} · every output value",
            product(*kernel, read, *values(call.output_shape)),
            weights * prod(call.output_shape),
            call.self_macs,
        ),
    )


def _transposed_costs(call: Call, rank: int) -> tuple[Formula | None, ...]:
    """Each input value is spread over one kernel for each output map of its group."""
    kernel = along_axes(call.settings.get("kernel_size"), rank)
    inputs, outputs = integer(call, "in_channels"), integer(call, "out_channels")
    if kernel is None or inputs is None or outputs is None or not call.input_shapes:
        return ()
    groups = integer(call, "groups") or 1
    written = f"{outputs}" if groups == 1 else f"({outputs}/{groups})"
    of_group = " of a group" if groups > 1 else ""
    added, text, with_biases = biases(call, outputs)
    spread = prod(kernel) * outputs // groups
    return (
        counted(
            "Parameters",
            f"kernel · input channels · output channels{of_group}{with_biases}",
            f"{product(*kernel, inputs, written)}{text}",
            inputs * spread + added,
            call.own_params,
        ),
        counted(
            "Multiply-adds",
            f"kernel · output channels{of_group} · every input value",
            product(*kernel, written, *values(call.input_shapes[0])),
            spread * prod(call.input_shapes[0]),
            call.self_macs,
        ),
    )


def _convolution_sentence(call: Call, rank: int) -> str:
    inputs, outputs = integer(call, "in_channels"), integer(call, "out_channels")
    if inputs is None or outputs is None:
        return "Slides learned kernels over its input maps; each output map shows where its kernel matches."
    groups, kernel, spread = integer(call, "groups") or 1, extent(call, "kernel_size", rank), _dilated(call, rank)
    if groups > 1 and groups == inputs:
        return (
            f"A depthwise convolution: every input map has {_kernels(outputs // inputs)} {kernel} of its own{spread} "
            f"and channels are not mixed; a 1×1 convolution usually does that next.{_strided(call, rank)}"
        )
    if prod(along_axes(call.settings.get("kernel_size"), rank) or (0,)) == 1:
        verb = {-1: "fewer", 0: "as many", 1: "more"}[(outputs > inputs) - (outputs < inputs)]
        return (
            f"A {kernel} convolution: at every {POSITION[rank]} it mixes {units.counted(inputs, 'channel')} into "
            f"{units.exact(outputs)}, {verb}, without looking at neighbours.{_strided(call, rank)}"
        )
    maps = "the input map" if inputs == 1 else f"all {units.exact(inputs)} input maps"
    reads = maps if groups == 1 else f"one of {groups} groups of {units.counted(inputs // groups, 'input map')}"
    kernels = units.counted(outputs, f"learned {kernel} kernel")
    return (
        f"Slides {kernels}{spread} over {reads}; each makes one output map, high "
        f"where the input looks like its kernel.{_strided(call, rank)}"
    )


def _transposed_sentence(call: Call, rank: int) -> str:
    stride = along_axes(call.settings.get("stride"), rank) or (1,)
    larger = f" Stride {times(stride)} sets them apart: the maps get larger." if max(stride) > 1 else ""
    return (
        f"A transposed convolution: every input value lays down a learned {extent(call, 'kernel_size', rank)} kernel, "
        f"times its own value, and what overlaps adds up.{larger}"
    )


def _kernels(count: int) -> str:
    return "one kernel of" if count == 1 else f"{count} kernels of"


def _strided(call: Call, rank: int) -> str:
    stride = along_axes(call.settings.get("stride"), rank) or (1,)
    if max(stride) == 1:
        return ""
    return f" Stride {times(stride)} leaves out {POSITION[rank]}s between: the maps get smaller."


def _dilated(call: Call, rank: int) -> str:
    dilation = along_axes(call.settings.get("dilation"), rank) or (1,)
    return f" with gaps of {dilation[0] - 1}" if max(dilation) > 1 else ""


def _padded(call: Call, rank: int) -> int:
    """Return the bytes of a copy of the input with its border; 0 where the kernels add the border as they go.

    They add zeros, as many on both sides: what "same" wants more on one of them is put there before.
    """
    mode, padding = call.settings.get("padding_mode", "zeros"), call.settings.get("padding", 0)
    kernel, dilation = (along_axes(call.settings.get(name, 1), rank) for name in ("kernel_size", "dilation"))
    if not call.input_shapes or kernel is None or dilation is None or len(call.input_shapes[0]) <= rank:
        return 0
    around = tuple(spread * (size - 1) for spread, size in zip(dilation, kernel, strict=True))
    if padding != "same":
        sides = (0,) * rank if padding == "valid" else along_axes(padding, rank) or (0,) * rank
        around = tuple(2 * side for side in sides)
    if mode == "zeros":
        around = tuple(each % 2 for each in around)
        if not any(around):
            return 0
    shape = call.input_shapes[0]
    return 4 * prod(shape[:-rank]) * prod(size + more for size, more in zip(shape[-rank:], around, strict=True))


def _kept(call: Call, rank: int) -> Keeps:
    """Convolutions read the copy with its border; the gradients of a mirrored border need the input too."""
    mirrored = call.settings.get("padding_mode") in ("reflect", "replicate")
    return Keeps.INPUT if mirrored or not _padded(call, rank) else Keeps.NOTHING


def _convolution(rank: int) -> Kind:
    return Kind(
        (f"Conv{rank}d", f"LazyConv{rank}d", f"conv{rank}d"),
        Family.CONVOLUTION,
        rank,
        Reads.CONVOLUTION,
        keeps=partial(_kept, rank=rank),
        keeps_beside=partial(_padded, rank=rank),
        other=additions,
        arguments=("weight", "bias", "stride", "padding", "dilation", "groups"),
        expects="in_channels",
        role=Role.WEIGHTS,
        sentence=partial(_convolution_sentence, rank=rank),
        sizes=partial(window_sizes.windowed, rank=rank),
        costs=partial(_convolution_costs, rank=rank),
    )


def _transposed(rank: int) -> Kind:
    return Kind(
        (f"ConvTranspose{rank}d", f"LazyConvTranspose{rank}d", f"conv_transpose{rank}d"),
        Family.CONVOLUTION,
        rank,
        Reads.TRANSPOSED,
        keeps=Keeps.INPUT,
        other=additions,
        expects="in_channels",
        sentence=partial(_transposed_sentence, rank=rank),
        sizes=partial(window_sizes.transposed, rank=rank),
        costs=partial(_transposed_costs, rank=rank),
    )


KINDS = (
    *map(_convolution, (1, 2, 3)),
    *map(_transposed, (1, 2, 3)),
    *(
        Kind(names, Family.CONVOLUTION, keeps=Keeps.INPUT)
        for names in (("DeformConv2d", "deform_conv2d"), ("convolution",), ("conv_tbc",))
    ),
    Kind(("Fold", "fold"), Family.CONVOLUTION, keeps=Keeps.NOTHING, per_input=1),
    Kind(("Unfold", "unfold"), Family.CONVOLUTION, keeps=Keeps.NOTHING, per_output=0),
)
