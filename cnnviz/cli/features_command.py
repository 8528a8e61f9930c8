"""``cnnviz features``: what a layer sees in a picture, saved as a picture or as numbers."""

from __future__ import annotations

import argparse
import sys

from cnnviz import units
from cnnviz.cli.arguments import add_input, add_model, not_empty, options, path
from cnnviz.pictures.normalisations import NORMALISATIONS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_model(parser)
    parser.add_argument("picture", metavar="PICTURE", type=path)
    parser.add_argument("--layer", required=True, metavar="PATH", help="a layer that `cnnviz inspect` prints: block1.0")
    parser.add_argument(
        "--weights",
        type=not_empty,
        metavar="FILE|NAME",
        help="random (default), pretrained, a file of weights (.safetensors, .pth), a folder with one, or a run folder",
    )
    parser.add_argument(
        "--allow-mismatch", action="store_true", help="load what fits of the weights: for a network with another head"
    )
    parser.add_argument(
        "--normalise",
        type=not_empty,
        metavar="NAME|MEAN,STD",
        help=f"{', '.join(each.name for each in NORMALISATIONS)}, or numbers; default: as known of the weights",
    )
    add_input(parser, "of the picture first, once for each input; default: the architecture's own")
    parser.add_argument(
        "--out", required=True, type=path, metavar="FILE", help="FILE.png (picture) or FILE.npz (numbers)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Save the maps and say what was saved."""
    from cnnviz.feature_maps.features import features
    from cnnviz.feature_maps.maps_file import save

    maps = features(
        arguments.model,
        arguments.picture,
        arguments.layer,
        arguments.weights,
        arguments.input,
        options(arguments.options),
        normalise=arguments.normalise,
        allow_mismatch=arguments.allow_mismatch,
    )
    save(maps, arguments.out)
    for note in maps.notes:
        print(note, file=sys.stderr)
    print(f"{arguments.out}: {units.shape(maps.values.shape)} of {maps.layer or 'the network itself'}, {maps.weights}")
    return 0
