"""``cnnviz tail``: a run's journal as JSON lines, as it stands or as it grows."""

from __future__ import annotations

import argparse
import json
import sys

from cnnviz.cli.arguments import path
from cnnviz.printable import printable
from cnnviz.runs.status import read_status
from cnnviz.runs.tail import lines_of

_PARTIAL = 3  # the exit status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("run", type=path, metavar="RUN", help="the folder of a run, here or on a shared disk")
    about = "the byte of the journal to begin at: what was printed up to then, newlines included. Default: 0."
    parser.add_argument("--from", dest="start", type=_offset, default=0, metavar="OFFSET", help=about)
    parser.add_argument("--follow", action="store_true", help="wait for further lines until the run has ended")


def run(arguments: argparse.Namespace) -> int:
    """Print the lines as they stand in the journal. Of a run whose process is gone the journal is a part only."""
    at = arguments.start
    for end, line in lines_of(arguments.run, arguments.start, arguments.follow):
        if (text := _json(line)) is not None:
            sys.stdout.write(printable(text) if sys.stdout.isatty() else text)
            sys.stdout.flush()
        else:
            print(f"cnnviz: bytes {at:,} to {end:,} are damaged and left out", file=sys.stderr)
        at = end
    if arguments.follow and read_status(arguments.run).get("state") == "lost":
        print("cnnviz: the run's process is gone; its journal ends here", file=sys.stderr)
        return _PARTIAL
    return 0


def _offset(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of bytes from 0 up")
    return int(text)


def _json(line: bytes) -> str | None:
    """Return a line that is an object in UTF-8, as JSON is; else None."""
    try:
        text = line.decode()
        return text if isinstance(json.loads(text), dict) else None
    except (ValueError, RecursionError):
        return None
