"""A run has torch's global switches to itself while it computes; between two events they are the caller's again."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from cnnviz.foreign.guard import foreign_code
from cnnviz.training.other_random import others_seeded

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
    tf32: tuple[bool, bool]  # in matrix products, in convolutions
    workspace: str | None

    @classmethod
    def current(cls, device: torch.device) -> _Switches:
        return cls(
            torch.get_rng_state(),
            device_random(device),
            *_determinism(),
            torch.backends.cudnn.benchmark,
            tf32_allowed(),
            os.environ.get(_WORKSPACE),
        )

    def restore(self, device: torch.device) -> None:
        torch.set_rng_state(self.cpu_random)
        if self.device_random is not None:
            set_device_random(device, self.device_random)
        if (self.deterministic, self.warn_only) != _determinism():  # asking for it imports a compiler
            torch.use_deterministic_algorithms(self.deterministic, warn_only=self.warn_only)
        torch.backends.cudnn.benchmark = self.benchmark
        if self.tf32 != tf32_allowed():
            allow_tf32(*self.tf32)
        if self.workspace is None:
            os.environ.pop(_WORKSPACE, None)
        else:
            os.environ[_WORKSPACE] = self.workspace


class _Turn:
    """When a run computes: the switches are the process's, so that of several runs one at a time has them."""

    def __init__(self, device: torch.device, seed: int, deterministic: bool) -> None:
        self._device, self._seed, self._deterministic = device, seed, deterministic
        self._own: _Switches | None = None
        self._callers: _Switches | None = None

    def begin(self) -> None:
        """Wait until no other run computes, and set the run's own switches."""
        _one_at_a_time.acquire()
        try:
            self._callers, _here.turn = _Switches.current(self._device), self
            if self._own is None:
                _begin(self._device, self._seed, self._deterministic)
            else:
                self._own.restore(self._device)
        except BaseException:  # a device that is lost
            self.end()
            raise

    def end(self) -> None:
        """Set the caller's switches again, and let others compute."""
        _here.turn = None
        try:
            self._own = _Switches.current(self._device)
            if self._callers is not None:
                self._callers.restore(self._device)
        finally:
            _one_at_a_time.release()


_one_at_a_time = threading.Lock()
_here = threading.local()  # turn: of the run that computes in this thread; None: of none


@contextmanager
def set_aside() -> Iterator[None]:
    """Inside, what ``isolated`` gives a run is the caller's again: a run that waits keeps no other from computing."""
    turn: _Turn | None = getattr(_here, "turn", None)
    if turn is None:
        yield
        return
    turn.end()
    try:
        yield
    finally:
        turn.begin()


def isolated(
    items: Generator[_Item, None, None], device: torch.device, seed: int, deterministic: bool
) -> Generator[_Item, None, None]:
    """Yield ``items``; whatever makes them sees its own random numbers, seeded with ``seed``, and its own switches."""
    turn = _Turn(device, seed, deterministic)
    with closing(items), others_seeded(seed):
        while True:
            turn.begin()
            try:
                with foreign_code():
                    item = next(items)
            except StopIteration:
                return
            finally:
                turn.end()
            yield item


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
    if (deterministic, False) != _determinism():
        torch.use_deterministic_algorithms(deterministic)


def _determinism() -> tuple[bool, bool]:
    """Return whether it is asked for, and whether what has no such algorithm is only warned of."""
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def allow_tf32(products: bool, convolutions: bool | None = None) -> None:
    """Let GPUs round what they multiply to TensorFloat-32; convolutions as ``products`` unless that is said."""
    # These set the newer switches, ``fp32_precision``, too. Who mixes both kinds is refused by torch.
    torch.backends.cuda.matmul.allow_tf32 = products
    torch.backends.cudnn.allow_tf32 = products if convolutions is None else convolutions


def tf32_allowed() -> tuple[bool, bool]:
    """Return whether it is in matrix products, and in convolutions."""
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    if hasattr(convolutions, "conv"):  # since torch 2.9; the older switches cannot be read once these were set
        return products.fp32_precision == "tf32", convolutions.conv.fp32_precision == "tf32"
    return products.allow_tf32, convolutions.allow_tf32


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
