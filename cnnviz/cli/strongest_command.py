"""``cnnviz strongest``: the patches of many pictures that excite the channels of a layer most."""

from __future__ import annotations

import argparse
import sys

from cnnviz import units
from cnnviz.cli.arguments import add_input, add_model, not_empty, options, path, positive
from cnnviz.cli.looking_arguments import add_preprocessing, add_weights
from cnnviz.cli.terminal import counting
from cnnviz.printable import in_a_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_model(parser)
    add_weights(parser)
    add_preprocessing(parser)
    add_input(parser, "of the picture first, once for each input; default: the architecture's own")
    parser.add_argument("--layer", required=True, metavar="PATH", help="a layer that `cnnviz inspect` prints: block1.0")
    parser.add_argument(
        "--data", required=True, type=not_empty, metavar="NAME|FOLDER", help="labelled pictures, as for `cnnviz train`"
    )
    parser.add_argument("--split", choices=("test", "train"), default="test", help="which half of them")
    parser.add_argument("--limit", type=positive, default=1000, metavar="N", help="so many pictures; default: 1000")
    parser.add_argument(
        "--channel", action="append", type=int, metavar="N", help="that the picture shows, from 0; default: all"
    )
    parser.add_argument(
        "--out", required=True, type=path, metavar="FILE", help="FILE.png (the patches) or FILE.npz (where they are)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Save the patches and say what was looked at."""
    from cnnviz.feature_maps.strongest.exciting import strongest
    from cnnviz.feature_maps.strongest.strongest_file import save
    from cnnviz.training.data.picture_set import picture_set

    pictures = picture_set(arguments.data, arguments.split, arguments.limit)
    with counting(f"Looking through {pictures.title}") as told:
        found = strongest(
            arguments.model,
            arguments.layer,
            pictures,
            weights=arguments.weights,
            input_shape=arguments.input,
            options=options(arguments.options),
            normalise=arguments.normalise,
            fit=arguments.fit,
            allow_mismatch=arguments.allow_mismatch,
            told=told,
        )
    save(found, pictures, arguments.out, arguments.channel)
    for note in found.notes:
        print(in_a_line(note), file=sys.stderr)
    channels, seen = units.counted(len(found.values), "channel"), units.counted(found.seen, "picture")
    layer = found.layer or "the network itself"
    print(in_a_line(f"{arguments.out}: {channels} of {layer}, {seen} of {found.data}, {found.weights}"))
    return 0
