"""Inspect every network of the catalogue with its usual options, and write ``resources/reports.zip``.

Run it, from anywhere and within some minutes, whenever a report has changed or a version is released:

    python .ci/ship_reports.py
"""

from __future__ import annotations

import sys
import time

from cnnviz.assets import asset
from cnnviz.inspection.inspected import inspect_spec
from cnnviz.inspection.kept_reports import ship
from cnnviz.zoo.catalog import architectures, resolve


def main() -> None:
    """Write the file and say how large it is."""
    begin, answers = time.perf_counter(), []
    for entry in architectures():
        answers.append(inspect_spec(resolve(entry.name)))
        print(f"{time.perf_counter() - begin:6.1f} s  {entry.name}", file=sys.stderr)
    file = asset("reports.zip")
    ship(answers, file)
    print(f"{len(answers)} reports, {file.stat().st_size:,} bytes, in {file}")


if __name__ == "__main__":
    main()
