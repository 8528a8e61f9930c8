"""Fifty steps in every way of computing beside fifty plain ones. CNNVIZ_EVERY_NETWORK=1 takes all textbook networks.

Poolings that come first change no bit. Another layout adds up in another order and bfloat16 rounds: how far their
losses may come from plain ones is told by plain steps from weights that are rounded as coarsely, once. Dropout is off
there, which draws in the order in which numbers lie in memory.
"""

from __future__ import annotations

import copy
import os
from contextlib import suppress
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from whole_data import drained

from cnnviz.errors import CnnvizError
from cnnviz.training.calibrate import PLAIN, USUAL
from cnnviz.training.control import Control
from cnnviz.training.data.obtaining import find, measure, read
from cnnviz.training.loss import logits_and_losses
from cnnviz.training.step import Way, train_step
from cnnviz.zoo import ModelSpec, catalog, registry
from cnnviz.zoo.textbook import TEXTBOOK

EVERY = os.environ.get("CNNVIZ_EVERY_NETWORK") == "1"
NETWORKS = [(entry.name, {}) for entry in TEXTBOOK] if EVERY else [("lenet", {}), ("vgg11", {"width_divisor": 8})]
STEPS, BATCH = 50, 8
pytestmark = pytest.mark.usefixtures("one_thread")
ROUNDING = {USUAL: 2.0**-23, replace(USUAL, precision="bf16"): 2.0**-8}
if not EVERY:  # a processor takes hours for float16 in the large ones
    ROUNDING[replace(USUAL, precision="fp16")] = 2.0**-11
TIMES, LEAST = 10.0, 1e-6  # as far as weights rounded once come; nats
POOL_FIRST = [replace(each, pool_first=True) for each in (PLAIN, USUAL, replace(USUAL, precision="bf16"))]


def small(name: str, options: dict[str, object]) -> ModelSpec:
    """Return the network for the smallest pictures that it can be trained with."""
    entry = catalog.find(name)
    for size in (28, 32, 64, 96):
        with suppress(CnnvizError, RuntimeError):
            spec = catalog.resolve(name, options, (entry.input_shape[0], size, size))
            made = registry.build(spec)
            logits_and_losses(made(torch.zeros(BATCH, *spec.input_shape)), torch.zeros(BATCH, dtype=torch.int64))
            return spec
    return catalog.resolve(name, options, entry.input_shape)


def pictures(spec: ModelSpec) -> tuple[Tensor, Tensor]:
    control = Control()
    source = drained(find("fashion-mnist-sample", control))[1].limited(STEPS * BATCH)
    data = drained(read(drained(measure(source, 28, None, control))[1], control))[1].train
    images = torch.from_numpy(data.images.copy()).float() / 255
    images = interpolate(images, spec.input_shape[1:], mode="bilinear").expand(-1, spec.input_shape[0], -1, -1)
    return images, torch.from_numpy(data.labels)


def losses(network: nn.Module, data: tuple[Tensor, Tensor], way: Way) -> Tensor:
    """Train a copy for fifty steps."""
    trial = copy.deepcopy(network).to(memory_format=way.memory_format).train()
    optimizer = torch.optim.SGD(trial.parameters(), 0.002, momentum=0.9)
    torch.manual_seed(1)
    batches = zip(*(torch.split(each, BATCH) for each in data), strict=True)
    scaler = way.scaler(torch.device("cpu"))
    return torch.stack([train_step(trial, optimizer, scaler, *batch, way)[0] for batch in batches])


@pytest.mark.parametrize(("name", "options"), NETWORKS)
def test_every_way_comes_to_the_losses_of_plain_steps(name: str, options: dict[str, object]) -> None:
    torch.manual_seed(0)
    spec = small(name, options)
    network, data = registry.build(spec), pictures(spec)
    for module in network.modules():  # so that a deep one learns from the first step, and distances grow
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
    for way in POOL_FIRST:
        assert torch.equal(losses(network, data, way), losses(network, data, way.in_order)), way
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    plain = losses(network, data, PLAIN)
    for way, rounding in ROUNDING.items():
        distance = far(losses(network, data, way), plain)
        allowed = TIMES * far(losses(rounded(network, rounding), data, PLAIN), plain) + LEAST
        print(
            f"{name} at {spec.input_shape}, {way}: {distance:.2g} nats from {float(plain.mean()):.3f}, of {allowed:.2g}"
        )
        assert distance < allowed, way


def rounded(network: nn.Module, rounding: float) -> nn.Module:
    """Return a copy whose weights differ by so much of themselves, up or down."""
    other = copy.deepcopy(network)
    with torch.no_grad():
        for weight in other.parameters():
            weight.mul_(1 + rounding * torch.randn_like(weight).sign())
    return other


def far(some: Tensor, others: Tensor) -> float:
    return float((some - others).abs().mean())
