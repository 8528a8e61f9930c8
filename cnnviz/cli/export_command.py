"""``cnnviz export``: a run or a network as files that are of use without cnnviz."""

from __future__ import annotations

import argparse

from cnnviz.cli.arguments import add_allow, add_input, add_options, not_empty, options, path
from cnnviz.cli.looking_arguments import add_weights
from cnnviz.errors import CnnvizError
from cnnviz.printable import in_a_line
from cnnviz.training.takeaway.exporting import FORMS, export, form_named


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    about = "the folder of a run, or of one of its checkpoints, or a network that `cnnviz list` prints"
    parser.add_argument("what", metavar="RUN|MODEL", type=not_empty, help=about)
    names = "; ".join(f"{form.name}: {form.title}" for form in FORMS)
    parser.add_argument(
        "--format", choices=[form.name for form in FORMS], help=f"{names}. Default: as FILE's ending tells."
    )
    parser.add_argument("--out", required=True, type=path, metavar="FILE", help="what is written")
    parser.add_argument("--overwrite", action="store_true", help="replace a file of this name")
    add_options(parser)
    add_input(parser, "of a network; a run has its own")
    add_weights(parser)
    add_allow(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the file and say what it is."""
    from cnnviz.training.takeaway.taken import taken

    form = form_named(arguments.format, arguments.out)
    inputs = arguments.input or []
    if len(inputs) > 1:
        raise CnnvizError("Of a network with several inputs, their own sizes are taken.", "Leave --input out.")
    shape = inputs[0].shape if inputs else None
    given = options(arguments.options)
    what = taken(arguments.what, given, shape, arguments.weights, arguments.allow_mismatch)
    for note in export(what, form, arguments.out, arguments.overwrite):
        print(in_a_line(note))
    print(in_a_line(f"{arguments.out}: {arguments.out.stat().st_size:,} bytes"))
    return 0
