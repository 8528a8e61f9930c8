"""The windows that convolutions and poolings slide over a map, one for each axis. No torch here."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.formula import along_axes
from cnnviz.inspection.kinds.kind import Reads
from cnnviz.inspection.kinds.table import kind_of_call


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
    kind = kind_of_call(call)
    rank = kind.rank if kind.reads in (Reads.CONVOLUTION, Reads.POOLING) else 0
    if not rank or not call.input_shapes or len(call.input_shapes[0]) <= rank:
        return ()
    given = call.settings
    kernel, padding, dilation = (
        along_axes(given.get(name, idle), rank)
        for name, idle in (("kernel_size", None), ("padding", 0), ("dilation", 1))
    )
    stride = along_axes(given.get("stride"), rank) or (kernel if kind.reads is Reads.POOLING else (1,) * rank)
    if not kernel or not stride or not padding or not dilation:
        return ()
    sizes = call.input_shapes[0][-rank:]
    return tuple(Window(*axis) for axis in zip(sizes, kernel, stride, padding, dilation, strict=True))
