"""One number of a call and how it comes about, and what formulas and sentences read of a call. No torch here."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.inspection.call import Call, SettingValue, Shape

AXES = ("depth", "height", "width")
POSITION = {1: "step", 2: "pixel", 3: "voxel"}


@dataclass(frozen=True, slots=True)
class Formula:
    """One number of a call and how it comes about."""

    what: str  # "Parameters", "Output height"
    rule: str  # in words and symbols: "kernel · inputs · outputs + biases"
    text: str  # with the numbers: "3·3·64·128 + 128 = 73,856"
    source: str = ""  # "Dumoulin and Visin, arXiv:1603.07285, relationship 6"


def integer(call: Call, name: str) -> int | None:
    """Return a setting that is one whole number, else None."""
    value = call.settings.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def along_axes(value: SettingValue, rank: int) -> tuple[int, ...] | None:
    """Return a setting once for each axis: (3, 3) for 3; None where it is something else."""
    if isinstance(value, tuple):
        return value if len(value) == rank else (value * rank if len(value) == 1 else None)
    return (value,) * rank if isinstance(value, int) else None


def times(sizes: tuple[int, ...]) -> str:
    """Return "3×3"; along one axis "3"."""
    return "×".join(map(str, sizes))


def extent(call: Call, name: str, rank: int) -> str:
    """Return a setting along all axes: "3×3"; "" where it is not known."""
    return times(along_axes(call.settings.get(name), rank) or ())


def values(shape: Shape) -> Shape:
    """Return the factors of a shape's number of values: a batch of one is no factor."""
    return shape[1:] if len(shape) > 1 and shape[0] == 1 else shape


def product(*factors: object) -> str:
    """Return "3·3·64"."""
    return "·".join(map(str, factors))


def counted(what: str, rule: str, text: str, result: int, expected: int | None, source: str = "") -> Formula | None:
    """Return "text = result"; None where that is not what was counted: parameters shared with an earlier layer, say."""
    return Formula(what, rule, f"{text} = {result:,}", source) if result == expected else None


def alike(what: str, rule: str, texts: tuple[str | None, ...], source: str = "") -> tuple[Formula, ...]:
    """Return one formula for all axes where their texts are the same, else one for each; none where one is unknown.

    Args:
        what: with a comma at its end where it need not be said that it is true of every axis.
    """
    if not texts or None in texts:
        return ()
    names = AXES[-len(texts) :]
    if len(set(texts)) == 1:
        all_axes = what.rstrip(",") if what.endswith(",") else f"{what} {' and '.join(names)}"
        return (Formula(all_axes, rule, str(texts[0]), source),)
    return tuple(Formula(f"{what} {name}", rule, str(text), source) for name, text in zip(names, texts, strict=True))
