"""Losses and hits of every step, kept on the device and fetched some twenty times a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from cnnviz.training.control import Control

FLUSH_SECONDS = 0.05
_Batch = TypeVar("_Batch")
_CAPACITY = 1024  # steps between two flushes


class Clock:
    """Seconds since it was made, pauses left out, and those that went before."""

    def __init__(self, before: float = 0.0) -> None:
        self._start = time.perf_counter() - before

    def now(self) -> float:
        """Return the seconds."""
        return time.perf_counter() - self._start

    def hold(self, control: Control) -> None:
        """Stand still while ``control`` is paused."""
        before = self.now()
        control.wait_while_paused()
        self._start += self.now() - before


@dataclass(frozen=True, slots=True)
class Readings:
    """What a run of consecutive steps came to."""

    losses: tuple[float, ...]  # mean over each batch, nats
    right: tuple[int, ...]
    images: tuple[int, ...]  # in each batch
    seconds: float

    @property
    def accuracies(self) -> tuple[float, ...]:
        """Share of each batch that was right, 0..1."""
        return tuple(right / images for right, images in zip(self.right, self.images, strict=True))

    @property
    def images_per_second(self) -> float:
        """Return how fast they were."""
        return sum(self.images) / max(self.seconds, 1e-9)


@dataclass(slots=True)
class Totals:
    """Sums over the training part of an epoch."""

    loss: float = 0.0
    right: int = 0
    images: int = 0

    def add(self, readings: Readings) -> None:
        """Count these steps in."""
        self.loss += sum(loss * count for loss, count in zip(readings.losses, readings.images, strict=True))
        self.right += sum(readings.right)
        self.images += sum(readings.images)


class Meter:
    """Collects steps without waiting for the device.

    On CUDA a flush only asks for a copy to pinned memory; ``collect`` returns it once it has arrived.
    """

    def __init__(self, device: torch.device, clock: Clock) -> None:
        self._device = device
        self._cuda = device.type == "cuda"
        self._clock = clock
        self._device_side = torch.zeros(2, _CAPACITY, device=device)
        self._host_side = torch.zeros(2, _CAPACITY, pin_memory=self._cuda)
        self._arrival: torch.cuda.Event | None = None
        self._arriving: tuple[int, ...] = ()  # images of the steps that are being copied
        self._images: list[int] = []  # images of the steps that still lie on the device
        self._asked = self._told = clock.now()
        self.waited = 0.0  # seconds for pictures, in this epoch

    def waiting_for(self, batches: Iterator[_Batch]) -> Iterator[_Batch]:
        """Yield ``batches``, and add up how long they took to come."""
        begin = time.perf_counter()
        for batch in batches:
            self.waited += time.perf_counter() - begin
            yield batch
            begin = time.perf_counter()

    def restart(self, waited: float = 0.0) -> None:
        """Measure speed from here: what came before was no training, or another run's part of this epoch.

        Args:
            waited: seconds for pictures, in that part.
        """
        self.waited = waited
        self._asked = self._told = self._clock.now()

    def add(self, loss: Tensor, right: Tensor, images: int) -> None:
        """Note one step; neither tensor is read yet."""
        at = len(self._images)
        self._device_side[0, at] = loss
        self._device_side[1, at] = right
        self._images.append(images)

    def collect(self, wait: bool = False) -> Readings | None:
        """Return the oldest steps not yet told, when it is time and they are here; None otherwise.

        Args:
            wait: for everything, now: at the end of an epoch, before a pause.
        """
        full = len(self._images) == _CAPACITY
        if self._arriving and (wait or full or self._has_arrived()):
            return self._tell()
        if self._images and not self._arriving and (wait or full or self._clock.now() - self._asked >= FLUSH_SECONDS):
            self._ask()
            if wait or not self._cuda:
                return self._tell()
        return None

    def _ask(self) -> None:
        count = len(self._images)
        self._host_side[:, :count].copy_(self._device_side[:, :count], non_blocking=self._cuda)
        if self._cuda:
            self._arrival = torch.cuda.Event()  # type: ignore[no-untyped-call]  # untyped in torch
            self._arrival.record(torch.cuda.current_stream(self._device))
        self._arriving, self._images = tuple(self._images), []
        self._asked = self._clock.now()

    def _has_arrived(self) -> bool:
        return self._arrival is None or bool(self._arrival.query())  # type: ignore[no-untyped-call]  # untyped in torch

    def _tell(self) -> Readings:
        if self._arrival is not None:
            self._arrival.synchronize()
        losses, right = self._host_side[:, : len(self._arriving)].tolist()
        images, self._arriving = self._arriving, ()
        before, self._told = self._told, self._clock.now()
        return Readings(tuple(losses), tuple(map(int, right)), images, self._told - before)


def look_at_each_loss(device: torch.device) -> bool:
    """Return whether a loss costs nothing to look at: then a step that would spoil the weights is not made."""
    return device.type == "cpu"
