"""How the receptive field of a call grows, with its numbers filled in. No torch here.

Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.formula import Formula, alike, along_axes
from cnnviz.inspection.kinds.kind import Reads
from cnnviz.inspection.kinds.table import kind_of_call
from cnnviz.inspection.receptive_field import INPUT, Axis, Field, merged

_SOURCE = "Araujo, Norris and Sim, “Computing receptive fields of CNNs”, Distill 2019"


def field_formulas(call: Call, fields: Sequence[Field]) -> tuple[Formula, ...]:
    """Return how far a pixel of this call's output sees, and how far apart its neighbours see.

    Args:
        fields: of every call of the report, as ``receptive_field.fields`` gives them.
    """
    sources = [fields[index] for index in call.inputs_from] + [INPUT] * call.reads_input
    before, after = merged(sources), fields[call.index]
    if before.axes is None or after.axes is None:
        return ()
    if len(sources) > 1:
        return _widest(sources, after)
    steps = _steps(call)
    if steps is None:
        return ()
    kernels, strides, dilations = steps
    jumps: tuple[str | None, ...] = ()
    sizes = tuple(_size_text(before.axes[i], after.axes[i], kernels[i], dilations[i]) for i in range(2))
    if strides != (1, 1):
        jumps = tuple(_jump_text(before.axes[i], after.axes[i], strides[i]) for i in range(2))
    rule = "field before + (kernel − 1) · jump before"
    return (
        *alike("Receptive field,", rule, sizes, _SOURCE),
        *alike("Jump,", "jump before · stride: input pixels from one output pixel to the next", jumps, _SOURCE),
    )


def _steps(call: Call) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] | None:
    """Return kernel, stride and dilation along height and width; an adaptive pooling has them by its sizes."""
    if kind_of_call(call).reads is Reads.ADAPTIVE:
        before, made = call.input_shapes[0][-2:], (call.output_shape or ())[-2:]
        kernel = tuple(b // m for b, m in zip(before, made, strict=False))
        return (kernel, kernel, (1, 1)) if len(kernel) == 2 else None
    kernels = along_axes(call.settings.get("kernel_size"), 2)
    default = 1 if "out_channels" in call.settings else call.settings.get("kernel_size")
    given = call.settings.get("stride")
    strides = along_axes(default if given is None else given, 2)
    dilations = along_axes(call.settings.get("dilation", 1), 2)
    return None if kernels is None or strides is None or dilations is None else (kernels, strides, dilations)


def _size(axis: Axis) -> int:
    return axis.last - axis.first + 1


def _size_text(before: Axis, after: Axis, kernel: int, dilation: int) -> str | None:
    if _size(before) + dilation * (kernel - 1) * before.jump != _size(after):
        return None
    reach = f"({kernel} − 1)" if dilation == 1 else f"{dilation}·({kernel} − 1)"
    return f"{_size(before)} + {reach}·{before.jump} = {_size(after)}"


def _jump_text(before: Axis, after: Axis, stride: int) -> str | None:
    return f"{before.jump}·{stride} = {after.jump}" if before.jump * stride == after.jump else None


def _widest(branches: Sequence[Field], after: Field) -> tuple[Formula, ...]:
    """Several branches see what the widest does, where their fields are centred alike."""
    sizes = [field.size for field in branches if field.size is not None]
    if after.size is None or len(sizes) != len(branches):
        return ()
    texts = tuple(
        f"max({', '.join(str(size[i]) for size in sizes)}) = {after.size[i]}"
        if max(size[i] for size in sizes) == after.size[i]
        else None
        for i in range(2)
    )
    return alike("Receptive field,", "the widest field of its inputs", texts, _SOURCE)
