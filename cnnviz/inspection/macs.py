"""Multiply-adds of one operation, as small pure functions of shapes.

Convolutions and linear layers are counted where Python calls them. Every other function is watched at the level of
aten, to which matmul, einsum, attention and recurrent layers come down. 1 MAC = 1 multiply-add; bias, normalisation,
pooling and elementwise work are no MACs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.foreign.randomness import OwnRandomness
from cnnviz.inspection.call import Shape

_aten = torch.ops.aten


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


def _by_weight(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], out: Tensor) -> int | None:
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
    return _by_weight(function, args, kwargs, out) or 0


_RECURRENT = (torch.lstm, torch.gru, torch.rnn_tanh, torch.rnn_relu)
_PRODUCTS = (torch.matmul, Tensor.matmul, Tensor.__matmul__)


def _aten_convolution(data: Tensor, weight: Tensor, *rest: Any, out: Tensor) -> int:
    transposed = rest[4]  # bias, stride, padding, dilation, transposed, output_padding, groups
    if transposed:
        return transposed_convolution(tuple(weight.shape), tuple(data.shape))
    return convolution(tuple(weight.shape), tuple(out.shape))


def _aten_convolution_backward(out_gradient: Tensor, data: Tensor, weight: Tensor, *rest: Any, **_named: object) -> int:
    """The gradients of the data and of the weight each cost what the layer does; the bias's is a sum."""
    transposed: bool = rest[4]  # bias sizes, stride, padding, dilation, transposed, output padding, groups, wanted
    wanted: Sequence[bool] = rest[7]  # gradients of the data, the weight, the bias
    shape, formula = (data.shape, transposed_convolution) if transposed else (out_gradient.shape, convolution)
    return sum(wanted[:2]) * formula(tuple(weight.shape), tuple(shape))


def _aten_product(left: Tensor, _right: Tensor, *_rest: object, out: Tensor, **_named: object) -> int:
    return matrix_product(tuple(left.shape), tuple(out.shape))


def _aten_added_product(_bias: Tensor, left: Tensor, *_rest: object, out: Tensor, **_named: object) -> int:
    return matrix_product(tuple(left.shape), tuple(out.shape))


def _aten_dot(left: Tensor, _right: Tensor, **_named: object) -> int:
    return left.numel()


def _aten_added_batch(_bias: Tensor, left: Tensor, right: Tensor, *_rest: object, **_named: object) -> int:
    return batch_of_products(tuple(left.shape), tuple(right.shape))


def _aten_attention(query: Tensor, key: Tensor, value: Tensor, *_rest: object, **_named: object) -> int:
    return attention(tuple(query.shape), tuple(key.shape), tuple(value.shape))


def _aten_recurrent_layer(data: Tensor, input_weight: Tensor, state_weight: Tensor, *_rest: Any, **_named: Any) -> int:
    return recurrent(data.shape, [input_weight.shape, state_weight.shape])


_BY_OPERATOR: Mapping[Any, Callable[..., int]] = {
    _aten.convolution: _aten_convolution,
    _aten._convolution: _aten_convolution,
    _aten.convolution_backward: _aten_convolution_backward,
    _aten.mm: _aten_product,
    _aten.bmm: _aten_product,
    _aten.mv: _aten_product,
    _aten.addmm: _aten_added_product,
    _aten.baddbmm: _aten_added_product,
    _aten.addmv: _aten_added_product,
    _aten._addmm_activation: _aten_added_product,
    _aten.addbmm: _aten_added_batch,
    _aten.mkldnn_rnn_layer: _aten_recurrent_layer,  # an LSTM on the CPU
    _aten.dot: _aten_dot,
    _aten.vdot: _aten_dot,
    _aten._scaled_dot_product_flash_attention: _aten_attention,
    _aten._scaled_dot_product_flash_attention_for_cpu: _aten_attention,
    _aten._scaled_dot_product_efficient_attention: _aten_attention,
    _aten._scaled_dot_product_cudnn_attention: _aten_attention,
    _aten._scaled_dot_product_fused_attention_overrideable: _aten_attention,
}
# Work that multiplies and adds, for which we hold no formula: it is reported as not counted.
_NO_FORMULA = (
    "_fft",
    "linalg_",
    "_linalg",
    "cholesky",
    "_cudnn_rnn",
    "miopen_rnn",
    "mkldnn_rnn_layer_backward",
    "_scaled_dot_product",
    "_cdist",
    "_trilinear",
    "_sparse",
    "sparse",
    "_int_mm",
    "_scaled_mm",
    "_grouped_mm",
    "_weight_int",
    "_native_multi_head_attention",
    "_transformer_encoder_layer_fwd",
)
_BOXES = ("nms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool")  # comparisons and interpolation
_NORMS = ("linalg_vector_norm",)  # normalisation: no MACs


class OperatorCount(OwnRandomness):  # type: ignore[no-untyped-call]  # torch's is untyped
    """Adds up the multiply-adds of everything that runs inside; ``macs`` is None once something has no formula."""

    def __init__(self, generator: torch.Generator | None = None) -> None:
        super().__init__(generator)
        self.macs: int | None = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = super().__torch_dispatch__(func, types, args, kwargs)
        formula = _BY_OPERATOR.get(func.overloadpacket)
        if formula is not None and self.macs is not None:
            first = out[0] if isinstance(out, tuple) else out
            self.macs += formula(*args, out=first)
        elif formula is None and not _has_no_macs(func):
            self.macs = None
        return out


def _has_no_macs(func: Any) -> bool:
    name = func.__name__
    if func.namespace == "torchvision":
        return str(name).startswith(_BOXES)
    if func.namespace not in ("aten", "prim", "profiler"):
        return False
    return name.startswith(_NORMS) or not name.startswith(_NO_FORMULA)


def count(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    generator: torch.Generator | None = None,
) -> tuple[Any, int | None]:
    """Call ``function`` and return its result with its multiply-adds; None where some part has no formula.

    Random functions draw from ``generator``; default: from the process's own.
    """
    if function in FREE:
        return function(*args, **kwargs), 0
    if function in _BY_WEIGHT:
        out = function(*args, **kwargs)
        return out, _by_weight(function, args, kwargs, out)
    return count_operators(function, args, kwargs, generator)


def count_operators(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    generator: torch.Generator | None = None,
) -> tuple[Any, int | None]:
    """Return the same as ``count``, from what reaches aten alone."""
    with OperatorCount(generator) as counter:
        out = function(*args, **kwargs)
    return out, counter.macs


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
    return getattr(type(module).forward, "__module__", "").startswith(_LAYERS)
