"""``cnnviz find-rate``: which learning rate suits a network, its data and its settings, by a range test."""

from __future__ import annotations

import argparse
import csv
import io
import json
from dataclasses import asdict

from cnnviz.cli.arguments import add_model
from cnnviz.cli.run_settings import add_run_settings, config_of
from cnnviz.printable import in_a_line
from cnnviz.training.rate_curve import RangeTest, RateTried

_FOUND, _NONE = 0, 3
_LINES = 17  # of the curve in text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options, which are those of ``train``; rate, schedule, warm-up and epochs do not count."""
    add_model(parser)
    add_run_settings(parser)
    parser.add_argument("--format", choices=("text", "json", "csv"), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    """Print the suggested rate and the curve behind it; 3 where none can be suggested."""
    config = config_of(arguments)
    from cnnviz.cli.terminal import counting
    from cnnviz.training.range_test import search_rate

    found = None
    with counting("Trying learning rates") as say:
        for event in search_rate(config):
            if isinstance(event, RateTried):
                say(event.number, event.sweep.steps)
            elif isinstance(event, RangeTest):
                found = event
    assert found is not None  # nothing stops it here but Ctrl-C, which is raised
    print(_WORDS[arguments.format](found).rstrip("\n"))
    return _NONE if found.suggested is None else _FOUND


def _text(found: RangeTest) -> str:
    every = max(1, len(found.rates) // _LINES)
    rows = list(zip(found.rates, found.losses, found.smoothed, strict=True))[::every]
    lines = [f"{rate:12.2e} {loss:10.4f} {even:10.4f}" for rate, loss, even in rows]
    head = "" if found.suggested is None else "suggested learning rate: "
    return "\n".join([f"{head}{in_a_line(found.sentence)}", "", f"{'rate':>12} {'loss':>10} {'smoothed':>10}", *lines])


def _json(found: RangeTest) -> str:
    return json.dumps(asdict(found), indent=1)


def _csv(found: RangeTest) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("rate", "loss", "smoothed"))
    rows.writerows(zip(found.rates, found.losses, found.smoothed, strict=True))
    return out.getvalue()


_WORDS = {"text": _text, "json": _json, "csv": _csv}
