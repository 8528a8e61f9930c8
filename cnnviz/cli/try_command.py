"""``cnnviz try``: what the weights of a run say of pictures."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from cnnviz.cli.arguments import add_allow, path
from cnnviz.printable import in_a_line

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from cnnviz.pictures.preprocessing import Fit
    from cnnviz.training.trying import Shape, Tried


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("run", type=path, metavar="RUN", help="the folder of a run, which may be going on")
    parser.add_argument("pictures", type=path, nargs="+", metavar="PICTURE")
    add_allow(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the likeliest classes of each picture."""
    from cnnviz.training.recording import read_run
    from cnnviz.training.trying import trying_run

    trying = trying_run(arguments.run, read_run(arguments.run).config)
    for picture in arguments.pictures:
        print(in_a_line(f"{picture}:"))
        _print(trying.look(partial(_seen, picture)))
    return 0


def _print(tried: Tried) -> None:
    for index, share in tried.best:
        name = tried.class_names[index] if index < len(tried.class_names) else f"class {index}"
        print(f"{share:7.1%}  {in_a_line(name)}")


def _seen(picture: Path, shape: Shape, fit: Fit) -> npt.NDArray[np.uint8]:
    from cnnviz.pictures.reading import seen

    return seen(picture, shape, fit)
