"""The loss that training lowers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from cnnviz import units
from cnnviz.errors import CnnvizError

_AUXILIARY_WEIGHT = 0.3  # Szegedy et al., arXiv:1409.4842, section 5: heads that only training listens to


def logits_and_losses(output: object, labels: Tensor, smoothing: float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
    """Return the logits (N, classes), the mean cross entropy in nats, and what is to be lowered.

    The loss is that of the labels and the logits, as a test's is. What is lowered counts auxiliary heads too, 0.3 each,
    and smooths labels where it is asked to (Szegedy et al., arXiv:1512.00567, section 7).

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
    logits, *others = heads
    plain = cross_entropy(logits.float(), labels)
    if not others and smoothing == 0:
        return logits, plain, plain
    lowered, *helping = [cross_entropy(head.float(), labels, label_smoothing=smoothing) for head in heads]
    lowered = lowered + _AUXILIARY_WEIGHT * sum(helping, torch.zeros_like(lowered))
    return logits, torch.where(lowered.isfinite(), plain, lowered), lowered  # what is no number shows, whosever it is


def _heads(output: object) -> list[Tensor]:
    """GoogLeNet and Inception return a named tuple in training: logits first, then auxiliary logits or None."""
    return [head for head in output if head is not None] if isinstance(output, tuple) else []


def _what(head: object) -> str:
    return str(tuple(head.shape)) if isinstance(head, Tensor) else type(head).__name__
