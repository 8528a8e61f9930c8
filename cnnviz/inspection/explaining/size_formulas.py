"""How large the output of a call is, with its numbers filled in. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from cnnviz.inspection.call import Call, SettingValue, Shape
from cnnviz.inspection.explaining.formula import Formula, alike, along_axes, integer, plain_kind, product, rank_of

_CONVOLUTION_SOURCE = "Dumoulin and Visin, arXiv:1603.07285, relationship 15"
_TRANSPOSED_SOURCE = "Dumoulin and Visin, arXiv:1603.07285, relationship 14; PyTorch, nn.ConvTranspose2d"
_AXIS_NAMES = {1: "Output channels", 2: "Output height", 3: "Output width"}


def size_formulas(call: Call) -> tuple[Formula, ...]:
    """Return the formulas of the output's size; none where no formula of ours gives the size that came out."""
    if call.output_shape is None or not call.input_shapes:
        return ()
    kind = plain_kind(call.kind)
    rank = rank_of(kind)
    if rank and kind.startswith("adaptive"):
        return _adaptive(call, rank)
    if rank and kind.startswith("convtranspose"):
        return _axis_by_axis(call, rank, "(size − 1)·stride − 2·padding + kernel", _transposed, _TRANSPOSED_SOURCE)
    if rank and kind.startswith(("conv", "maxpool", "avgpool", "lppool")):
        return _windowed(call, rank)
    formula = _OTHERS.get(kind)
    return () if formula is None else formula(call)


def _axis_by_axis(
    call: Call, rank: int, rule: str, text: Callable[[Call, int, int, int], str | None], source: str = ""
) -> tuple[Formula, ...]:
    sizes = call.input_shapes[0][-rank:]
    if call.output_shape is None or len(sizes) < rank or len(call.output_shape) < rank:
        return ()
    made = call.output_shape[-rank:]
    texts = tuple(text(call, axis, sizes[axis], made[axis]) for axis in range(rank))
    return alike("Output", rule, texts, source)


def _windowed(call: Call, rank: int) -> tuple[Formula, ...]:
    left, right = _brackets(call)
    rule = f"{left}(size + 2·padding − kernel) / stride{right} + 1"
    if call.settings.get("padding") == "same":
        rule = "(size + padding − kernel) / 1 + 1, padded by kernel − 1 in all"
    return _axis_by_axis(call, rank, rule, _window, _CONVOLUTION_SOURCE)


def _window(call: Call, axis: int, size: int, expected: int) -> str | None:
    """⌊(i + 2p − d(k − 1) − 1) / s⌋ + 1."""
    rank = rank_of(call.kind)
    kernel, stride, padding, dilation = (each[axis] if each else None for each in _window_settings(call, rank))
    if kernel is None or stride is None or dilation is None:
        return None
    reach = dilation * (kernel - 1) + 1
    reach_text = f"{kernel}" if dilation == 1 else f"({dilation}·({kernel} − 1) + 1)"
    if call.settings.get("padding") == "same":
        return f"({size} + {reach - 1} − {reach_text}) / 1 + 1 = {size}" if size == expected else None
    if padding is None:
        return None
    span = size + 2 * padding - reach
    result = (-(-span // stride) if call.settings.get("ceil_mode") else span // stride) + 1
    left, right = _brackets(call)
    text = f"{left}({size} + 2·{padding} − {reach_text}) / {stride}{right} + 1 = {result}"
    return text if result == expected else None


def _window_settings(call: Call, rank: int) -> tuple[tuple[int, ...] | None, ...]:
    """Return kernel, stride, padding and dilation for each axis; what a pooling does not say has its default."""
    settings = call.settings
    stride: SettingValue = settings.get("stride")
    stride = settings.get("kernel_size") if stride is None else stride
    padding: SettingValue = settings.get("padding", 0)
    given = (settings.get("kernel_size"), stride, 0 if padding == "valid" else padding, settings.get("dilation", 1))
    return tuple(along_axes(each, rank) for each in given)


def _brackets(call: Call) -> tuple[str, str]:
    return ("⌈", "⌉") if call.settings.get("ceil_mode") else ("⌊", "⌋")


def _transposed(call: Call, axis: int, size: int, expected: int) -> str | None:
    """(i − 1)·s − 2p + d(k − 1) + 1 + output padding."""
    rank = rank_of(call.kind)
    extra = (along_axes(call.settings.get("output_padding", 0), rank) or (0,) * rank)[axis]
    kernel, stride, padding, dilation = (each[axis] if each else None for each in _window_settings(call, rank))
    if kernel is None or stride is None or padding is None or dilation is None:
        return None
    result = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + extra
    reach = f"{kernel}" if dilation == 1 else f"({dilation}·({kernel} − 1) + 1)"
    text = f"({size} − 1)·{stride} − 2·{padding} + {reach}{f' + {extra}' if extra else ''} = {result}"
    return text if result == expected else None


def _adaptive(call: Call, rank: int) -> tuple[Formula, ...]:
    """Output i pools the input from ⌊i · in / out⌋ to ⌈(i + 1) · in / out⌉ (PyTorch, AdaptivePooling)."""
    sizes, made = call.input_shapes[0][-rank:], (call.output_shape or ())[-rank:]
    if len(sizes) < rank or len(made) < rank or 0 in made:
        return ()
    if not any(before % after for before, after in zip(sizes, made, strict=True)):
        texts = tuple(f"{before} / {after} = {before // after}" for before, after in zip(sizes, made, strict=True))
        return alike("Window", "size before / size after", texts)
    texts = tuple(
        f"⌊0·{before}/{after}⌋ … ⌈1·{before}/{after}⌉ = 0 … {-(-before // after)}"
        for before, after in zip(sizes, made, strict=True)
    )
    return alike("First window:", "⌊i·before/after⌋ … ⌈(i + 1)·before/after⌉, for i = 0", texts)


def _joined(call: Call) -> tuple[Formula, ...]:
    """What is joined adds up along one axis."""
    made = call.output_shape or ()
    axis = integer(call, "dim") or 0
    axis += len(made) if axis < 0 else 0
    if not 0 <= axis < len(made) or any(len(shape) != len(made) for shape in call.input_shapes):
        return ()
    parts = [shape[axis] for shape in call.input_shapes]
    if len(parts) < 2 or sum(parts) != made[axis]:
        return ()
    what = _AXIS_NAMES.get(axis, f"Output axis {axis}") if len(made) == 4 else f"Output axis {axis}"
    rule = "the inputs' channels, one behind the other" if what == "Output channels" else "the inputs' sizes added up"
    return (Formula(what, rule, f"{' + '.join(map(str, parts))} = {made[axis]}"),)


def _flattened(call: Call) -> tuple[Formula, ...]:
    before, made = call.input_shapes[0], call.output_shape or ()
    first, last = integer(call, "start_dim"), integer(call, "end_dim")
    first = (1 if call.module else 0) if first is None else first
    last = -1 if last is None else last
    merged: Shape = before[first : len(before) + last + 1 if last < 0 else last + 1]
    if len(merged) < 2 or prod(merged) not in made:
        return ()
    return (Formula("Output features", "every value of the input, in one row", f"{product(*merged)} = {prod(merged)}"),)


def _scaled(call: Call) -> tuple[Formula, ...]:
    """⌊size · scale⌋ along every axis."""
    before, made = call.input_shapes[0][2:], (call.output_shape or ())[2:]
    scale = call.settings.get("scale_factor")
    scales = scale if isinstance(scale, tuple) else (scale,) * len(made) if isinstance(scale, int | float) else ()
    if len(scales) != len(made) or len(before) != len(made) or not 0 < len(made) <= 3:
        return ()
    texts = tuple(
        f"{size}·{factor:g} = {after}" if int(size * factor) == after else None
        for size, factor, after in zip(before, scales, made, strict=True)
    )
    return alike("Output", "size · scale", texts)


_OTHERS: Mapping[str, Callable[[Call], tuple[Formula, ...]]] = {
    "cat": _joined,
    "concat": _joined,
    "concatenate": _joined,
    "flatten": _flattened,
    "upsample": _scaled,
    "upsamplingnearest2d": _scaled,
    "upsamplingbilinear2d": _scaled,
    "interpolate": _scaled,
}
