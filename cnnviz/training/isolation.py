"""A run has torch's global switches to itself while it computes; between two events they are the caller's again."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from cnnviz.foreign.guard import foreign_code

_Item = TypeVar("_Item")
_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"  # cuBLAS is deterministic only with this set to ":4096:8"


@dataclass(frozen=True, slots=True)
class _Switches:
    """Every process-wide setting of torch that a run changes."""

    cpu_random: Tensor
    device_random: Tensor | None
    deterministic: bool
    warn_only: bool
    benchmark: bool
    workspace: str | None

    @classmethod
    def current(cls, device: torch.device) -> _Switches:
        return cls(
            torch.get_rng_state(),
            device_random(device),
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
            torch.backends.cudnn.benchmark,
            os.environ.get(_WORKSPACE),
        )

    def restore(self, device: torch.device) -> None:
        torch.set_rng_state(self.cpu_random)
        if self.device_random is not None:
            set_device_random(device, self.device_random)
        torch.use_deterministic_algorithms(self.deterministic, warn_only=self.warn_only)
        torch.backends.cudnn.benchmark = self.benchmark
        if self.workspace is None:
            os.environ.pop(_WORKSPACE, None)
        else:
            os.environ[_WORKSPACE] = self.workspace


def isolated(
    items: Generator[_Item, None, None], device: torch.device, seed: int, deterministic: bool
) -> Generator[_Item, None, None]:
    """Yield ``items``; whatever makes them sees its own random numbers, seeded with ``seed``, and its own switches."""
    own: _Switches | None = None
    try:
        while True:
            callers = _Switches.current(device)
            try:
                if own is None:
                    _begin(device, seed, deterministic)
                else:
                    own.restore(device)
                with foreign_code():
                    item = next(items)
                own = _Switches.current(device)
            except StopIteration:
                return
            finally:
                callers.restore(device)
            yield item
    finally:
        items.close()


def _begin(device: torch.device, seed: int, deterministic: bool) -> None:
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
    torch.backends.cudnn.benchmark = not deterministic
    if deterministic:
        os.environ[_WORKSPACE] = ":4096:8"
    torch.use_deterministic_algorithms(deterministic)


def device_random(device: torch.device) -> Tensor | None:
    """Return the state of the device's own random numbers; None for the CPU, which has no others."""
    if device.type == "cuda":
        return torch.cuda.get_rng_state(device)
    return torch.mps.get_rng_state() if device.type == "mps" else None


def set_device_random(device: torch.device, state: Tensor) -> None:
    """Set the device's own random numbers to where ``device_random`` found them."""
    if device.type == "cuda":
        torch.cuda.set_rng_state(state, device)
    else:
        torch.mps.set_rng_state(state)
