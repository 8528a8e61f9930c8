"""The weights that a run begins with where it is given some: of a file, of another run, or published."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import torch
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.paths import real, storable
from cnnviz.runs.checkpoint import read_newest_weights
from cnnviz.runs.weights_computed import computed
from cnnviz.runs.weights_file import read_weights_file
from cnnviz.runs.weights_filling import PartlyFitsError
from cnnviz.runs.weights_fit import fit
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.data.fetch import with_progress
from cnnviz.training.events import Noticed, Preparing
from cnnviz.zoo import build, pretrained
from cnnviz.zoo.catalog import ModelSpec, find
from cnnviz.zoo.layer_places import at_their_places, taken_in_words
from cnnviz.zoo.weights import Origin, named, put_into
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

_IN_PART = "Tick “Load what fits alone” (--allow-mismatch) to begin with that; the rest begins fresh."


def given_weights(config: TrainConfig, spec: ModelSpec) -> Weights:
    """Return the weights that ``config`` names; random ones where it names none.

    Raises:
        CnnvizError: there are none of that name, or they do not fit the network as a whole, and may not in part.
    """
    if config.weights is None:
        return RANDOM_WEIGHTS
    try:
        return named(config.weights, spec, config.allow_mismatch)
    except PartlyFitsError as error:
        raise CnnvizError(error.message, _IN_PART) from error


def with_weights(config: TrainConfig, weights: Weights) -> TrainConfig:
    """Return ``config`` with its weights named so that they are found from any folder."""
    if weights.kind == "random":
        return config
    return replace(config, weights=storable(str(real(weights.file))) if weights.file else weights.name)


def begin_with(
    network: nn.Module, spec: ModelSpec, weights: Weights, control: Control
) -> Generator[Preparing | Noticed, None, Origin | None]:
    """Put the weights into the network of ``spec``, downloaded first where they are published, and say what was done.

    Return what their origin tells of the pictures that they were made for; None for random ones.

    Raises:
        StoppedError: a stop came first.
        CnnvizError: they cannot be had, are damaged, or belong to another network, and may not be loaded in part.
    """
    if weights.kind == "random":
        return None
    if weights.kind == "pretrained":
        yield Preparing(f"Looking for {weights.source}")  # a server may be silent for long
        fetched = with_progress(
            weights.name, lambda report: pretrained.fetch(spec, weights.name, report, weights.allow_mismatch), control
        )
        for fraction in fetched:
            yield Preparing(f"Downloading {weights.source}", fraction)
        control.heed()
    yield Preparing(f"Reading {weights.source}")
    try:
        origin = put_into(network, spec, weights)
    except PartlyFitsError as error:
        raise CnnvizError(error.message, _IN_PART) from error
    yield Noticed(f"The run begins with {weights.title}.")
    for note in origin.notes:
        yield Noticed(note)
    return origin


def misfit_of_weights(config: TrainConfig, spec: ModelSpec) -> CnnvizError | None:
    """Return why the weights that ``config`` names cannot be begun with as it wishes, in a few words; None: they can.

    Published ones are not looked at: they may have to be downloaded first.
    """
    try:
        weights = given_weights(config, spec)
        if weights.file is None or find(spec.name).is_own:
            return None
        with torch.device("meta"):
            network = build(spec)
        saved = read_newest_weights(weights.file) if weights.kind == "run" else read_weights_file(weights.file)
    except CnnvizError as error:
        return error
    except Exception:  # a constructor that needs numbers: the run itself says what is wrong
        return None
    moved = at_their_places(saved, network, spec)
    expected = dict(network.state_dict())
    found = fit(expected, computed(expected, moved)[0], {name for name, _ in network.named_buffers()})
    if found.is_whole or (config.allow_mismatch and found.is_partial):
        return None
    if not found.is_partial:
        return CnnvizError(f"No layer of {weights.source} fits this network.", "Choose other weights.")
    words = taken_in_words(network, saved, moved) or (f"Of {weights.source} not all fits this network.",)
    return CnnvizError(words[0], _IN_PART)
