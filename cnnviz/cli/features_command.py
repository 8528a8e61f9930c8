"""``cnnviz features``: what a layer sees in a picture, saved as a picture or as numbers."""

from __future__ import annotations

import argparse
import sys

from cnnviz import units
from cnnviz.cli.arguments import path
from cnnviz.cli.looking_arguments import add_looking, looking
from cnnviz.printable import in_a_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_looking(parser)
    parser.add_argument("--layer", required=True, metavar="PATH", help="a layer that `cnnviz inspect` prints: block1.0")
    parser.add_argument(
        "--out", required=True, type=path, metavar="FILE", help="FILE.png (picture) or FILE.npz (numbers)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Save the maps and say what was saved."""
    from cnnviz.feature_maps.features import features
    from cnnviz.feature_maps.maps_file import save

    maps = features(arguments.model, arguments.picture, arguments.layer, **looking(arguments))
    save(maps, arguments.out)
    for note in maps.notes:
        print(in_a_line(note), file=sys.stderr)
    layer = maps.layer or "the network itself"
    print(in_a_line(f"{arguments.out}: {units.shape(maps.values.shape)} of {layer}, {maps.weights}"))
    return 0
