"""``cnnviz train``: the training loop in a terminal, recorded in a run folder."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from cnnviz.cli.arguments import add_model, add_setting, options, path
from cnnviz.errors import CnnvizError
from cnnviz.printable import in_a_line
from cnnviz.training.config import SETTINGS, TrainConfig
from cnnviz.training.config_file import read_values
from cnnviz.training.control import Control
from cnnviz.training.events import EpochDone, Recorded, RunStarted
from cnnviz.training.published_runs import judged
from cnnviz.training.recipes import find_recipe
from cnnviz.zoo.catalog import find

_STATUS = {"finished": 0, "stopped": 130, "diverged": 3}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options; what is not given comes from ``--config``, else from TrainConfig's defaults."""
    add_model(parser)
    parser.add_argument(
        "--run-dir", required=True, type=path, metavar="R", help="a new folder for everything about the run"
    )
    parser.add_argument("--config", type=Path, metavar="FILE.toml", help="a run's config.toml to start from")
    about = "settings of somebody who trained this network: d2l (the book's), course, fast. Other options go before it."
    parser.add_argument("--recipe", metavar="NAME", help=about)
    for row in SETTINGS:
        if row.flag:
            add_setting(parser, row)


def run(arguments: argparse.Namespace) -> int:
    """Train to the end. Ctrl-C or SIGTERM ends the run after its batch, with what it has learned; twice: at once."""
    config = _config(arguments)
    from cnnviz.cli.terminal import show
    from cnnviz.training.engine import train
    from cnnviz.training.recording import record

    control, milestones = Control(), list[Recorded]()
    with _stopping_on_signals(control):
        finished = show(_keeping(record(train(config, control), arguments.run_dir), milestones))
    if finished is not None and (judgement := judged(milestones)) is not None:
        print(in_a_line(judgement.sentence))
    return _STATUS["stopped" if finished is None else finished.reason]


def _keeping(events: Iterator[Recorded], kept: list[Recorded]) -> Iterator[Recorded]:
    """Pass events on; what a run is judged by is kept."""
    for event in events:
        if isinstance(event, RunStarted | EpochDone):
            kept.append(event)
        yield event


@contextmanager
def _stopping_on_signals(control: Control) -> Iterator[None]:
    def stop(number: int, _frame: FrameType | None) -> None:
        control.stop()
        signal.signal(number, before[number])

    before = {int(number): signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _config(arguments: argparse.Namespace) -> TrainConfig:
    said = vars(arguments)  # a flag that is not given is not in it
    given = {row.name: said[row.name] for row in SETTINGS if row.name in said}
    given["options"] = options(arguments.options)
    filed = read_values(arguments.config) if arguments.config is not None else {}
    if filed.get("model", arguments.model) != arguments.model:  # another network has other options
        filed.pop("options", None)
    if arguments.recipe is not None:
        filed = find_recipe(find(arguments.model).name, arguments.recipe).applied(filed)
    values = {**filed, **given, "options": {**_table(filed.get("options")), **given["options"]}}
    if "data" not in values:
        raise CnnvizError("No data were named.", "Add --data fashion-mnist-sample, another name or a folder.")
    return TrainConfig(**values)


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
