"""What comes before the first step: data read, network built, memory checked, the way of computing chosen."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.allocator import memory_kept
from cnnviz.inspection.tracer import inspect
from cnnviz.training.begun_with import begun_with
from cnnviz.training.calibrate import Choice, asked_way, fastest_way, fixed_way, worth_measuring
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.data.batches import Batches
from cnnviz.training.data.obtaining import find, measure, read
from cnnviz.training.device_ways import doubt_about, misfits_of_device
from cnnviz.training.dropout_rate import set_dropout
from cnnviz.training.events import Noticed, Preparing
from cnnviz.training.frozen_layers import freeze
from cnnviz.training.interrupting import stopping
from cnnviz.training.network import (
    build_network,
    doubt_about_output,
    input_channels,
    input_size,
    spec_for,
    with_spec,
)
from cnnviz.training.optimizers import make_optimizer
from cnnviz.training.run_memory import HOLDS_TRIALS, KEEPS_BLOCKS, check_run_fits
from cnnviz.training.schedules import learning_rate_of
from cnnviz.training.showing import check_showing, showing
from cnnviz.training.starting_weights import begin_with, given_weights, with_weights
from cnnviz.training.state import RunState
from cnnviz.training.step import Way
from cnnviz.training.training_mode import misfit_in_training
from cnnviz.training.turns import Steps
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.own.own_names import own_name
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS

_MEASURING = "Measuring the fastest way to compute"
_NEWS_SECONDS = 0.25  # between two of what is measured again and again

State = Mapping[str, np.ndarray]  # a state_dict as arrays


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What the loop needs."""

    config: TrainConfig  # all resolved
    class_names: tuple[str, ...]
    training: Batches
    testing: Batches
    state: RunState
    has_ample_memory: bool  # what a step frees may be kept for the next one
    begun_with: Mapping[str, object]  # what the data and the network's file are


def prepare(
    config: TrainConfig,
    device: torch.device,
    control: Control,
    initial_state: State | None = None,
    way: Way | None = None,
) -> Generator[Preparing | Noticed, None, Prepared | None]:
    """Return a run that stands before its first step; None when a stop came before the data were there.

    Args:
        config: what was asked for, each setting checked by itself.
        device: where to compute.
        control: asked while data are downloaded and the way of computing is measured.
        initial_state: a state_dict as arrays to start from; None: the weights that ``config`` names, or fresh ones
            from torch's random numbers. Empty for a run that goes on, whose weights come last.
        way: how to compute, of a run that goes on; None: it is chosen.

    Raises:
        CnnvizError: settings, network and data do not fit each other, the data cannot be read, or memory is short.
    """
    try:
        return (yield from _prepared(config, device, control, initial_state, way))
    except StoppedError:
        return None


def _prepared(
    config: TrainConfig, device: torch.device, control: Control, initial_state: State | None, way: Way | None
) -> Generator[Preparing | Noticed, None, Prepared]:
    if way is None:
        for misfit in misfits_of_device(config, device).values():
            raise misfit
    source = (yield from find(config.data, control)).limited(config.limit)
    found = yield from measure(source, input_size(config), input_channels(config), control)
    spec = spec_for(config, found)
    check_showing(config, found.shape[0], spec.input_shape[0])
    report = inspect(spec)
    room = check_run_fits(config, report, len(source.train)) if device.type == "cpu" else 0.0
    if report.error is None:  # else building it tells why
        _check_learns(spec, config, len(found.source.train), len(source.class_names))
    weights = given_weights(config, spec) if initial_state is None else RANDOM_WEIGHTS
    yield Preparing("Building the network")
    with stopping(control):
        network = build_network(spec, config, initial_state, len(source.class_names))
        set_dropout(network, config)
    origin = yield from begin_with(network, spec, weights, control)
    for note in freeze(network, config, () if origin is None else origin.fresh):
        yield Noticed(note)
    data = yield from read(found, control)
    config, shown = yield from showing(config, data.train.images, spec.input_shape[0], control)
    for notice in (*data.notices, *shown.doubts(origin)):
        yield Noticed(notice)
    network = network.to(device)
    training = Batches(data.train, spec.input_shape, config.batch_size, device, shown.normalisation, shown.augment)
    testing = Batches(data.test, spec.input_shape, config.batch_size, device, shown.normalisation)
    if training.images != len(found.source.train):  # some could not be read
        _check_learns(spec, config, training.images, len(source.class_names))
    if way is None:
        is_roomy = device.type != "cpu" or room >= HOLDS_TRIALS
        measured = worth_measuring(config.batch_size, config.epochs * training.images, is_roomy)
        with memory_kept(room >= KEEPS_BLOCKS):
            way = yield from _told_way(config, network, training.head(measured), control, device)
    state = _first_state(config, network, way, device, len(training))
    config = with_weights(with_spec(config, spec, device, way.precision), weights)
    begun = begun_with(config, data)
    return Prepared(config, data.train.class_names, training, testing, state, room >= KEEPS_BLOCKS, begun)


def _check_learns(spec: ModelSpec, config: TrainConfig, images: int, classes: int) -> None:
    misfit = misfit_in_training(spec, config.batch_size, images, classes)
    if misfit is not None:
        raise misfit[1]


def _told_way(
    config: TrainConfig, network: nn.Module, batch: tuple[Tensor, Tensor], control: Control, device: torch.device
) -> Generator[Preparing | Noticed, None, Way]:
    with stopping(control):
        doubt = doubt_about_output(network, batch[0][:2]) if own_name(config.model) else ""
    choice = yield from _way(config, network, batch, control)
    for note in (doubt, f"Computed with {choice}.", doubt_about(config, device)):
        if note:
            yield Noticed(note)
    return choice.way


def _way(
    config: TrainConfig, network: nn.Module, batch: tuple[Tensor, Tensor], control: Control
) -> Generator[Preparing, None, Choice]:
    way = fixed_way(config.precision, config.way)
    if config.deterministic and way == way.in_order:
        return Choice(way, None)
    make = partial(make_optimizer, config=config, device=batch[0].device)
    if config.way == "auto":
        measuring = fastest_way(network, *batch, make, config.precision, control)
    else:
        measuring = asked_way(network, *batch, make, way, control)
    return (yield from _told(measuring))


def _told(measuring: Steps[Choice]) -> Generator[Preparing, None, Choice]:
    """Return what is chosen, and say what is tried: each kind of step before its first, and a few times a second."""
    told = -math.inf
    with closing(measuring):
        while True:
            try:
                trial = next(measuring)
            except StopIteration as end:
                choice: Choice = end.value
                return choice
            if trial.is_first or time.perf_counter() - told >= _NEWS_SECONDS:
                yield Preparing(f"{_MEASURING}: {trial.what}")
                told = time.perf_counter()


def _first_state(config: TrainConfig, network: nn.Module, way: Way, device: torch.device, steps: int) -> RunState:
    """``steps``: of an epoch."""
    network = network.to(memory_format=way.memory_format)
    return RunState(
        network=network,
        optimizer=make_optimizer(network, config, device),
        learning_rate=learning_rate_of(config, steps),
        way=way,
        order=torch.Generator().manual_seed(config.seed),
        device=device,
    )
