"""A TrainConfig as TOML text and back. No torch here."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole
from cnnviz.paths import storable
from cnnviz.training.config import SETTINGS, TrainConfig
from cnnviz.training.settings import Kind

_BARE = re.compile(r"[A-Za-z0-9_-]+")  # a key that TOML takes without quotes

_LARGEST = 1 << 20  # bytes
_CHAIN = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*\.[ \t]*){32}""")  # a.b.c…


def to_toml(config: TrainConfig) -> str:
    """Return every field that has a value, the architecture's options as a table at the end.

    A path that is no Unicode is written as its ``file://`` address.
    """
    values = {row.name: _storable(getattr(config, row.name), row.kind) for row in SETTINGS if row.kind != "table"}
    lines = [_line(name, value) for name, value in values.items() if value is not None]
    table = ["", "[options]", *(_line(name, value) for name, value in config.options.items())] if config.options else []
    return "\n".join([*lines, *table, ""])


def read_toml(file: Path) -> TrainConfig:
    """Return what a ``config.toml`` says; what it leaves out has its default.

    Raises:
        CnnvizError: it cannot be read, is no TOML, or holds something that a run has no use for.
    """
    values = read_values(file)
    for row in SETTINGS:
        if row.required and row.name not in values:
            raise CnnvizError(f"{file} does not say which {row.name} to use.", f'Add a line such as {row.name} = "…".')
    return TrainConfig(**values)  # type: ignore[arg-type]  # each checked by its row


def read_values(file: Path) -> dict[str, object]:
    """Return the fields of TrainConfig that a file sets, checked; any of them may be missing.

    Raises:
        CnnvizError: as ``read_toml``.
    """
    rows = {row.name: row for row in SETTINGS}
    values = _parsed(file)
    for name, value in values.items():
        if name not in rows:
            raise CnnvizError(f"{file} sets {name!r}, which is no setting.", f"Settings are: {', '.join(rows)}.")
        try:
            values[name] = rows[name].accept(value)
        except CnnvizError as error:
            raise CnnvizError(f"{file}: {error.message}", error.hint) from None
    return values


def _parsed(file: Path) -> dict[str, object]:
    try:
        text = read_whole(file, _LARGEST).decode()
        if _CHAIN.search(text):  # of which the reader notes every beginning: 100 kB came to 9 GB
            raise ValueError("a name in it has too many parts")
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of more digits than Python reads, brackets without end
        raise CnnvizError(f"{file} is no valid TOML: {error}.", "Compare it with the config.toml of a run.") from error
    except OSError as error:
        raise CnnvizError(f"{file} cannot be read: {error.strerror or error}.", "Check the path.") from error


def _line(name: str, value: object) -> str:
    return f"{name if _BARE.fullmatch(name) else _quoted(name)} = {_value(value)}"


def _storable(value: object, kind: Kind) -> object:
    return storable(value) if kind == "path" and isinstance(value, str) else value


def _value(value: object) -> str:
    """NumPy's float64 is a float, an IntEnum an int, and their ``repr`` is no TOML."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return int.__repr__(value)
        case float():
            return float.__repr__(value)
        case _:
            return _quoted(str(value))


def _quoted(text: str) -> str:
    """A JSON string is a TOML string, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
