"""Networks that differentiate while they run: energies to forces, saliency inside of forward, hooks on gradients."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

_ASKS = re.compile(r"requires?(_grad=| grad)|grad_fn")


def wants_gradients(message: str) -> bool:
    """Return True where a run that recorded no gradients failed for want of them."""
    return _ASKS.search(message) is not None


@contextmanager
def gradients(recorded: bool) -> Iterator[None]:
    """Inside, gradients are recorded, or not. Afterwards every parameter there is has the gradient that it had."""
    alive = [each for each in gc.get_objects() if issubclass(type(each), nn.Parameter)] if recorded else []
    before = [(each, each.grad) for each in alive]
    try:
        with torch.set_grad_enabled(recorded):
            yield
    finally:
        for parameter, gradient in before:
            parameter.grad = gradient
