"""``cnnviz train``: the training loop in a terminal, recorded in a run folder."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from cnnviz.cli.arguments import add_allow, add_model, options, path
from cnnviz.cli.run_settings import add_run_settings, config_of
from cnnviz.errors import CnnvizError
from cnnviz.printable import in_a_line
from cnnviz.training.config import SETTINGS
from cnnviz.training.config_file import read_values
from cnnviz.training.control import Control
from cnnviz.training.events import Recorded
from cnnviz.training.published_runs import Milestone, judged
from cnnviz.zoo.catalog import find

_HERE = Path()  # --resume without a folder
_STATUS = {"finished": 0, "stopped": 130, "diverged": 3}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options; what is not given comes from ``--config``, else from TrainConfig's defaults."""
    add_model(parser, is_needed=False)
    parser.add_argument("--run-dir", type=path, metavar="R", help="a new folder for everything about the run")
    about = "go on with the run in this folder, or in that of --run-dir, up to --epochs in all; of its settings only"
    parser.add_argument(
        "--resume", nargs="?", type=path, const=_HERE, metavar="RUN", help=f"{about} --epochs and --lr may change"
    )
    add_allow(parser)
    add_run_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train to the end. Ctrl-C or SIGTERM ends the run after its batch, with what it has learned; twice: at once."""
    control, milestones = Control(), list[object]()
    events = _new_run(arguments, control) if arguments.resume is None else _further_run(arguments, control, milestones)
    from cnnviz.cli.terminal import show

    with _stopping_on_signals(control):
        finished = show(_keeping(events, milestones))
    if finished is not None and (judgement := judged(milestones)) is not None:
        print(in_a_line(judgement.sentence))
    return _STATUS["stopped" if finished is None else finished.reason]


def _new_run(arguments: argparse.Namespace, control: Control) -> Iterator[Recorded]:
    if arguments.model is not None and arguments.run_dir is None:
        raise CnnvizError("No folder for the run was named.", "Add --run-dir R, a new folder.")
    config = config_of(arguments)
    from cnnviz.training.engine import train
    from cnnviz.training.recording import record

    return record(train(config, control), arguments.run_dir)


def _further_run(arguments: argparse.Namespace, control: Control, told: list[object]) -> Iterator[Recorded]:
    from cnnviz.training.recording import record
    from cnnviz.training.resumption import read_resumption

    folder, given = _resumed(arguments)
    resumption = read_resumption(folder, given)
    told += resumption.told
    from cnnviz.training.engine import resume

    point = resumption.point
    return record(resume(resumption, control), folder, point=point, again=point is None)


def _resumed(arguments: argparse.Namespace) -> tuple[Path, dict[str, object]]:
    """Return the run that is to go on, and the settings given beside it."""
    model, folder = arguments.model, arguments.run_dir
    if folder is None:
        folder = arguments.resume
    elif arguments.resume != _HERE and model is None:  # --run-dir R --resume MODEL
        model = str(arguments.resume)
    if folder == _HERE:
        raise CnnvizError("Which run is to go on is not said.", "Write --resume RUN, the folder of the run.")
    if arguments.recipe is not None:
        raise CnnvizError("A recipe is for a run that begins.", "Leave out --recipe to go on with the run.")
    filed = read_values(arguments.config) if arguments.config is not None else {}
    given = filed | {row.name: vars(arguments)[row.name] for row in SETTINGS if row.name in vars(arguments)}
    given |= {} if model is None else {"model": find(model).name}
    return folder, given | {"options": options(arguments.options)}


def _keeping(events: Iterator[Recorded], kept: list[object]) -> Iterator[Recorded]:
    """Pass events on; what a run is judged by is kept."""
    for event in events:
        if isinstance(event, Milestone):
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
