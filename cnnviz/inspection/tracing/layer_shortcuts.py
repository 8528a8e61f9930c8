"""Answers of layers on tensors without data: the shapes that their definitions give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from cnnviz.inspection.tracing.elementwise_shortcuts import floats, plain


def batch_norm(data: Tensor, running_mean: Tensor | None, *_rest: Any, **_named: Any) -> Any:
    if not plain(data) or data.dim() < 2 or running_mean is None or running_mean.shape[0] != data.shape[1]:
        return NotImplemented
    if data.numel() == data.shape[1]:  # one value for each channel: in training the real one refuses
        return NotImplemented
    return data.new_empty(data.shape)


def layer_norm(data: Tensor, normalized_shape: Any, *_rest: Any, **_named: Any) -> Any:
    if not floats(data) or tuple(data.shape[-len(normalized_shape) :]) != tuple(normalized_shape):
        return NotImplemented
    return data.new_empty(data.shape)  # contiguous, whatever the input's strides


def conv2d(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    pairs = type(stride) is tuple and type(padding) is tuple and type(dilation) is tuple
    if not pairs or not plain(data) or not weight.is_meta or data.dtype != weight.dtype:
        return NotImplemented
    (batch, channels, height, width), (made, inputs, *kernel) = data.shape, weight.shape
    if channels != inputs * groups or made % groups or (bias is not None and bias.dtype != data.dtype):
        return NotImplemented
    rows = (height + 2 * padding[0] - dilation[0] * (kernel[0] - 1) - 1) // stride[0] + 1
    columns = (width + 2 * padding[1] - dilation[1] * (kernel[1] - 1) - 1) // stride[1] + 1
    return data.new_empty((batch, made, rows, columns)) if rows > 0 and columns > 0 else NotImplemented


def linear(data: Tensor, weight: Tensor, bias: Tensor | None = None) -> Any:
    if not plain(data) or not weight.is_meta or weight.dim() != 2 or data.dtype != weight.dtype or data.dim() < 1:
        return NotImplemented
    if data.shape[-1] != weight.shape[1] or (bias is not None and bias.dtype != data.dtype):
        return NotImplemented
    return data.new_empty((*data.shape[:-1], weight.shape[0]))


def cat(tensors: Any, dim: Any = 0, *rest: Any, **named: Any) -> Any:
    if rest or named or type(dim) is not int or not isinstance(tensors, list | tuple) or not tensors:
        return NotImplemented
    first = tensors[0]
    if not all(plain(each) and each.dim() == 4 and each.dtype == first.dtype for each in tensors) or dim != 1:
        return NotImplemented
    rows = {(each.shape[0], each.shape[2], each.shape[3]) for each in tensors}
    if len(rows) != 1:
        return NotImplemented
    channels = sum(each.shape[1] for each in tensors)
    return first.new_empty((first.shape[0], channels, *first.shape[2:]))


def adaptive_avg_pool2d(data: Tensor, output_size: Any) -> Any:
    sizes = (output_size, output_size) if type(output_size) is int else tuple(output_size)
    if not plain(data) or data.dim() != 4 or len(sizes) != 2 or not all(type(size) is int for size in sizes):
        return NotImplemented
    return data.new_empty((*data.shape[:2], *sizes)) if min(*sizes, *data.shape) > 0 else NotImplemented


def mean(data: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    dims = [dim] if type(dim) is int else dim
    if not plain(data) or not isinstance(dims, (tuple, list)) or not dims:
        return NotImplemented
    gone = {each % data.dim() for each in dims if -data.dim() <= each < data.dim()}
    if len(gone) != len(dims):
        return NotImplemented
    kept = [1 if axis in gone else size for axis, size in enumerate(data.shape) if keepdim or axis not in gone]
    return data.new_empty(kept)


def matmul(left: Tensor, right: Tensor) -> Any:
    """(…, n, k) @ (…, k, m) of the same batch axes, of which there are some."""
    if not floats(left) or not floats(right) or left.dtype != right.dtype or min(left.dim(), right.dim()) < 3:
        return NotImplemented
    if left.shape[:-2] != right.shape[:-2] or left.shape[-1] != right.shape[-2]:
        return NotImplemented
    return left.new_empty((*left.shape[:-1], right.shape[-1]))


def recurrent(
    data: Tensor,
    state: Tensor | Sequence[Tensor],
    weights: Sequence[Tensor],
    _has_biases: bool,
    num_layers: int,
    _dropout: float,
    _train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> Any:
    """An LSTM, a GRU or a plain recurrent layer over (L, N, F), or (N, L, F); not over packed sequences."""
    states = [state] if isinstance(state, Tensor) else list(state)
    if data.dim() != 3 or not isinstance(weights, list) or weights[0].shape[1] != data.shape[2]:
        return NotImplemented
    if not all(floats(each) and each.dtype == data.dtype for each in (data, *states, *weights)):
        return NotImplemented
    batch, length = data.shape[:2] if batch_first else (data.shape[1], data.shape[0])
    directions = 1 + bidirectional
    if any(tuple(each.shape[:-1]) != (num_layers * directions, batch) for each in states):
        return NotImplemented
    made = data.new_empty((length, batch, directions * states[0].shape[-1]))
    return (made.transpose(0, 1) if batch_first else made, *[each.new_empty(each.shape) for each in states])


def multi_head_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    _in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    _dropout_p: float,
    out_proj_weight: Tensor,
    _out_proj_bias: Tensor | None,
    *,
    need_weights: bool = True,
    average_attn_weights: bool = True,
    training: bool = True,  # noqa: ARG001  both modes return the same shapes
    **extras: Tensor | bool | None,
) -> Any:
    """The plain kind: (L, N, E) that looks at (S, N, E), without masks, added keys or separate projections."""
    given = (bias_k, bias_v, *extras.values())
    if any(each is not None and each is not False for each in given) or add_zero_attn or in_proj_weight is None:
        return NotImplemented
    (length, batch, features), (positions, *rest) = query.shape, key.shape
    weights_fit = tuple(in_proj_weight.shape) == (3 * features, features) == (3 * embed_dim_to_check, features)
    if not weights_fit or rest != [batch, features] or key.shape != value.shape or features % num_heads:
        return NotImplemented
    if not all(floats(each) and each.dtype == in_proj_weight.dtype for each in (query, key, value)):
        return NotImplemented
    scores = (batch, length, positions) if average_attn_weights else (batch, num_heads, length, positions)
    made = query.new_empty((length, batch, out_proj_weight.shape[0]))
    return made, query.new_empty(scores) if need_weights else None
