"""The loss that training lowers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from cnnviz import units
from cnnviz.errors import CnnvizError

_AUXILIARY_WEIGHT = 0.3  # Szegedy et al., arXiv:1409.4842, section 5: heads that only training listens to


def logits_and_loss(output: object, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return the logits (N, classes) and the mean cross entropy in nats; auxiliary heads count 0.3 each.

    Raises:
        CnnvizError: the network returns something else in training.
    """
    heads = [output] if isinstance(output, Tensor) else _heads(output)
    if not heads or any(not isinstance(head, Tensor) or head.shape[:-1] != labels.shape for head in heads):
        what = ", ".join(map(_what, heads)) or type(output).__name__
        given = units.counted(len(labels), "picture")
        message = f"In training, the network returns {what} for {given}, no logits (N, classes)."
        raise CnnvizError(
            message, "Let it return a number for each class and picture, or a tuple that begins with them."
        )
    losses = [cross_entropy(head.float(), labels) for head in heads]
    return heads[0], losses[0] + _AUXILIARY_WEIGHT * sum(losses[1:], torch.zeros_like(losses[0]))


def _heads(output: object) -> list[Tensor]:
    """GoogLeNet and Inception return a named tuple in training: logits first, then auxiliary logits or None."""
    return [head for head in output if head is not None] if isinstance(output, tuple) else []


def _what(head: object) -> str:
    return str(tuple(head.shape)) if isinstance(head, Tensor) else type(head).__name__
