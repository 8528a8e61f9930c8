"""Multiply-adds of one operation, as small pure functions of shapes.

Convolutions and linear layers are counted where Python calls them, every other function by its operators. 1 MAC = 1
multiply-add; bias, normalisation, pooling and elementwise work are no MACs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import prod
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.inspection.call import Shape


def convolution(weight: Shape, output: Shape) -> int:
    """Each output element reads one kernel: (N, C', …) × (C/groups · k…); weight is (C', C/groups, k…)."""
    return prod(output) * prod(weight[1:])


def transposed_convolution(weight: Shape, data: Shape) -> int:
    """Each input element writes one kernel: (N, C, …) × (C'/groups · k…); weight is (C, C'/groups, k…)."""
    return prod(data) * prod(weight[1:])


def linear(weight: Shape, output: Shape) -> int:
    """Each output element reads one row: (…, F') × F; weight is (F', F)."""
    return prod(output) * weight[-1]


def matrix_product(left: Shape, output: Shape) -> int:
    """(…, n, k) @ (…, k, m): n · m outputs of k multiply-adds, in each matrix of the batch."""
    return prod(output) * left[-1]


def batch_of_products(left: Shape, right: Shape) -> int:
    """Σ (b, n, k) @ (b, k, m) over the batch: b · n · k · m."""
    return prod(left) * right[-1]


def attention(query: Shape, key: Shape, value: Shape) -> int:
    """softmax(Q Kᵀ) V: (…, L, E), (…, S, E), (…, S, V): L·S·E for the scores and L·S·V for the mean of the values."""
    return prod(query[:-1]) * key[-2] * (query[-1] + value[-1])


def multi_head_attention(query: Shape, key: Shape) -> int:
    """Vaswani et al., arXiv:1706.03762, section 3.2.2, of (L, N, E) that looks at (S, N, E).

    E·E for each position in the projections of Q, K, V and of the output; in all heads together L·S·E for the scores
    and as many for the means.
    """
    (length, batch, features), positions = query, key[0]
    return batch * features * (2 * (length + positions) * features + 2 * length * positions)


def recurrent(data: Shape, weights: Sequence[Shape]) -> int:
    """Every position of (…, F) multiplies what comes in and the last state by all matrices; biases are no MACs."""
    return prod(data[:-1]) * sum(prod(weight) for weight in weights if len(weight) == 2)


_BY_WEIGHT: Mapping[Callable[..., Any], Callable[[Shape, Shape], int]] = {
    functional.conv1d: convolution,
    functional.conv2d: convolution,
    functional.conv3d: convolution,
    functional.linear: linear,
}


def by_weight(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> int | None:
    """Return the MACs of a convolution or linear layer that has returned ``out``; None of any other function."""
    formula = _BY_WEIGHT.get(function)
    weight = args[1] if len(args) > 1 else kwargs.get("weight")
    return None if formula is None or weight is None else formula(weight.shape, out.shape)


def of_shortcut(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> int:
    """Return the MACs of a function that a shortcut has answered for with ``out``."""
    if function is functional.multi_head_attention_forward:
        query, key = args[:2]
        return multi_head_attention(query.shape, key.shape)
    if function in _RECURRENT:
        return recurrent(args[0].shape, [each.shape for each in args[2]])
    if function in _PRODUCTS:
        return matrix_product(args[0].shape, out.shape)
    return by_weight(function, args, kwargs, out) or 0


_RECURRENT = (torch.lstm, torch.gru, torch.rnn_tanh, torch.rnn_relu)
_PRODUCTS = (torch.matmul, Tensor.matmul, Tensor.__matmul__)


_LAYERS = "torch.nn.modules"
# Functions without multiply-adds that are called often: they need not be watched.
FREE: frozenset[Callable[..., Any]] = frozenset(
    {
        functional.batch_norm, functional.layer_norm, functional.group_norm, functional.local_response_norm,
        functional.relu, torch.relu, torch.relu_, functional.relu6, functional.silu, functional.gelu, functional.elu,
        functional.leaky_relu, functional.hardswish, functional.hardsigmoid, functional.hardtanh, functional.softmax,
        functional.log_softmax, torch.sigmoid, torch.tanh, torch.softmax, functional.max_pool2d,
        functional.avg_pool2d, functional.adaptive_avg_pool2d, functional.adaptive_max_pool2d, functional.pad,
        functional.interpolate, torch.flatten, torch.cat, torch.add, torch.mul, torch.mean, torch.permute,
        torch.transpose, torch.reshape, torch.chunk, torch.split, torch.roll,
        Tensor.add, Tensor.add_, Tensor.__add__, Tensor.__iadd__, Tensor.__radd__, Tensor.mul, Tensor.__mul__,
        Tensor.__rmul__, Tensor.sub, Tensor.__sub__, Tensor.div, Tensor.__truediv__, Tensor.view, Tensor.reshape,
        Tensor.flatten, Tensor.permute, Tensor.transpose, Tensor.mean, Tensor.contiguous, Tensor.relu, Tensor.sigmoid,
        Tensor.chunk, Tensor.split, Tensor.__getitem__, Tensor.expand, Tensor.unsqueeze, Tensor.squeeze, Tensor.size,
        Tensor.dim, Tensor.softmax,
    }
)  # fmt: skip


def kind_of(module: nn.Module) -> str:
    """Return the name of a module's class; of one that computes as a layer of ``torch.nn`` does, that layer's."""
    kind = type(module)
    if kind.__module__.startswith(_LAYERS) or not is_atom(module):
        return kind.__name__
    return next(each.__name__ for each in kind.__mro__ if each.__module__.startswith(_LAYERS))


def is_atom(module: nn.Module) -> bool:
    """True for a layer of ``torch.nn`` that is shown as one row: its inner functions are not rows of their own."""
    if module._modules:
        return isinstance(module, nn.MultiheadAttention)
    kind: Any = type(module)
    return "forward" not in vars(module) and _computes_as_pytorch(kind)


@cache
def _computes_as_pytorch(kind: Any) -> bool:
    """True for a class that computes by methods of a layer of ``torch.nn`` alone."""
    layer = next(each for each in kind.__mro__ if each.__module__.startswith(_LAYERS))
    if not getattr(getattr(kind, "forward", None), "__module__", "").startswith(_LAYERS):
        return False
    names = {name for name, value in vars(layer).items() if isinstance(value, FunctionType)} - _BESIDE
    return all(getattr(getattr(kind, name), "__module__", "").startswith("torch.") for name in names)


_BESIDE = frozenset({"__init__", "__repr__", "extra_repr", "reset_parameters", "__setstate__", "__getstate__"})
