"""Where a new run is kept, and which network a run trains."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.slow_disks import answered
from cnnviz.training.config import TrainConfig
from cnnviz.training.data.data_sets import DATA_SETS
from cnnviz.training.data.folder_tree import readable
from cnnviz.zoo.catalog import ModelSpec, find, resolve
from cnnviz.zoo.own.own_names import own_name

_LONGEST = 50  # characters of a title, which may be of four bytes each: a folder's name has 255 at most


def free_run_folder(parent: Path, model: str, now: datetime | None = None) -> Path:
    """Return a path below ``parent`` for a new run, which does not exist: "vgg11-20260131-093000"."""
    stamp = (now or datetime.now()).strftime("%Y%m%d-%H%M%S")
    own = own_name(model)
    title = model.replace("/", "-") if own is None else f"{own.file.stem}-{own.callable}".rstrip("-")
    return free_folder(parent, f"{title[:_LONGEST]}-{stamp}")


def free_folder(parent: Path, name: str) -> Path:
    """Return a path below ``parent`` of this name, or with a number after it, that does not exist."""
    folder, copy = parent / name, 2
    while answered(folder.exists, folder):
        folder, copy = parent / f"{name}-{copy}", copy + 1
    return folder


def run_title(config: TrainConfig) -> str:
    """Return "LeNet-5 on Fashion-MNIST sample"; a network that this version does not know goes by its bare name."""
    return f"{network_title(config)} on {data_title(config)}"


def network_title(config: TrainConfig) -> str:
    """Return "LeNet-5"; a network that this version does not know goes by its bare name."""
    try:
        return find(config.model).title
    except CnnvizError:
        return config.model


def data_title(config: TrainConfig) -> str:
    """Return "Fashion-MNIST sample", or the name of a folder."""
    known = (data_set.title for data_set in DATA_SETS if data_set.name == config.data)
    return next(known, readable(Path(config.data).name))


def spec_of_run(config: TrainConfig, picked: ModelSpec | None) -> ModelSpec:
    """Return the network of a run, at the input size it was trained for.

    Raises:
        CnnvizError: the network or an option is not known to this version.
    """
    architecture = find(config.model)
    usual = architecture.input_shape if picked is None or picked.name != architecture.name else picked.input_shape
    channels = int(str(config.options.get("in_channels", usual[0])))
    height, width = (config.resize, config.resize) if config.resize else architecture.input_shape[1:]
    return resolve(config.model, config.options, (channels, int(height), int(width)))
