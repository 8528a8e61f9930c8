"""What the training form needs to know of the network that is picked."""

from __future__ import annotations

from cnnviz import units
from cnnviz.zoo.catalog import ModelSpec, OptionValue, find


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


def picture_size(spec: ModelSpec) -> int | None:
    return spec.input_shape[1] if len(spec.input_shape) == 3 else None
