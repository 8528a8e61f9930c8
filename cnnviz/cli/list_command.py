"""``cnnviz list``: every architecture."""

from __future__ import annotations

import argparse
import json

from cnnviz.inspection.export import columns
from cnnviz.zoo.catalog import Architecture, architectures


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--format", choices=("table", "json"), default="table")


def run(arguments: argparse.Namespace) -> int:
    """Print the catalogue."""
    if arguments.format == "json":
        print(json.dumps([_as_dict(entry) for entry in architectures()], indent=1, ensure_ascii=False))
        return 0
    rows = [("name", "title", "family", "input", "options", "source")]
    for entry in architectures():
        names = " ".join(option.name for option in entry.options)
        size = ",".join(map(str, entry.input_shape))
        rows.append((entry.name, entry.title, entry.family, size, names, entry.source))
    print("\n".join(columns(rows)))
    return 0


def _as_dict(entry: Architecture) -> dict[str, object]:
    return {
        "name": entry.name,
        "title": entry.title,
        "family": entry.family,
        "group": entry.group,
        "input_shape": list(entry.input_shape),
        "options": [
            {"name": option.name, "type": option.kind, "default": option.default, "help": option.help}
            for option in entry.options
        ],
        "source": entry.source,
        "summary": entry.summary,
    }
