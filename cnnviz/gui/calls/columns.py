"""The columns of the layer table: what each shows, sorts by and tells in its tooltip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cnnviz import units
from cnnviz.inspection.call import Call, Shape
from cnnviz.inspection.explaining.surroundings import Surroundings

TRAINABLE = "Trainable"  # the column's title
SortValue = int | str | None  # None: unknown, sorted last


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``own`` and ``total`` give the numbers behind a share bar: without and with everything below."""

    title: str
    text: Callable[[Call], str]
    sort_value: Callable[[Call], SortValue]
    help: str
    number: bool = False
    own: Callable[[Call], int | None] | None = None
    total: Callable[[Call], int | None] | None = None
    unit: str = ""
    shown: bool = True


def without_batch(shapes: tuple[Shape, ...]) -> str:
    """Return the shapes without their batch axis: "64 × 112 × 112", two inputs apart by a comma."""
    # No-break spaces: a shape is one word.
    return (
        ", ".join(units.shape(shape[1:] if len(shape) > 1 else shape) for shape in shapes)
        .replace(" ×", "\u00a0×")
        .replace("× ", "×\u00a0")
        or units.UNKNOWN
    )


def layer_name(call: Call) -> str:
    """Return the last part of the path; the network itself has none and goes by its class."""
    name = call.name or call.kind
    return f"{name}  · call {call.call_number}" if call.call_number > 1 else name


def settings_text(call: Call) -> str:
    """Return kernel, stride, padding and their kin in a few words: "3×3, stride 2, padding 1"."""
    settings = call.settings
    parts = []
    if "kernel_size" in settings:
        parts.append(_extent(settings["kernel_size"]))
    for name in ("stride", "padding", "dilation", "groups"):
        value = settings.get(name)
        neutral = 0 if name == "padding" else 1
        if value is not None and set(_numbers(value)) != {neutral}:
            parts.append(f"{name} {_amount(value)}")
    return ", ".join(parts)


def _numbers(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _extent(value: object) -> str:
    return "×".join(map(str, _numbers(value)))


def _amount(value: object) -> str:
    """Return "2" for (2, 2): what is the same along both axes is said once, but for kernels."""
    numbers = _numbers(value)
    return str(numbers[0]) if len(set(numbers)) == 1 else _extent(value)


def _elements(shapes: tuple[Shape, ...]) -> int | None:
    total = 0
    for shape in shapes:
        count = 1
        for size in shape:
            count *= size
        total += count
    return total if shapes else None


def _flops_alone(call: Call) -> int | None:
    return None if call.self_macs is None else 2 * call.self_macs


def _field_text(call: Call) -> str:
    match call.receptive_field_status:
        case "exact" if call.receptive_field is not None:
            return f"{call.receptive_field[0]} × {call.receptive_field[1]}"
        case "whole input":
            return "whole input"
    return units.UNKNOWN


_BEFORE: tuple[Column, ...] = (
    Column("Layer", layer_name, lambda c: c.index, "Name in the module tree, in the order of execution."),
    Column("Type", lambda c: c.kind, lambda c: c.kind.lower(), "Class of the module, or name of the function."),
    Column(
        "Settings", settings_text, lambda c: settings_text(c) or None, "Kernel size, stride, padding …", shown=False
    ),
    Column(
        "Input",
        lambda c: without_batch(c.input_shapes),
        lambda c: _elements(c.input_shapes),
        "Shape that goes in, batch axis left out: channels × height × width.",
        number=True,
    ),
    Column(
        "Output",
        lambda c: without_batch(c.output_shapes),
        lambda c: _elements(c.output_shapes),
        "Shape that comes out, batch axis left out: channels × height × width.",
        number=True,
    ),
    Column(
        "Params",
        lambda c: units.short(c.params),
        lambda c: c.params,
        "Learned numbers, everything below included. Shared ones are counted once.",
        number=True,
        own=lambda c: c.own_params,
        total=lambda c: c.params,
        unit="parameters",
    ),
    Column(
        "MACs",
        lambda c: units.short(c.macs),
        lambda c: c.macs,
        "Multiply-adds for one picture. Bias, normalisation and elementwise work are not counted.",
        number=True,
        own=lambda c: c.self_macs,
        total=lambda c: c.macs,
        unit="multiply-adds",
    ),
    Column(
        "FLOPs",
        lambda c: units.short(c.flops),
        lambda c: c.flops,
        "Floating-point operations for one picture: two for each multiply-add.",
        number=True,
        own=_flops_alone,
        total=lambda c: c.flops,
        unit="FLOPs",
    ),
)
_BEHIND: tuple[Column, ...] = (
    Column(
        "Receptive field",
        _field_text,
        lambda c: c.receptive_field[0] if c.receptive_field else None,
        "Input pixels that one output value sees: height × width.",
        number=True,
        shown=False,
    ),
)


def _trainable(learning: Sequence[int | None]) -> Column:
    """Which layers are frozen is known of a network, not of a call."""

    def total(call: Call) -> int | None:
        return learning[call.index] if learning else None

    return Column(
        TRAINABLE,
        lambda c: units.short(total(c)),
        total,
        "Parameters that training changes, everything below included: all but those of frozen layers.",
        number=True,
        own=lambda c: c.own_params if total(c) else 0,
        total=total,
        unit="parameters that learn",
        shown=False,
    )


def _other_ops(around: Surroundings | None) -> Column:
    """Unlike the other numbers, these are looked up in the whole report, once it is asked for the first of them."""

    def total(call: Call) -> int | None:
        return None if around is None else around.other_operations[call.index]

    def own(call: Call) -> int | None:
        return 0 if around is None or call.index in around.containers else total(call)

    return Column(
        "Other ops",
        lambda c: units.short(total(c)),
        total,
        "Operations beside the multiply-adds, for one picture: normalisation, activation, pooling, elementwise work "
        "and biases.",
        number=True,
        own=own,
        total=total,
        unit="other operations",
        shown=False,
    )


def _memory(around: Surroundings | None) -> Column:
    """A container has the bytes of everything inside it."""

    def total(call: Call) -> int | None:
        return None if around is None else around.output_bytes[call.index]

    return Column(
        "Memory",
        lambda c: units.size(total(c)),
        total,
        "Bytes of the outputs for one picture, everything inside included.",
        number=True,
        own=lambda c: c.activation_bytes,
        total=total,
        unit="bytes",
        shown=False,
    )


def columns_of(around: Surroundings | None, learning: Sequence[int | None] = ()) -> tuple[Column, ...]:
    """Return the columns for the calls of a report; None: of no report.

    Args:
        around: the report's.
        learning: parameters of each call that learn.
    """
    return (*_BEFORE, _trainable(learning), _other_ops(around), _memory(around), *_BEHIND)


COLUMNS = columns_of(None)  # what is the same for every report: titles, widths, which are on show
