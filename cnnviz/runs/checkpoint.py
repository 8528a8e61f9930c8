"""Writes the weights of a run: a folder each, complete or absent. ``cnnviz.checkpoints`` reads them.

``checkpoints/epoch-0003/`` holds ``model.safetensors`` and ``checkpoint.json``; ``checkpoints/latest`` is a text file
with the name of the newest (a link would need rights on Windows); ``checkpoints/final/`` stands after a finished run.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cnnviz.checkpoints import newest_checkpoint
from cnnviz.files import cannot_write, replacing
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import RunStarted, WeightsReady

MODEL, ABOUT, LATEST, FINAL = "model.safetensors", "checkpoint.json", "latest", "final"
_KEPT_EPOCHS = 3
_NO_SPACE = ("os error 28", "os error 112", "os error 122")  # safetensors tells a full disk only in its message


def about(event: RunStarted) -> dict[str, str]:
    """Return what a file of weights says about itself, as safetensors' metadata wants it: text to text."""
    return {
        "model": event.config.model,
        "options": json.dumps(dict(event.config.options)),
        "input_shape": json.dumps(_input_shape(event.config)),
        "class_names": json.dumps(event.class_names, ensure_ascii=False),
        "data": event.config.data,
    }


def write(folder: Path, event: WeightsReady, about: dict[str, str]) -> Path:
    """Write the weights of ``event`` below the run's ``folder``, name them the latest, drop older ones.

    Raises:
        CnnvizError: there is no space, or the folder cannot be written; the older ones then still stand.
    """
    checkpoints = folder / "checkpoints"
    target = checkpoints / _name(event, checkpoints)
    _write_folder(target, event, {**about, "epoch": str(event.epoch), "step": str(event.step)})
    _point(checkpoints, target.name)
    _drop_older(checkpoints, target.name)
    return target


def write_final(folder: Path) -> None:
    """Copy the newest checkpoint to ``checkpoints/final``.

    Raises:
        CnnvizError: there is none, or no space for another.
    """
    checkpoints = folder / "checkpoints"
    with _complete(checkpoints / FINAL) as temporary:
        shutil.copytree(newest_checkpoint(folder), temporary, dirs_exist_ok=True, copy_function=_link_or_copy)


def _name(event: WeightsReady, checkpoints: Path) -> str:
    """A second copy within the same epoch is named by its step."""
    name = f"epoch-{event.epoch:04d}"
    return f"step-{event.step:08d}" if (checkpoints / name).exists() else name


def _write_folder(target: Path, event: WeightsReady, about: dict[str, str]) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    with _complete(target) as temporary:
        model, words = temporary / MODEL, temporary / ABOUT
        words.write_text(json.dumps(about, indent=1, ensure_ascii=False), "utf-8")
        try:
            save_file(dict(event.state), model, about)
        except SafetensorError as error:
            code = errno.ENOSPC if any(text in str(error) for text in _NO_SPACE) else errno.EIO
            raise OSError(code, str(error)) from error
        model.chmod(words.stat().st_mode)  # safetensors writes for the owner alone


@contextmanager
def _complete(target: Path) -> Iterator[Path]:
    """Give an empty folder beside ``target``; on leaving it takes that name in one step, or vanishes with an error."""
    temporary = target.parent / f".{target.name}.{os.getpid()}"
    try:
        temporary.mkdir(parents=True)
        yield temporary
        temporary.rename(target)
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _point(checkpoints: Path, name: str) -> None:
    with replacing(checkpoints / LATEST) as temporary:
        temporary.write_text(f"{name}\n", "utf-8")


def _drop_older(checkpoints: Path, newest: str) -> None:
    """Keep the newest few epochs, and of the copies between epochs only the newest."""
    epochs = sorted(checkpoints.glob("epoch-*"))
    between = sorted(checkpoints.glob("step-*"))
    for old in (*epochs[:-_KEPT_EPOCHS], *between):
        if old.name != newest:
            shutil.rmtree(old, ignore_errors=True)


def _link_or_copy(source: str, target: str) -> None:
    """Checkpoints never change once they stand, so a second name is as good as a second copy, where links exist."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _input_shape(config: TrainConfig) -> tuple[int, int | None, int | None]:
    from cnnviz.training.network import input_channels

    channels = config.options.get("in_channels") or input_channels(config)
    return int(str(channels)), config.resize, config.resize
