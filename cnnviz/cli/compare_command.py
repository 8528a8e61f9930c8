"""``cnnviz compare``: networks side by side, as a table, JSON, CSV or Markdown."""

from __future__ import annotations

import argparse
import sys

from cnnviz.cli.arguments import add_input, add_options, options, positive
from cnnviz.errors import CnnvizError, in_one_line
from cnnviz.inspection import comparison_text
from cnnviz.inspection.comparison import compare
from cnnviz.inspection.inspected import inspect_as_asked
from cnnviz.printable import printable
from cnnviz.zoo.catalog import ModelSpec, find, resolve
from cnnviz.zoo.inputs import Input, said

PARTIAL = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("models", nargs="+", metavar="MODEL", help="two or more names, files or saved reports")
    add_options(parser)
    help_text = "for all of them, once for each input; default: each its own"
    add_input(parser, help_text)
    parser.add_argument("--batch", type=positive, default=1, metavar="N", help="pictures at once (default 1)")
    parser.add_argument("--train-mode", action="store_true", help="run as in training: auxiliary heads, dropout")
    parser.add_argument("--format", choices=tuple(comparison_text.FORMATS), default="table")


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison; 3 when one of the networks failed half-way."""
    if len(arguments.models) < 2:
        raise CnnvizError("One network cannot be compared.", "Name two or more: cnnviz compare vgg11 resnet18.")
    specs = specs_of(arguments.models, options(arguments.options), arguments.input)
    given = {"batch": arguments.batch, "train_mode": arguments.train_mode}
    answers = [inspect_as_asked(spec, shape_is_said=arguments.input is not None, **given) for spec in specs]
    reports = [answer.report for answer in answers]
    text = comparison_text.FORMATS[arguments.format](compare(reports, [answer.title for answer in answers]))
    print(printable(text))
    failures = [(report.name, report.error) for report in reports if report.error is not None]
    for name, error in failures:
        print(f"cnnviz: {name}: {in_one_line(error.message, error.hint)}", file=sys.stderr)
    return PARTIAL if failures else 0


def specs_of(models: list[str], given: dict[str, object], inputs: list[Input] | None) -> list[ModelSpec]:
    """Return the networks, each with those of the given options that it has.

    Raises:
        CnnvizError: none of the networks has an option, or a name or a value is refused.
    """
    known = [{option.name for option in find(model).options} for model in models]
    for name in given.keys() - set().union(*known):
        hint = f"Their options are: {', '.join(sorted(set().union(*known)))}."
        raise CnnvizError(f"None of these networks has an option {name!r}.", hint)
    return [
        resolve(
            model, {name: value for name, value in given.items() if name in names}, *(said(inputs) if inputs else ())
        )
        for model, names in zip(models, known, strict=True)
    ]
