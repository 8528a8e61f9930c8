"""``cnnviz doctor``: versions, devices, display, data; what is wrong and how to mend it."""

from __future__ import annotations

import argparse

from cnnviz.doctor import Finding, as_text, examine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command has no options."""


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001  every command is called alike
    """Print the findings; 0 even where something is missing, for the answer itself was given."""
    print(as_text([*examine(), _display()]))
    return 0


def _display() -> Finding:
    from cnnviz.gui.display import missing_display

    trouble = missing_display()
    return Finding("display", "named") if trouble is None else Finding("display", trouble.message, trouble.hint)
