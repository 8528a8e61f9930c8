"""What the training form needs to know of the network that is picked."""

from __future__ import annotations

from cnnviz import units
from cnnviz.zoo.catalog import ModelSpec, OptionValue, find

_LARGE = 20_000_000  # parameters: beyond it a step takes long without a GPU


def decided(spec: ModelSpec) -> dict[str, OptionValue]:
    """Return the options to train with; a number of classes that nobody chose is left to the data, which know it."""
    classes = find(spec.name).option("num_classes")
    untouched = classes is not None and spec.num_classes == classes.default
    return {name: value for name, value in spec.options.items() if not (untouched and name == "num_classes")}


def options_text(spec: ModelSpec) -> str:
    architecture = find(spec.name)
    parts = [f"input {units.shape(spec.input_shape)}"]
    for name, value in spec.options.items():
        option = architecture.option(name)
        if option is not None and name != "in_channels":
            shown = ("yes" if value else "no") if isinstance(value, bool) else value
            parts.append(f"{option.label} {shown}")
    return f"{', '.join(parts)}. Changed in the picker."


def params_text(spec: ModelSpec, params: int, learning: int | None, classes: int | None) -> str:
    """Return what so many parameters mean for the time that training takes, and how many of them learn.

    Args:
        learning: None: unknown.
        classes: that they are for, where the data may have others.
    """
    counted = f"{units.short(params)} parameters" + (f" for {units.counted(classes, 'class')}" if classes else "")
    if learning is not None and learning != params:
        counted += f", {units.part(learning, params)} learn: the rest is frozen"
    narrows = find(spec.name).option("width_divisor") is not None
    way_out = " Width ÷ 8 in the picker learns in minutes." if narrows else ""
    return counted + (f": seconds a step without a GPU.{way_out}" if params >= _LARGE else ".")


def picture_size(spec: ModelSpec) -> int | None:
    return spec.input_shape[1] if len(spec.input_shape) == 3 else None
