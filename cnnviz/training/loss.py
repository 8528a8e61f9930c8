"""The loss that training lowers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

_AUXILIARY_WEIGHT = 0.3  # Szegedy et al., arXiv:1409.4842, section 5: heads that only training listens to


def logits_and_loss(output: object, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return the logits (N, classes) and the mean cross entropy in nats; auxiliary heads count 0.3 each."""
    heads = [output] if isinstance(output, Tensor) else [head for head in _heads(output) if head is not None]
    losses = [cross_entropy(head.float(), labels) for head in heads]
    return heads[0], losses[0] + _AUXILIARY_WEIGHT * sum(losses[1:], torch.zeros_like(losses[0]))


def _heads(output: object) -> tuple[Tensor | None, ...]:
    """GoogLeNet and Inception return a named tuple in training: logits first, then auxiliary logits or None."""
    assert isinstance(output, tuple)
    return output
