"""``cnnviz train``: the training loop in a terminal, recorded in a run folder."""

from __future__ import annotations

import argparse
import dataclasses
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from cnnviz.cli.arguments import add_model, not_empty, options, path, positive
from cnnviz.errors import CnnvizError
from cnnviz.training.config import INITIALISATIONS, OPTIMIZERS, PRECISIONS, TrainConfig
from cnnviz.training.config_file import read_values
from cnnviz.training.control import Control

_STATUS = {"finished": 0, "stopped": 130, "diverged": 3}
_FIELDS = tuple(field.name for field in dataclasses.fields(TrainConfig))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options; what is not given comes from ``--config``, else from TrainConfig's defaults."""
    add_model(parser)
    parser.add_argument(
        "--data",
        type=not_empty,
        metavar="NAME|FOLDER",
        help="fashion-mnist-sample (ships with cnnviz), fashion-mnist, …",
    )
    parser.add_argument(
        "--run-dir", required=True, type=path, metavar="R", help="a new folder for everything about the run"
    )
    parser.add_argument("--config", type=Path, metavar="FILE.toml", help="a run's config.toml to start from")
    parser.add_argument("--epochs", type=positive, metavar="N")
    parser.add_argument("--batch-size", type=positive, metavar="N")
    parser.add_argument("--lr", type=float, dest="learning_rate", metavar="X")
    parser.add_argument("--momentum", type=float, metavar="X", help="SGD only")
    parser.add_argument("--weight-decay", type=float, metavar="X")
    parser.add_argument("--optimizer", choices=OPTIMIZERS)
    parser.add_argument("--resize", type=positive, metavar="N", help="pixels; default: the architecture's input")
    parser.add_argument("--init", choices=INITIALISATIONS)
    parser.add_argument("--limit", type=positive, metavar="N", help="train on the first N images")
    parser.add_argument("--seed", type=int, metavar="N")
    parser.add_argument("--device", help="auto (default), cpu, cuda, cuda:1, mps")
    parser.add_argument("--precision", choices=PRECISIONS)
    parser.add_argument("--deterministic", action="store_true", default=None)


def run(arguments: argparse.Namespace) -> int:
    """Train to the end. Ctrl-C or SIGTERM ends the run after its batch, with what it has learned; twice: at once."""
    config = _config(arguments)
    from cnnviz.cli.terminal import show
    from cnnviz.training.engine import train
    from cnnviz.training.recording import record

    control = Control()
    with _stopping_on_signals(control):
        finished = show(record(train(config, control), arguments.run_dir))
    return _STATUS["stopped" if finished is None else finished.reason]


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
    given = {name: getattr(arguments, name) for name in _FIELDS if getattr(arguments, name, None) is not None}
    given["options"] = options(arguments.options)
    filed = read_values(arguments.config) if arguments.config is not None else {}
    if filed.get("model", arguments.model) == arguments.model:  # another network has other options
        given["options"] = {**_table(filed.get("options")), **given["options"]}
    values = {**filed, **given}
    if "data" not in values:
        raise CnnvizError("No data were named.", "Add --data fashion-mnist-sample, another name or a folder.")
    return TrainConfig(**values)


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
