"""Which input pixels one pixel of a map can see: Araujo, Norris and Sim, "Computing receptive fields of CNNs", 2019.

Along each axis the first output pixel sees the input from ``first`` to ``last``, and its neighbour the same, ``jump``
pixels further. A layer of kernel k, stride s, padding p and dilation d turns that into
first − p · jump … last + (d · (k − 1) − p) · jump, and the jump into s · jump. Several branches see what any of them
does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from cnnviz.inspection.call import FieldStatus, SettingValue, Shape
from cnnviz.inspection.kinds.kind import Kind, Reads
from cnnviz.inspection.kinds.table import kind_named


class Step(Protocol):
    """What is asked of a call: a report's, or one that is still a draft."""

    @property
    def index(self) -> int: ...
    @property
    def parent(self) -> int | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def inputs_from(self) -> tuple[int, ...]: ...
    @property
    def reads_input(self) -> bool: ...
    @property
    def input_shapes(self) -> tuple[Shape, ...]: ...
    @property
    def output_shapes(self) -> tuple[Shape, ...]: ...
    @property
    def settings(self) -> Mapping[str, SettingValue]: ...
    @property
    def reads_unseen(self) -> bool: ...
    @property
    def self_macs(self) -> int | None: ...
    @property
    def output_from(self) -> tuple[int, int] | None: ...


@dataclass(frozen=True, slots=True)
class Axis:
    """The input pixels, along one axis, that output pixel 0 sees. Padding may make ``first`` negative."""

    first: int = 0
    last: int = 0
    jump: int = 1


@dataclass(frozen=True, slots=True)
class Field:
    """The receptive field of every pixel of a map. Without axes: the whole input, or unknown."""

    status: FieldStatus
    axes: tuple[Axis, Axis] | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width in input pixels, padding included; None where there are no axes."""
        if self.axes is None:
            return None
        height, width = (axis.last - axis.first + 1 for axis in self.axes)
        return height, width

    def box(self, row: int, column: int) -> tuple[int, int, int, int] | None:
        """Return top, left, bottom, right (inclusive, input pixels) of what the map's pixel sees; None without axes."""
        if self.axes is None:
            return None
        (top, bottom), (left, right) = (
            (axis.first + at * axis.jump, axis.last + at * axis.jump)
            for axis, at in zip(self.axes, (row, column), strict=True)
        )
        return top, left, bottom, right


WHOLE, UNKNOWN, INPUT = Field("whole input"), Field("unknown"), Field("exact", (Axis(), Axis()))


def fields(calls: Sequence[Step]) -> list[Field]:
    """Return the receptive field of every call's output; a container has that of the call which made its."""
    found: list[Field] = []
    last_child = {call.parent: call.index for call in calls}
    for call in calls:
        before = merged([found[i] for i in call.inputs_from] + [INPUT] * call.reads_input)
        found.append(UNKNOWN if call.index in last_child else after(call, before))
    for index in sorted((each for each in last_child if each is not None), reverse=True):
        made_by = calls[index].output_from
        if made_by is not None and not calls[index].reads_unseen:
            found[index] = INPUT if made_by[0] < 0 else found[made_by[0]]
    return found


def after(call: Step, before: Field) -> Field:
    """Return the field of a call's output, given its input's."""
    if not call.output_shapes or before.status != "exact":
        return before if call.output_shapes else UNKNOWN
    if call.reads_unseen or call.self_macs is None:  # others than the calls before, or other work than its kind's
        return UNKNOWN
    shape, made = (call.input_shapes or ((),))[0], call.output_shapes[0]
    kind = kind_named(call.kind).of(call.settings)
    match kind.reads:
        case Reads.POINT:
            apart = _mixes_pixels(call.settings, kind, len(shape)) or _spread_out(call)
            return UNKNOWN if apart else before
        case Reads.CONVOLUTION | Reads.POOLING if kind.rank == 2:
            return _through_window(call.settings, before)
        case Reads.ADAPTIVE if kind.rank == 2 and len(shape) == len(made) == 4:
            return _through_adaptive_pooling(shape, made, before)
        case Reads.ALL if len(shape) == 2:
            return WHOLE
        case Reads.MAP:
            return WHOLE if len(shape) > 2 else before
    return UNKNOWN


def merged(branches: Sequence[Field]) -> Field:
    """Return what several branches see together, pixel by pixel."""
    if len(branches) == 1:
        return branches[0]
    if not branches:  # made from parameters and constants, or brought in where nobody watches
        return UNKNOWN
    if any(field.status == "whole input" for field in branches):
        return WHOLE
    pairs = [field.axes for field in branches if field.axes is not None]
    if len(pairs) < len(branches):
        return UNKNOWN
    height, width = (_joined(axes) for axes in zip(*pairs, strict=True))
    return UNKNOWN if height is None or width is None else Field("exact", (height, width))


def _joined(axes: Sequence[Axis]) -> Axis | None:
    """Return what any of these sees; None where their pixels lie apart differently."""
    if len({axis.jump for axis in axes}) > 1:
        return None
    return replace(axes[0], first=min([axis.first for axis in axes]), last=max([axis.last for axis in axes]))


def _mixes_pixels(settings: Mapping[str, SettingValue], kind: Kind, rank: int) -> bool:
    """True for work along an axis behind the channels': softmax over a row of pixels, two maps side by side.

    Which axis is the channels' is known of (N, C, H, W) alone, and that rows of features, (N, F), are only moved.
    """
    axis = settings.get(kind.along) if isinstance(kind.along, str) else kind.along
    if not isinstance(axis, int):
        return False
    known = rank == 4 or (rank == 2 and kind.per_output == 0)
    return not known or (axis + rank if axis < 0 else axis) > 1


def _spread_out(call: Step) -> bool:
    """True where one pixel of an input stands for many of the output: a row of a picture, added to every row."""
    sizes = {shape[-2:] for shape in (*call.input_shapes, call.output_shapes[0]) if len(shape) > 2}
    return len(sizes) > 1 and kind_named(call.kind).along is None


def _through_window(settings: object, before: Field) -> Field:
    if not isinstance(settings, dict) or before.axes is None:
        return UNKNOWN
    kernel = _pair(settings.get("kernel_size"))
    stride = _pair(settings.get("stride")) or (kernel if "out_channels" not in settings else (1, 1))
    dilation = _pair(settings.get("dilation", 1))
    if kernel is None or stride is None or dilation is None:
        return UNKNOWN
    padding = _padding(settings.get("padding", 0), kernel, dilation)
    if padding is None:
        return UNKNOWN
    reach = [dilation[i] * (kernel[i] - 1) for i in range(2)]
    behind = [reach[i] - padding[i] if settings.get("padding") == "same" else padding[i] for i in range(2)]
    if not all(
        _is_padded_from_within(settings.get("padding_mode"), max(padding[i], behind[i]), reach[i]) for i in range(2)
    ):
        return UNKNOWN
    height, width = (
        Axis(
            axis.first - padding[i] * axis.jump, axis.last + (reach[i] - padding[i]) * axis.jump, axis.jump * stride[i]
        )
        for i, axis in enumerate(before.axes)
    )
    return Field("exact", (height, width))


def _is_padded_from_within(mode: SettingValue, padding: int, reach: int) -> bool:
    """True where what stands beyond the border is a copy of what the same window sees, or of nothing.

    Args:
        reach: from the first to the last pixel of a window.
    """
    match mode:
        case "circular":
            return padding == 0
        case "reflect":
            return 2 * padding <= reach
        case "replicate":
            return padding <= reach
    return True


def _through_adaptive_pooling(shape: Shape, made: Shape, before: Field) -> Field:
    """Exact where the sizes divide: then it is pooling with kernel and stride shape / made."""
    if made[2:] == (1, 1):
        return WHOLE
    if shape[2] % made[2] or shape[3] % made[3]:
        return UNKNOWN
    kernel = (shape[2] // made[2], shape[3] // made[3])
    return _through_window({"kernel_size": kernel, "stride": kernel}, before)


def _padding(value: SettingValue, kernel: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, int] | None:
    """Return what stands above and at the left; "same" puts the odd pixel below and at the right, as PyTorch does."""
    if value == "same":
        return dilation[0] * (kernel[0] - 1) // 2, dilation[1] * (kernel[1] - 1) // 2
    return (0, 0) if value == "valid" else _pair(value)


def _pair(value: SettingValue) -> tuple[int, int] | None:
    """Return (height, width) of a setting; None of words and of what is not there."""
    if isinstance(value, tuple) and len(value) == 2:
        return value
    return (value, value) if isinstance(value, int) else None
