"""How large the map is that a window makes, sliding over another, with the numbers filled in. No torch here."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.inspection.call import Call, SettingValue
from cnnviz.inspection.kinds.formula import Formula, alike, along_axes

_CONVOLUTION_SOURCE = "Dumoulin and Visin, arXiv:1603.07285, relationship 15"
_TRANSPOSED_SOURCE = "Dumoulin and Visin, arXiv:1603.07285, relationship 14; PyTorch, nn.ConvTranspose2d"
_Along = tuple[int | None, ...]  # kernel, stride, padding, dilation, output padding along one axis; None: unknown


def windowed(call: Call, rank: int) -> tuple[Formula, ...]:
    """Return the sizes that a convolution or a pooling makes."""
    left, right = _brackets(call)
    rule = f"{left}(size + 2·padding − kernel) / stride{right} + 1"
    if call.settings.get("padding") == "same":
        rule = "(size + padding − kernel) / 1 + 1, padded by kernel − 1 in all"
    return _axis_by_axis(call, rank, rule, _window, _CONVOLUTION_SOURCE)


def transposed(call: Call, rank: int) -> tuple[Formula, ...]:
    """Return the sizes that a transposed convolution makes."""
    return _axis_by_axis(call, rank, "(size − 1)·stride − 2·padding + kernel", _spread, _TRANSPOSED_SOURCE)


def adaptive(call: Call, rank: int) -> tuple[Formula, ...]:
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


def _axis_by_axis(
    call: Call, rank: int, rule: str, text: Callable[[Call, _Along, int, int], str | None], source: str
) -> tuple[Formula, ...]:
    sizes, made = call.input_shapes[0][-rank:], (call.output_shape or ())[-rank:]
    if len(sizes) < rank or len(made) < rank:
        return ()
    axes = zip(_settings(call, rank), sizes, made, strict=True)
    return alike("Output", rule, tuple(text(call, *axis) for axis in axes), source)


def _window(call: Call, along: _Along, size: int, expected: int) -> str | None:
    """⌊(i + 2p − d(k − 1) − 1) / s⌋ + 1."""
    kernel, stride, padding, dilation, _extra = along
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


def _spread(_call: Call, along: _Along, size: int, expected: int) -> str | None:
    """(i − 1)·s − 2p + d(k − 1) + 1 + output padding."""
    kernel, stride, padding, dilation, extra = along
    if kernel is None or stride is None or padding is None or dilation is None:
        return None
    result = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + (extra or 0)
    reach = f"{kernel}" if dilation == 1 else f"({dilation}·({kernel} − 1) + 1)"
    text = f"({size} − 1)·{stride} − 2·{padding} + {reach}{f' + {extra}' if extra else ''} = {result}"
    return text if result == expected else None


def _settings(call: Call, rank: int) -> list[_Along]:
    """Return the settings along each axis; what a pooling does not say has its default."""
    settings = call.settings
    stride = settings.get("stride")
    padding = settings.get("padding", 0)
    given: tuple[SettingValue, ...] = (
        settings.get("kernel_size"),
        settings.get("kernel_size") if stride is None else stride,
        0 if padding == "valid" else padding,
        settings.get("dilation", 1),
        settings.get("output_padding", 0),
    )
    return list(zip(*(along_axes(each, rank) or (None,) * rank for each in given), strict=True))


def _brackets(call: Call) -> tuple[str, str]:
    return ("⌈", "⌉") if call.settings.get("ceil_mode") else ("⌊", "⌋")
