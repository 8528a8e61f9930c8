"""What the commands ask that look at a picture through a network."""

from __future__ import annotations

import argparse
from typing import Any

from cnnviz.cli.arguments import add_input, add_model, not_empty, options, path
from cnnviz.pictures.normalisations import NORMALISATIONS


def add_looking(parser: argparse.ArgumentParser) -> None:
    """Let the command take MODEL, PICTURE, and what says how the one looks at the other."""
    add_model(parser)
    about = "a file, or DATA[:train]:CLASS:NUMBER of a data set or folder, numbers from 0: fashion-mnist-sample:3:17"
    parser.add_argument("picture", metavar="PICTURE", type=path, help=about)
    add_weights(parser)
    add_preprocessing(parser)
    add_input(parser, "of the picture first, once for each input; default: the architecture's own")


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Let the command take weights, and whether what fits of them is enough."""
    parser.add_argument(
        "--weights",
        type=not_empty,
        metavar="FILE|NAME",
        help="random (default), pretrained, a file of weights (.safetensors, .pth), a folder with one, or a run folder",
    )
    parser.add_argument(
        "--allow-mismatch", action="store_true", help="load what fits of the weights: for a network with another head"
    )


def add_preprocessing(parser: argparse.ArgumentParser) -> None:
    """Let the command take what of pictures is seen, and what they are brought to."""
    parser.add_argument(
        "--fit",
        choices=("crop", "squash"),
        help="what of the picture is seen: its centred part, or all of it drawn to the input's shape; default: as known"
        " of the weights, else crop",
    )
    parser.add_argument(
        "--normalise",
        type=not_empty,
        metavar="NAME|MEAN,STD",
        help=f"{', '.join(each.name for each in NORMALISATIONS)}, or numbers; default: as known of the weights",
    )


def looking(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the flags of ``add_looking`` and ``add_options`` say, as the public functions take it."""
    return {
        "weights": arguments.weights,
        "input_shape": arguments.input,
        "options": options(arguments.options),
        "normalise": arguments.normalise,
        "fit": arguments.fit,
        "allow_mismatch": arguments.allow_mismatch,
    }
