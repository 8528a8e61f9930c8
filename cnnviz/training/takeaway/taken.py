"""What is taken away: a run at one of its checkpoints, or a network of the catalogue with some weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.pictures.preprocessing import described
from cnnviz.runs.checkpoint import newest_checkpoint, run_of
from cnnviz.runs.layout import checkpoint_at
from cnnviz.training.config import TrainConfig
from cnnviz.training.recording import read_config
from cnnviz.zoo.catalog import InputShape, ModelSpec, find, resolve
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

if TYPE_CHECKING:
    from torch import nn

_DATA = "fashion-mnist-sample"  # of a script for a network that no run has trained


@dataclass(frozen=True, slots=True)
class Taken:
    """A network with the weights that it is to have, and how it was trained."""

    spec: ModelSpec
    weights: Weights
    config: TrainConfig  # of the run; of a network the usual settings
    run: Path | None = None

    @property
    def title(self) -> str:
        """Return "LeNet-5 of the run a, epoch 5", "ResNet-18, random weights (untrained)"."""
        network = find(self.spec.name).title
        between = ", " if self.run is None else " of the run "
        return f"{network}{between}{self.weights.title}"


def taken(
    name: str,
    options: Mapping[str, object] | None = None,
    input_shape: InputShape | None = None,
    weights: str | None = None,
    allow_mismatch: bool = False,
) -> Taken:
    """Return what ``name`` means: a run's folder, one of its checkpoints, or a network.

    Args:
        name: as somebody typed it.
        options: of the network's architecture; a run has its own.
        input_shape: of a network; None: its own.
        weights: of a network; None: random ones. A run has its own.
        allow_mismatch: what fits of them is enough.

    Raises:
        CnnvizError: there is no such run and no such network; a run has not started, or something is asked beside it.
    """
    place = _place_of_run(Path(name))
    if place is not None:
        if options or input_shape or weights:
            message = f"{name} is a run, which has its own network and weights."
            raise CnnvizError(message, "Leave the other options out.")
        return of_run(*place)
    from cnnviz.zoo.weights import named

    spec = resolve(name, options, input_shape)
    chosen = RANDOM_WEIGHTS if weights is None else named(weights, spec, allow_mismatch)
    return Taken(spec, chosen, TrainConfig(spec.name, _DATA, spec.options, resize=spec.input_shape[-1]))


def of_run(run: Path, checkpoint: Path | None = None) -> Taken:
    """Return a run as its newest weights have it, or those of a checkpoint's folder.

    Raises:
        CnnvizError: it has not started, or its network or an option is not known to this version.
    """
    config = read_config(run)
    if checkpoint is None:
        newest_checkpoint(run)  # says so where there are no weights yet
    weights = Weights("run", file=run) if checkpoint is None else Weights("file", file=checkpoint)
    return Taken(spec_of(config), weights, config, run)


def spec_of(config: TrainConfig) -> ModelSpec:
    """Return the network that a run was told to train, from its settings, which are all resolved.

    Raises:
        CnnvizError: the network or an option is not known to this version.
    """
    from cnnviz.training.network import input_channels, input_size

    usual, size = resolve(config.model, config.options), input_size(config)
    return resolve(config.model, config.options, (input_channels(config) or usual.input_shape[0], size, size))


def _place_of_run(path: Path) -> tuple[Path, Path | None] | None:
    """Return the run that a path means, and which of its checkpoints where it says so; None: it means no run."""
    checkpoint = checkpoint_at(path)
    if checkpoint is not None and checkpoint.is_dir():
        return checkpoint.parent.parent, checkpoint
    run = run_of(path)
    return None if run is None else (run, None)


def loaded(what: Taken) -> tuple[nn.Module, dict[str, str]]:
    """Return the network in eval mode with its weights, and what is known of it, as a run says it of its weights.

    Raises:
        CnnvizError: it cannot be built, or the weights cannot be had or do not fit.
    """
    from cnnviz.zoo.weights import Origin, built, put_into

    network = built(what.spec)
    origin = Origin() if what.weights.kind == "random" else put_into(network, what.spec, what.weights)
    about = {
        "model": what.spec.name,
        "options": json.dumps(dict(what.spec.options)),
        "input_shape": json.dumps(what.spec.input_shape),
        **described(origin.preprocessing),
        "class_names": json.dumps(origin.class_names, ensure_ascii=False),
        "weights": what.weights.title,
    }
    told = {"step": str(origin.step)} if origin.step is not None else {}
    return network.eval(), about | told
