"""The windows that convolutions and poolings slide over a map, one for each axis. No torch here."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.inspection.call import Call, SettingValue

CONVOLUTIONS = {"Conv1d": 1, "Conv2d": 2, "Conv3d": 3, "conv1d": 1, "conv2d": 2, "conv3d": 3}
_POOLS = {"MaxPool2d": 2, "AvgPool2d": 2, "max_pool2d": 2, "avg_pool2d": 2, "MaxPool1d": 1, "MaxPool3d": 3}
_WINDOWS = {**CONVOLUTIONS, **_POOLS}


@dataclass(frozen=True, slots=True)
class Window:
    """A kernel along one axis of a map."""

    size: int
    kernel: int
    stride: int
    padding: int
    dilation: int

    @property
    def reach(self) -> int:
        """Pixels from the kernel's first to its last: d · (k − 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1


def windows_of(call: Call) -> tuple[Window, ...]:
    """Return one window for each axis; none where a setting is not known."""
    rank = _WINDOWS.get(call.kind, 0)
    if not rank or not call.input_shapes or len(call.input_shapes[0]) <= rank:
        return ()
    kernel = axes_of(call.settings.get("kernel_size"), rank)
    stride = axes_of(call.settings.get("stride"), rank) or (kernel if call.kind in _POOLS else (1,) * rank)
    padding, dilation = (
        axes_of(call.settings.get(name, idle), rank) for name, idle in (("padding", 0), ("dilation", 1))
    )
    if not kernel or not padding or not dilation:
        return ()
    sizes = call.input_shapes[0][-rank:]
    return tuple(Window(*axis) for axis in zip(sizes, kernel, stride, padding, dilation, strict=True))


def axes_of(value: SettingValue, rank: int = 2) -> tuple[int, ...]:
    """Return a setting along each axis; () of a word and of what is not there."""
    if isinstance(value, tuple):
        return value if len(value) == rank or rank == 2 else ()
    return (value,) * rank if isinstance(value, int) else ()
