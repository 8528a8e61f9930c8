"""A run as a folder with an open format: written while events pass by, read by whoever looks later.

``config.toml``, ``environment.json``, ``status.json``, ``metrics.jsonl``, ``log.txt`` and ``checkpoints/``, as the
public interface describes them. No torch here but to read weights.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.checkpoints import read_newest_weights
from cnnviz.errors import CnnvizError
from cnnviz.files import replacing
from cnnviz.training import checkpoints
from cnnviz.training.config import TrainConfig
from cnnviz.training.config_file import read_toml, to_toml
from cnnviz.training.events import EpochDone, Event, RunFinished, RunStarted, StepsDone, WeightsReady
from cnnviz.training.journal import Journal, read_lines
from cnnviz.training.terminal import line_of
from cnnviz.version import __version__

if TYPE_CHECKING:
    from torch import Tensor

CONFIG, ENVIRONMENT, STATUS = "config.toml", "environment.json", "status.json"
METRICS, LOG = "metrics.jsonl", "log.txt"
_HEARTBEAT_SECONDS = 1.0


def record(events: Iterable[Event], folder: Path) -> Iterator[Event]:
    """Yield ``events`` unchanged while ``folder`` is written from them; each is on disk before it is passed on.

    A run that ends before it has started, because the data cannot be read or a setting makes no sense, leaves nothing
    behind: the same folder can be used for the next try.

    Raises:
        CnnvizError: the folder holds a run already, or cannot be written: before training starts where that shows, in
            the middle otherwise. What was written before stays whole. Errors of ``events`` pass through.
    """
    _claim(folder)
    with closing(_Recorder(folder)) as recorder:
        iterator = iter(events)
        try:
            recorder.open()
            for event in iterator:
                recorder.note(event)
                yield event
        except GeneratorExit:
            recorder.end("stopped")
            raise
        except BaseException as error:
            recorder.end("stopped" if isinstance(error, KeyboardInterrupt) else "failed", str(error))
            raise
        finally:
            if close := getattr(iterator, "close", None):
                close()


def holds_run(folder: Path) -> bool:
    """Return whether a run was recorded in ``folder``."""
    return any((folder / name).exists() for name in (CONFIG, STATUS, METRICS))


def read_config(folder: Path) -> TrainConfig:
    """Return what the run in ``folder`` was asked to do, all resolved.

    Raises:
        CnnvizError: there is no run, or its ``config.toml`` is damaged.
    """
    if not holds_run(folder):
        raise CnnvizError(f"{folder} holds no run.", f"Choose a folder with a {CONFIG} that a run has written.")
    return read_toml(folder / CONFIG)


def read_metrics(folder: Path) -> tuple[StepsDone | EpochDone, ...]:
    """Return the events behind ``metrics.jsonl``, in order; a last line that is cut off is left out.

    Raises:
        CnnvizError: the file cannot be read, or a line of it is damaged.
    """
    return tuple(_event(row) for row in read_lines(folder / METRICS))


def read_status(folder: Path) -> dict[str, object]:
    """Return ``status.json``: state, epoch, step, heartbeat (Unix time, seconds), message.

    Raises:
        CnnvizError: it cannot be read.
    """
    try:
        status = json.loads((folder / STATUS).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CnnvizError(f"{folder / STATUS} cannot be read: {error}.", "Choose the folder of a run.") from error
    if not isinstance(status, dict):
        raise CnnvizError(f"{folder / STATUS} says nothing about a run.", "Choose the folder of a run.")
    return status


def read_weights(folder: Path) -> tuple[dict[str, Tensor], int]:
    """Return the newest weights of the run in ``folder``, a state_dict on the CPU, and the step they are from.

    Raises:
        CnnvizError: there are none yet, or they are damaged.
    """
    saved = read_newest_weights(folder)
    return dict(saved.tensors), int(saved.about.get("step", "0"))


class _Recorder:
    """Writes what each event means to the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._metrics = Journal(folder / METRICS)
        self._log = Journal(folder / LOG)
        self._about: dict[str, str] = {}
        self._status: dict[str, object] = {"state": "preparing", "epoch": 0, "step": 0}
        self._last_beat = 0.0

    def open(self) -> None:
        """Take the folder, which shows at once whether it can be written."""
        self._write_environment("")
        self._beat(now=True)

    def note(self, event: Event) -> None:
        """Write what ``event`` means."""
        match event:
            case RunStarted():
                self._start(event)
            case StepsDone():
                self._metrics.append(json.dumps(_row(event)))
                self._status |= {"step": event.last_step}
            case EpochDone():
                self._metrics.append(json.dumps(_row(event)))
                self._status |= {"epoch": event.epoch, "step": event.step}
            case WeightsReady():
                checkpoints.write(self._folder, event, self._about)
            case RunFinished():
                self._finish(event)
                return
        if not isinstance(event, StepsDone | WeightsReady) and (line := line_of(event)):
            self._write_log(line)
        self._beat(now=isinstance(event, RunStarted | EpochDone))

    def end(self, state: str, message: str = "") -> None:
        """Say how the run ended, unless it has; the disk may be full, and the first error is the one to tell."""
        if self._status["state"] in ("preparing", "running"):
            self._status |= {"state": state, "message": message}
            try:
                self._write_log(f"{state} {message}".strip())
                self._beat(now=True)
            except CnnvizError:
                return

    def close(self) -> None:
        """Let go of the files; take back what was written when the run never started."""
        self._metrics.close()
        self._log.close()
        if not self._about:
            _take_back(self._folder)

    def _start(self, event: RunStarted) -> None:
        folder = Path(event.config.data).expanduser()
        config = replace(event.config, data=str(folder.resolve())) if folder.is_dir() else event.config
        _write(self._folder / CONFIG, to_toml(config))
        self._write_environment(event.device_name)
        self._metrics.open()
        self._about = checkpoints.about(event)
        self._status |= {"state": "running"}

    def _finish(self, event: RunFinished) -> None:
        if event.reason == "finished":
            checkpoints.write_final(self._folder)
        self._status |= {"state": event.reason, "epoch": event.epoch, "step": event.step, "seconds": event.seconds}
        self._write_log(line_of(event))
        self._beat(now=True)

    def _beat(self, now: bool) -> None:
        if now or time.monotonic() - self._last_beat >= _HEARTBEAT_SECONDS:
            self._last_beat = time.monotonic()
            _write(self._folder / STATUS, json.dumps(self._status | {"heartbeat": time.time()}, indent=1))

    def _write_log(self, line: str) -> None:
        self._log.append(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}")

    def _write_environment(self, device_name: str) -> None:
        packages = ("torch", "torchvision", "numpy", "pillow", "safetensors")
        found: dict[str, str | None] = {"cnnviz": __version__, "python": platform.python_version()}
        found |= {name: _version(name) for name in packages}
        machine = {"platform": platform.platform(), "cpus": os.cpu_count(), "device": device_name, "command": sys.argv}
        _write(self._folder / ENVIRONMENT, json.dumps({"versions": found, **machine}, indent=1))


def _claim(folder: Path) -> None:
    if holds_run(folder):
        raise CnnvizError(f"{folder} already holds a run.", "Choose another folder; a run is never overwritten.")
    if folder.exists() and not folder.is_dir():
        raise CnnvizError(f"{folder} is a file.", "Choose a folder for the run.")


def _take_back(folder: Path) -> None:
    with suppress(OSError):  # what could not be written cannot be removed either
        for name in (ENVIRONMENT, STATUS, METRICS, LOG, CONFIG):
            (folder / name).unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def _row(event: StepsDone | EpochDone) -> dict[str, object]:
    match event:
        case StepsDone():
            return {
                "kind": "steps",
                "epoch": event.epoch,
                "step": event.last_step,
                "first_step": event.first_step,
                "losses": [round(loss, 6) for loss in event.losses],
                "accuracies": [round(accuracy, 6) for accuracy in event.accuracies],
                "images_per_second": round(event.images_per_second, 3),
            }
        case EpochDone():
            return {
                "kind": "epoch",
                "epoch": event.epoch,
                "step": event.step,
                "train_loss": event.train_loss,
                "train_accuracy": event.train_accuracy,
                "test_loss": event.test_loss,
                "test_accuracy": event.test_accuracy,
                "seconds": event.seconds,
                "images_per_second": event.images_per_second,
            }


def _event(row: dict[str, object]) -> StepsDone | EpochDone:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    if values.pop("kind") == "epoch":
        return EpochDone(**values)  # type: ignore[arg-type]
    del values["step"]
    return StepsDone(**values)  # type: ignore[arg-type]


def _write(file: Path, text: str) -> None:
    with replacing(file) as temporary:
        temporary.write_text(text, "utf-8")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
