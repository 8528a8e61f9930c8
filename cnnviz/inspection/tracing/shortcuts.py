"""Answers for tensors without data: what the common functions return, without PyTorch's slow Python meta kernels.

Every shortcut either returns what the real function would (shape, dtype, strides, the same object when in place) or
``NotImplemented``; then the real function runs, and raises its own error where it must.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from cnnviz.inspection.tracing import elementwise_shortcuts as elementwise
from cnnviz.inspection.tracing import layer_shortcuts as layers

SHORTCUTS: Mapping[Callable[..., Any], Callable[..., Any]] = {
    functional.conv2d: layers.conv2d,
    functional.linear: layers.linear,
    functional.batch_norm: layers.batch_norm,
    functional.layer_norm: layers.layer_norm,
    functional.relu: elementwise.flagged(0),
    functional.relu6: elementwise.flagged(0),
    functional.silu: elementwise.flagged(0),
    functional.hardswish: elementwise.flagged(0),
    functional.hardsigmoid: elementwise.flagged(0),
    functional.hardtanh: elementwise.flagged(2),
    functional.leaky_relu: elementwise.flagged(1),
    functional.elu: elementwise.flagged(1),
    functional.dropout: elementwise.dropout,
    functional.gelu: elementwise.same,
    torch.relu: elementwise.same,
    torch.relu_: elementwise.in_place,
    torch.sigmoid: elementwise.same,
    torch.tanh: elementwise.same,
    Tensor.relu: elementwise.same,
    Tensor.sigmoid: elementwise.same,
    torch.add: elementwise.arithmetic,
    torch.mul: elementwise.arithmetic,
    torch.sub: elementwise.arithmetic,
    torch.div: elementwise.arithmetic,
    Tensor.add: elementwise.arithmetic,
    Tensor.__add__: elementwise.arithmetic,
    Tensor.mul: elementwise.arithmetic,
    Tensor.__mul__: elementwise.arithmetic,
    Tensor.__rmul__: elementwise.arithmetic,
    Tensor.__radd__: elementwise.arithmetic,
    Tensor.sub: elementwise.arithmetic,
    Tensor.__sub__: elementwise.arithmetic,
    Tensor.div: elementwise.arithmetic,
    Tensor.__truediv__: elementwise.arithmetic,
    torch.clamp: elementwise.clamp,
    Tensor.clamp: elementwise.clamp,
    torch.roll: elementwise.roll,
    Tensor.roll: elementwise.roll,
    functional.normalize: elementwise.normalize,
    Tensor.add_: elementwise.arithmetic_in_place,
    Tensor.__iadd__: elementwise.arithmetic_in_place,
    torch.cat: layers.cat,
    torch.mean: layers.mean,
    Tensor.mean: layers.mean,
    torch.matmul: layers.matmul,
    Tensor.matmul: layers.matmul,
    Tensor.__matmul__: layers.matmul,
    functional.adaptive_avg_pool2d: layers.adaptive_avg_pool2d,
    torch.lstm: layers.recurrent,
    torch.gru: layers.recurrent,
    torch.rnn_tanh: layers.recurrent,
    torch.rnn_relu: layers.recurrent,
    functional.multi_head_attention_forward: layers.multi_head_attention,
}


def shortcut(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what ``function`` would, or ``NotImplemented`` where the real one has to say it."""
    answer = SHORTCUTS.get(function)
    if answer is None:
        return NotImplemented
    try:
        return answer(*args, **kwargs)
    except (TypeError, ValueError, AttributeError, IndexError):  # unusual arguments
        return NotImplemented
