"""``cnnviz inspect``: a network's calls as a table, JSON, CSV, Markdown, LaTeX or torchinfo's summary."""

from __future__ import annotations

import argparse
import sys

from cnnviz.cli.arguments import add_input, add_model, options, positive
from cnnviz.errors import in_one_line
from cnnviz.inspection import export
from cnnviz.inspection.inspected import inspect_as_asked
from cnnviz.printable import in_a_line, printable

PARTIAL = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_model(parser)
    add_input(
        parser, "once for each input of forward: 3,224,224, 12:int64, () for one number a picture; default: its own"
    )
    parser.add_argument("--batch", type=positive, default=1, metavar="N", help="pictures at once (default 1)")
    parser.add_argument("--train-mode", action="store_true", help="run as in training: auxiliary heads, dropout")
    parser.add_argument("--advice", action="store_true", help="say below the table what looks wrong or wasteful")
    parser.add_argument("--format", choices=(*export.FORMATS, "torchinfo"), default="table")


def run(arguments: argparse.Namespace) -> int:
    """Print the report; 3 when the network failed half-way."""
    from cnnviz.zoo.catalog import resolve
    from cnnviz.zoo.inputs import said

    spec = resolve(arguments.model, options(arguments.options), *(said(arguments.input) if arguments.input else ()))
    shape_is_said = arguments.input is not None
    if arguments.format == "torchinfo":
        from cnnviz.inspection.tracer import with_working_input

        spec = with_working_input(spec, shape_is_said)
        print(printable(export.torchinfo_summary(spec, arguments.batch, arguments.train_mode)))
        return 0
    report = inspect_as_asked(
        spec, shape_is_said=shape_is_said, batch=arguments.batch, train_mode=arguments.train_mode
    ).report
    print(printable(export.FORMATS[arguments.format](report)))
    if arguments.advice and arguments.format == "table":
        print(printable(f"\n{export.advice_table(report)}"))
    if report.error is not None:
        print(f"cnnviz: {in_a_line(in_one_line(report.error.message, report.error.hint))}", file=sys.stderr)
        return PARTIAL
    return 0
