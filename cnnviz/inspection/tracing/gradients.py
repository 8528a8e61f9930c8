"""Networks that differentiate while they run: energies to forces, saliency inside of forward, hooks on gradients."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from cnnviz.inspection.tracing.within_reach import within_reach

_ASKS = re.compile(r"requires?(_grad=| grad)|grad_fn")


def wants_gradients(message: str) -> bool:
    """Return True where a run that recorded no gradients failed for want of them."""
    return _ASKS.search(message) is not None


@contextmanager
def gradients(model: nn.Module, recorded: bool) -> Iterator[None]:
    """Inside, gradients are recorded, or not. Afterwards every parameter that ``model`` reaches has its own again."""
    reached = [each for _name, each in within_reach(model) if isinstance(each, nn.Parameter)] if recorded else []
    before = [(each, each.grad) for each in reached]
    try:
        with torch.set_grad_enabled(recorded):
            yield
    finally:
        for parameter, gradient in before:
            parameter.grad = gradient
