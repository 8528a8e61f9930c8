"""``cnnviz kernels``: the weights that a layer multiplies by, saved as a picture or as numbers."""

from __future__ import annotations

import argparse
import sys

from cnnviz import units
from cnnviz.cli.arguments import add_input, add_model, options, path
from cnnviz.cli.looking_arguments import add_weights
from cnnviz.feature_maps.kernels.kernel_values import SHOWINGS
from cnnviz.printable import in_a_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_model(parser)
    add_weights(parser)
    add_input(parser, "once for each input; default: the architecture's own")
    parser.add_argument("--layer", required=True, metavar="PATH", help="a layer that `cnnviz inspect` prints: block1.0")
    parser.add_argument(
        "--values",
        choices=list(SHOWINGS),
        default="these",
        help="the weights; those that they began as (a run's first epoch, else random ones); or these − initial",
    )
    parser.add_argument(
        "--scale", choices=("each", "layer"), default="each", help="of the picture: for each kernel, or for all alike"
    )
    parser.add_argument(
        "--out", required=True, type=path, metavar="FILE", help="FILE.png (picture) or FILE.npz (numbers)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Save the kernels and say what was saved."""
    from cnnviz.feature_maps.kernels.kernel_drawing import KernelLook
    from cnnviz.feature_maps.kernels.kernels_file import save
    from cnnviz.feature_maps.kernels.shown_kernels import kernels

    found = kernels(
        arguments.model,
        arguments.layer,
        weights=arguments.weights,
        input_shape=arguments.input,
        options=options(arguments.options),
        allow_mismatch=arguments.allow_mismatch,
        showing=arguments.values,
    )
    save(found, arguments.out, KernelLook(each=arguments.scale == "each"))
    for note in found.notes:
        print(in_a_line(note), file=sys.stderr)
    against = f", {SHOWINGS[found.showing].lower()} ({found.initial})" if found.initial else ""
    print(in_a_line(f"{arguments.out}: {units.shape(found.values.shape)} of {found.layer}, {found.weights}{against}"))
    return 0
