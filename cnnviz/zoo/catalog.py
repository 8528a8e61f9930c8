"""Which networks there are, their options and where they come from. No torch here: the picker fills at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import zip_longest

from cnnviz.errors import CnnvizError
from cnnviz.zoo.own.own_names import own_name, refuse_file
from cnnviz.zoo.specs import (
    Architecture,
    InputShape,
    ModelSpec,
    Option,
    OptionValue,
    PretrainedWeights,
    PublishedFigures,
)
from cnnviz.zoo.textbook import TEXTBOOK
from cnnviz.zoo.torchvision_catalog import torchvision_architectures

__all__ = [
    "Architecture",
    "InputShape",
    "ModelSpec",
    "Option",
    "OptionValue",
    "PretrainedWeights",
    "PublishedFigures",
    "architectures",
    "find",
    "published_for",
    "resolve",
]


def architectures() -> tuple[Architecture, ...]:
    """Return every architecture, the textbook's first, in the picker's order."""
    return tuple(_by_name().values())


def find(name: str) -> Architecture:
    """Return the architecture of this name; a bare torchvision name works where no textbook network bears it.

    ``FILE.py:CALLABLE``, ``FILE.py`` with one network in it, the same of a notebook, and ``FILE.pt2`` are names too,
    and so is a saved report, ``FILE.json``. They are run only where their text does not tell what they hold, and in a
    window not even then.

    Raises:
        CnnvizError: there is none, and the hint names the nearest ones; or the file cannot be read.
    """
    if (own_file := own_name(name)) is not None:
        from cnnviz.zoo.own.own_entries import architecture  # which the first frame does without

        return architecture(own_file)
    known = _by_name()
    found = known.get(name) or known.get(f"torchvision/{name}")
    if found is None:
        refuse_file(name)
        import difflib  # which only a wrong name needs

        near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else "`cnnviz list` prints every name."
        raise CnnvizError(f"There is no architecture {name!r}.", hint)
    return found


def resolve(
    name: str,
    options: Mapping[str, object] | None = None,
    input_shape: InputShape | None = None,
    further_inputs: tuple[InputShape, ...] | None = None,
    dtypes: tuple[str, ...] = (),
) -> ModelSpec:
    """Return a spec in which every option has a checked value and the input shape agrees with ``in_channels``.

    ``further_inputs`` are those of a network that takes more than one, ``dtypes`` the kinds of number of all of them;
    what is not said of these is as its file declares.

    Raises:
        CnnvizError: the name or an option is unknown, a value is refused, or the input does not fit.
    """
    architecture = find(name)
    given = dict(options or {})
    _refuse_unknown(architecture, given)
    channels = architecture.option("in_channels")
    if channels is not None and input_shape:
        given.setdefault("in_channels", input_shape[0])
    checked = {option.name: option.check(given.get(option.name, option.default)) for option in architecture.options}
    usual = architecture.input_shape
    if isinstance(chosen := checked.get("in_channels"), int):
        usual = (chosen, *usual[1:])
    shape = usual if input_shape is None else input_shape
    if not architecture.is_own:
        _check_input_shape(architecture, shape, usual[0])
        if further_inputs:
            count = 1 + len(further_inputs)
            raise CnnvizError(f"{architecture.title} takes one input, {count} were given.", "Give --input once.")
    further = architecture.further_inputs if further_inputs is None else further_inputs
    if architecture.is_report and (shape, further, *dtypes) != (architecture.input_shape, architecture.further_inputs):
        what = f"{architecture.title} is a saved report: what its network does with another input is not in it."
        raise CnnvizError(what, "Inspect the network itself.")
    revision = _revision_of(architecture)
    return ModelSpec(architecture.name, checked, shape, further, _merged(dtypes, architecture.dtypes), revision)


def _revision_of(architecture: Architecture) -> str:
    """Return what changes when the file of an architecture does; "": it comes from none."""
    if (own_file := own_name(architecture.name)) is None:
        return ""
    from cnnviz.zoo.own.own_entries import revision_of  # which the first frame does without

    return revision_of(own_file)


def published_for(spec: ModelSpec) -> PublishedFigures | None:
    """Return torchvision's figures where ``spec`` is the very network that they are of; else None."""
    architecture = find(spec.name)
    published = architecture.published
    if published is None or spec.input_shape != published.input_shape:
        return None
    usual = {option.name: option.default for option in architecture.options}
    return published if dict(spec.options) == usual else None


def _merged(said: tuple[str, ...], declared: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(ours or theirs for ours, theirs in zip_longest(said, declared, fillvalue=""))


def _refuse_unknown(architecture: Architecture, given: Mapping[str, object]) -> None:
    names = [option.name for option in architecture.options]
    for unknown in given.keys() - set(names):
        hint = f"Its options are: {', '.join(names)}." if names else "It has none."
        raise CnnvizError(f"{architecture.title} has no option {unknown!r}.", hint)


def _check_input_shape(architecture: Architecture, shape: InputShape, channels: int) -> None:
    if len(shape) != len(architecture.input_shape) or any(not 1 <= size <= 16384 for size in shape):
        axes = "C,H,W, such as 3,224,224" if len(architecture.input_shape) == 3 else "C,T,H,W, such as 3,16,112,112"
        raise CnnvizError(f"{_comma(shape)!r} is no input size for {architecture.title}.", f"Give {axes}.")
    if shape[0] != channels:
        hint = f"Use {_comma((channels, *shape[1:]))}"
        hint += "." if architecture.option("in_channels") is None else f", or set in_channels to {shape[0]}."
        raise CnnvizError(f"{architecture.title} takes {channels} input channels; {shape[0]} were given.", hint)


def _comma(shape: InputShape) -> str:
    return ",".join(map(str, shape))


@cache
def _by_name() -> dict[str, Architecture]:
    return {entry.name: entry for entry in (*TEXTBOOK, *torchvision_architectures())}
