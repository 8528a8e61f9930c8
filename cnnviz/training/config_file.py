"""A TrainConfig as TOML text and back. No torch here."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig, checked

_KINDS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "int | None": (int,),
    "float": (float, int),
    "bool": (bool,),
    "Initialisation": (str,),
    "Precision": (str,),
    "Mapping[str, object]": (dict,),
}


def to_toml(config: TrainConfig) -> str:
    """Return every field that has a value, the architecture's options as a table at the end."""
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    lines = [_line(name, value) for name, value in values.items() if name != "options" and value is not None]
    table = ["", "[options]", *(_line(name, value) for name, value in config.options.items())] if config.options else []
    return "\n".join([*lines, *table, ""])


def read_toml(file: Path) -> TrainConfig:
    """Return what a ``config.toml`` says; what it leaves out has its default.

    Raises:
        CnnvizError: it cannot be read, is no TOML, or holds something that a run has no use for.
    """
    values = read_values(file)
    for needed in ("model", "data"):
        if needed not in values:
            raise CnnvizError(f"{file} does not say which {needed} to use.", f'Add a line such as {needed} = "…".')
    return checked(TrainConfig(**values))  # type: ignore[arg-type]


def read_values(file: Path) -> dict[str, object]:
    """Return the fields of TrainConfig that a file sets, of the right types; any of them may be missing.

    Raises:
        CnnvizError: as ``read_toml``.
    """
    try:
        values: dict[str, object] = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CnnvizError(f"{file} is no valid TOML: {error}.", "Compare it with the config.toml of a run.") from error
    except OSError as error:
        raise CnnvizError(f"{file} cannot be read: {error.strerror or error}.", "Check the path.") from error
    kinds = {field.name: _KINDS[str(field.type)] for field in fields(TrainConfig)}
    for name, value in values.items():
        if name not in kinds:
            raise CnnvizError(f"{file} sets {name!r}, which is no setting.", f"Settings are: {', '.join(kinds)}.")
        if not isinstance(value, kinds[name]) or (isinstance(value, bool) and bool not in kinds[name]):
            raise CnnvizError(f"{file} sets {name} to {value!r}.", f"A value of type {kinds[name][0].__name__} fits.")
    return values


def _line(name: str, value: object) -> str:
    return f"{name} = {_value(value)}"


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case _:  # a JSON string is a TOML string, but for DEL
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
