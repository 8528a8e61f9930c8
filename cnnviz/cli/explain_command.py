"""``cnnviz explain``: why one number of a map is what it is."""

from __future__ import annotations

import argparse
import json
import sys

from cnnviz.cli.looking_arguments import add_looking, looking
from cnnviz.printable import in_a_line, printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_looking(parser)
    parser.add_argument("--layer", required=True, metavar="PATH", help="a layer that `cnnviz inspect` prints: block1.0")
    parser.add_argument(
        "--at",
        required=True,
        type=place,
        metavar="CHANNEL,ROW,COLUMN",
        help="in the layer's maps, from 0: 3,10,12; of a vector its number: 3; of maps with a depth "
        "CHANNEL,DEPTH,ROW,COLUMN",
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="to read (default), or every term for other programs"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the arithmetic."""
    from cnnviz.feature_maps.pixel.arithmetic_text import as_text, to_dict
    from cnnviz.feature_maps.pixel.explained import explain

    found = explain(arguments.model, arguments.picture, arguments.layer, arguments.at, **looking(arguments))
    for note in found.notes:
        print(in_a_line(note), file=sys.stderr)
    text = json.dumps(to_dict(found), ensure_ascii=False) if arguments.format == "json" else as_text(found)
    print(printable(text))
    return 0


def place(text: str) -> tuple[int, ...]:
    """Return (3, 10, 12) of "3,10,12"; one number or four are places, too.

    Raises:
        argparse.ArgumentTypeError: it is something else.
    """
    parts = text.split(",")
    if len(parts) not in (1, 3, 4) or not all(part.strip().isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no CHANNEL,ROW,COLUMN, such as 3,10,12")
    return tuple(map(int, parts))
