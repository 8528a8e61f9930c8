"""``cnnviz why``: where in a picture a network finds the evidence for a class."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cnnviz.cli.arguments import not_empty, path
from cnnviz.cli.looking_arguments import add_looking, looking
from cnnviz.feature_maps.attribution.methods import METHODS
from cnnviz.printable import in_a_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_looking(parser)
    parser.add_argument(
        "--class", dest="wanted", type=not_empty, metavar="N|NAME", help="from 0, or its name; default: the likeliest"
    )
    parser.add_argument(
        "--method",
        choices=[each.name for each in METHODS],
        default="gradcam",
        help="Grad-CAM (default): a layer's maps, weighted by their gradients; the gradient of the input; or how much "
        "the class loses when each patch of the picture is covered",
    )
    parser.add_argument(
        "--layer", type=not_empty, metavar="PATH", help="whose maps Grad-CAM reads; default: the last with space"
    )
    parser.add_argument(
        "--out", required=True, type=path, metavar="FILE", help="FILE.png (over the picture) or FILE.npz (numbers)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Save the heat map and say what the network sees."""
    from cnnviz.feature_maps.attribution.attributed import why
    from cnnviz.feature_maps.attribution.heat_file import save
    from cnnviz.feature_maps.verdict import verdict
    from cnnviz.training.data.numbered_picture import picture_meant

    picture = picture_meant(arguments.picture)
    found = why(
        arguments.model,
        picture if isinstance(picture, Path) else picture.file,
        arguments.wanted,
        arguments.method,
        arguments.layer,
        **looking(arguments),
    )
    save(found, arguments.out)
    for note in found.notes:
        print(in_a_line(note), file=sys.stderr)
    for _index, name, share in found.likeliest():
        print(f"{share:7.1%}  {in_a_line(name)}")
    if not isinstance(picture, Path):
        print(in_a_line(verdict(picture, found.shares, found.class_names).sentence))
    where = f" at {found.layer or 'the network itself'}" if found.method == "gradcam" else ""
    print(in_a_line(f"{arguments.out}: why {found.class_title}{where}, {found.weights}"))
    return 0
