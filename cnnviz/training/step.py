"""One step of training and one batch of testing, in the layout and precision that were chosen."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.nn.functional import cross_entropy

from cnnviz.training.config import Precision
from cnnviz.training.isolation import allow_tf32
from cnnviz.training.loss import logits_and_losses
from cnnviz.training.pool_first import PoolFirst
from cnnviz.training.recorded import Recorded

_HALVES = {"bf16": torch.bfloat16, "fp16": torch.float16}  # by autocast


@dataclass(frozen=True, slots=True)
class Way:
    """How to compute. None of it changes what is computed, beyond rounding."""

    channels_last: bool  # memory order N, H, W, C
    precision: Precision = "fp32"  # of convolutions and matrix products; weights are float32
    pool_first: bool = False  # a max pooling before the ReLU that it reads
    graph: bool = False  # the passes of a training step as CUDA graphs

    @property
    def memory_format(self) -> torch.memory_format:
        """Return torch's name for the layout."""
        return torch.channels_last if self.channels_last else torch.contiguous_format

    @property
    def in_order(self) -> Way:
        """The same with every layer in its place: what they return can be looked at."""
        return replace(self, pool_first=False, graph=False)

    def learner(self, network: nn.Module) -> nn.Module:
        """Return what to call for ``network`` in training."""
        return Recorded(network) if self.graph else network

    def __str__(self) -> str:
        precision = [] if self.precision == "fp32" else [self.precision]
        said = ["channels_last"] * self.channels_last + precision + ["pooling before ReLU"] * self.pool_first
        said += ["CUDA graph"] * self.graph
        return " + ".join(said) or "plain float32"

    def scaler(self, device: torch.device) -> GradScaler:
        """Return what scales losses, so that small gradients are not 0 in float16; elsewhere it does nothing."""
        return GradScaler(device.type, enabled=self.precision == "fp16")


def train_step(
    network: nn.Module, optimizer: torch.optim.Optimizer, scaler: GradScaler, images: Tensor, labels: Tensor, way: Way
) -> tuple[Tensor, Tensor]:
    """Update the weights once; return what ``find_gradients`` does."""
    found = find_gradients(network, optimizer, scaler, images, labels, way)
    scaler.step(optimizer)
    scaler.update()
    return found


def find_gradients(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: GradScaler,
    images: Tensor,
    labels: Tensor,
    way: Way,
    smoothing: float = 0.0,
    part: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Leave the gradients with the weights; return the plain loss (mean, nats) and how many were right, on the device.

    Args:
        scaler: of the losses; the gradients are those of the loss itself.
        smoothing: of the labels, for the gradients.
        part: compute so many pictures at a time, and add up their gradients; None: all at once.
    """
    if part is not None and part < len(labels):
        found = _add_up_gradients(network, optimizer, scaler, images, labels, way, part, smoothing)
    else:
        logits, loss, lowered = logits_and_losses(forward(network, images, way), labels, smoothing)
        optimizer.zero_grad(set_to_none=True)
        scaler.scale(lowered).backward()  # type: ignore[no-untyped-call]  # untyped in torch
        found = loss.detach(), _right(logits.detach(), labels)
    scaler.unscale_(optimizer)
    return found


def _add_up_gradients(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: GradScaler,
    images: Tensor,
    labels: Tensor,
    way: Way,
    part: int,
    smoothing: float,
) -> tuple[Tensor, Tensor]:
    optimizer.zero_grad(set_to_none=True)
    losses, right = [], []
    for some, their_labels in zip(torch.split(images, part), torch.split(labels, part), strict=True):
        logits, loss, lowered = logits_and_losses(forward(network, some, way), their_labels, smoothing)
        share = len(their_labels) / len(labels)
        scaler.scale(lowered * share).backward()  # type: ignore[no-untyped-call]  # untyped in torch
        losses.append(loss.detach() * share)
        right.append(_right(logits.detach(), their_labels))
    return torch.stack(losses).sum(), torch.stack(right).sum()


def evaluate_batch(network: nn.Module, images: Tensor, labels: Tensor, way: Way) -> Tensor:
    """Return each picture's loss in nats and the class it was taken for, float32 (2, N), left on the device."""
    with torch.no_grad():
        logits = forward(network, images, way)
        assert isinstance(logits, Tensor)
        logits = logits.detach().float()  # a network may have let gradients be found after all
        return torch.stack((cross_entropy(logits, labels, reduction="none"), logits.argmax(1).float()))


def forward(network: nn.Module, images: Tensor, way: Way) -> object:
    """Return what the network makes of the pictures."""
    images = images.contiguous(memory_format=way.memory_format)
    if images.device.type == "cuda":
        allow_tf32(way.precision == "tf32")
    order = PoolFirst() if way.pool_first else nullcontext()
    half = _HALVES.get(way.precision)
    # A graph reads weights anew at each launch, so that their rounded copies may not be another call's.
    with torch.autocast(images.device.type, half, enabled=half is not None, cache_enabled=not way.graph), order:
        return network(images)


def _right(logits: Tensor, labels: Tensor) -> Tensor:
    return (logits.argmax(1) == labels).sum()
