"""The network, made to fit the data."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.inspection.examples import example_for
from cnnviz.inspection.tracer import with_working_input
from cnnviz.training.config import Precision, TrainConfig
from cnnviz.training.data.reading_files import Measured
from cnnviz.training.network_arrays import load_arrays
from cnnviz.training.own_attributes import attributes_kept
from cnnviz.zoo import catalog, registry
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.own.own_names import own_name


def input_size(config: TrainConfig) -> int:
    """Return the pixels, height and width, that the network will see.

    Raises:
        CnnvizError: there is no such architecture or option, a file of the user's fails, it takes no pictures, or it
            does not tell classes apart.
    """
    _check_task(config)
    shape = _meant(config).input_shape
    if len(shape) != 3:
        message = f"{catalog.find(config.model).title} takes inputs of {units.shape(shape)}, no pictures."
        raise CnnvizError(message, "Training needs a network whose input is C × H × W.")
    return config.resize or shape[1]


def input_channels(config: TrainConfig) -> int | None:
    """Return the channels that the network insists on; None where it takes what the data have."""
    option = catalog.find(config.model).option("in_channels")
    if option is None:
        return _meant(config).input_shape[0]
    given = config.options.get("in_channels")
    return None if given is None else int(option.check(given))


def spec_for(config: TrainConfig, found: Measured) -> ModelSpec:
    """Return the network that ``config`` asks for, with channels and classes of ``found`` where it leaves them open.

    Raises:
        CnnvizError: it asks for other channels or another number of classes than the data have.
    """
    size = input_size(config)
    data, own = found.source, found.shape[0]
    channels = input_channels(config) or own
    if own not in (1, channels):
        hint = f"Set in_channels to {own}."
        raise CnnvizError(f"{data.title} has {units.counted(own, 'channel')}, the network takes {channels}.", hint)
    classes = len(data.class_names)
    architecture = catalog.find(config.model)
    open_classes = {"num_classes": classes} if architecture.option("num_classes") is not None else {}
    spec = catalog.resolve(config.model, {**open_classes, **config.options}, (channels, size, size))
    if open_classes and spec.num_classes != classes:
        meant = units.counted(spec.num_classes, "class")
        message = f"{architecture.title} is set to {meant}, but {data.title} has {classes}."
        raise CnnvizError(message, f"Set the classes (num_classes) to {classes}.")
    return spec


def build_network(
    spec: ModelSpec, config: TrainConfig, initial_state: Mapping[str, np.ndarray] | None, classes: int | None = None
) -> nn.Module:
    """Return the network with its initial weights, on the CPU, tried once on an empty picture.

    Args:
        spec: what to build.
        config: says how weights begin.
        initial_state: a state_dict as arrays to begin with; None or empty: fresh random weights.
        classes: how many logits it must return; None: what ``spec`` says.

    Raises:
        CnnvizError: it cannot take pictures of this size, or ``initial_state`` belongs to another network.
    """
    title = catalog.find(spec.name).title
    try:
        network = registry.build(spec)
        _check_no_script(network, title)
        _initialise(network, config)
        _try_once(network, spec, classes or spec.num_classes)
    except (RuntimeError, ValueError, AssertionError, IndexError, ZeroDivisionError) as error:
        if "memory" in str(error):
            raise
        height, width = spec.input_shape[1:]
        usual = _meant(config).input_shape[1]
        message = f"{title} cannot work on pictures of {height}×{width} pixels: {str(error).splitlines()[0]}"
        hint = f"Choose another resize; {usual} is its own."
        if own_name(spec.name) is not None and usual == height:  # then its file may well be what is wrong
            hint = "Mend its file, or choose another resize."
        raise CnnvizError(message, hint) from error
    if initial_state:
        _load(network, initial_state, title)
    return network


def _tried(network: nn.Module, images: Tensor) -> object:
    buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
    cards = [images.device] if images.device.type == "cuda" else []
    with torch.no_grad(), attributes_kept(network), torch.random.fork_rng(cards):
        return functional_call(network, buffers, (images,))


def doubt_about_output(network: nn.Module, images: Tensor) -> str:
    """Return what is wrong where the network returns probabilities, which cross entropy takes for logits; "": nothing.

    The network and the random numbers of torch stay as they were.

    Args:
        images: float32 (N, C, H, W), on the network's device.
    """
    training, output = [module for module in network.modules() if module.training], None
    network.eval()
    with suppress(Exception):  # what fails is told of where it is needed
        output = _tried(network, images)
    for module in training:
        module.training = True
    if not isinstance(output, Tensor) or not output.is_floating_point() or output.dim() != 2 or output.shape[1] < 2:
        return ""
    if bool((output < 0).any()):
        return ""
    sums = output.float().sum(1)
    if not torch.allclose(sums, torch.ones_like(sums), atol=0.01):
        return ""
    why = "The network returns probabilities, and the loss applies softmax to them once more"
    return f"{why}: gradients are flat, and the loss cannot fall to 0. Return the logits instead."


def with_spec(config: TrainConfig, spec: ModelSpec, device: torch.device, precision: Precision) -> TrainConfig:
    """Return ``config`` with everything that was left open decided."""
    return replace(
        config,
        model=spec.name,
        options=dict(spec.options),
        resize=spec.input_shape[1],
        device=str(device),
        precision=precision,
    )


def _initialise(network: nn.Module, config: TrainConfig) -> None:
    """Glorot and Bengio, 2010, equation 16; He et al., arXiv:1502.01852, equation 10, as a uniform distribution."""
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            if config.init == "xavier":
                nn.init.xavier_uniform_(module.weight)
            elif config.init == "kaiming":
                nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")


def _check_task(config: TrainConfig) -> None:
    architecture = catalog.find(config.model)
    if architecture.task != "classification":
        message = f"{architecture.title} is a network for {architecture.task}; cnnviz trains classification."
        raise CnnvizError(message, "Pick a network that returns one number for each class.")


def _meant(config: TrainConfig) -> ModelSpec:
    """Return the network at the input that it is meant for."""
    return with_working_input(catalog.resolve(config.model, config.options))


def _try_once(network: nn.Module, spec: ModelSpec, classes: int | None) -> None:
    _check_one_input(network, spec)
    network.eval()
    with torch.no_grad():
        output = network(torch.zeros(1, *spec.input_shape))
    network.train()
    if not isinstance(output, Tensor) or output.shape != (1, classes):
        message = f"{catalog.find(spec.name).title} returns {_what(output)} for one picture, no logits (1, {classes})."
        raise CnnvizError(message, f"Let its last layer return {classes} numbers for each picture.")


def scripted(network: nn.Module) -> str | None:
    """Return the path of a part that was compiled by ``torch.jit``; None where none was."""
    return next((path for path, part in network.named_modules() if isinstance(part, torch.jit.ScriptModule)), None)


def _check_no_script(network: nn.Module, title: str) -> None:
    if (path := scripted(network)) is not None:
        message = f"{path or 'The whole'} of {title} is TorchScript, which training can neither copy nor look into."
        raise CnnvizError(message, "Take torch.jit out of its file: the plain module computes the same.")


def _check_one_input(network: nn.Module, spec: ModelSpec) -> None:
    example = example_for(network, spec.inputs, 1, spec.dtypes)
    count = len(example.args) + len(example.kwargs)
    if count > 1 or example.kwargs:
        takes = f"takes {count} inputs" if count > 1 else "takes its input by name"
        message = f"{catalog.find(spec.name).title} {takes}; training gives it one picture."
        raise CnnvizError(message, "Let forward take a picture and nothing else.")


def _what(output: object) -> str:
    return str(tuple(output.shape)) if isinstance(output, Tensor) else type(output).__name__


def _load(network: nn.Module, state: Mapping[str, np.ndarray], title: str) -> None:
    try:
        load_arrays(network, state)
    except RuntimeError as error:
        hint = "Choose weights that were trained with the same options and classes."
        raise CnnvizError(f"The weights to start from do not fit {title}.", hint) from error
