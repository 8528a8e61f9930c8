"""Multiply-adds of operators: functions of aten, to which matmul, einsum, attention and recurrent layers come down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.utils.flop_counter import flop_registry

from cnnviz.inspection.free_operators import is_free
from cnnviz.inspection.macs import (
    attention,
    batch_of_products,
    convolution,
    matrix_product,
    recurrent,
    transposed_convolution,
)

_aten = torch.ops.aten


# Functions that sum products of two tensors' values, or would, were there more than one to sum.
_OF_PRODUCTS = frozenset(
    {"einsum", "inner", "outer", "ger", "kron", "tensordot", "vecdot", "linalg_vecdot", "cosine_similarity"}
)


def is_product(function: Any) -> bool:
    """True for a function that multiplies tensors: what it multiplies value by value is part of its products."""
    return getattr(function, "__name__", "") in _OF_PRODUCTS


def operator_macs(
    operator: Any, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any, in_product: bool = False
) -> int | None:
    """Return the multiply-adds of an operator that has returned ``out``; None where they cannot be counted.

    It is one of which we hold a formula, or one that is known to be free, or one of which PyTorch holds a formula: its
    registry, ``torch.utils.flop_counter``, has two for each multiply-add, and users add their own operators to it.

    Args:
        in_product: it is called by a function of which ``is_product`` is true.
    """
    packet = _not_in_place(operator)
    kwargs = {name: value for name, value in kwargs.items() if name != "out"}
    try:
        if (formula := _OF_OTHERS.get(str(packet))) is not None:
            return formula(*args, out=out)
        if packet in _FORMULAS:
            if not all(each.layout is torch.strided for each in args if isinstance(each, Tensor)):
                return None  # what is not stored is not multiplied
            return _FORMULAS[packet](*args, **kwargs, out=out[0] if isinstance(out, tuple) else out)
        if in_product and packet is _aten.mul and isinstance(args[1], Tensor):
            return int(out.numel())
        if isinstance(operator, OpOverload) and is_free(operator):
            return 0
        return int(flop_registry[packet](*args, **kwargs, out_val=out)) // 2 if packet in flop_registry else None
    except Exception:  # a formula that does not know these arguments
        return None


@cache
def _not_in_place(operator: Any) -> Any:
    """Return what ``addmm`` and ``addmm_`` are both overloads of."""
    if not isinstance(operator, OpOverload):
        return operator  # one of higher order, such as flex_attention
    packet = operator.overloadpacket
    name = packet.__name__
    return getattr(_aten, name.rstrip("_"), packet) if operator.namespace == "aten" and name[-1] == "_" else packet


def writes(operator: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Tensor]:
    """Return the tensors that an operator will write into."""
    given = [args[at] for at in _written(operator) if at < len(args)]
    given += [kwargs[name] for name in _written_by_name(operator) if name in kwargs]
    flat = [each for value in given for each in (value if isinstance(value, list | tuple) else [value])]
    return [each for each in flat if isinstance(each, Tensor)]


def asks_data(operator: Any, args: Sequence[Any]) -> bool:
    """Return True when an operator tells Python a number of a tensor's, or its numbers decide how large an output is.

    ``data[mask]`` is one, ``data[index]``, which is the same operator, is none.
    """
    if not _may_ask(operator):
        return False
    masks = (torch.bool, torch.uint8)
    return operator is not _aten.index.Tensor or any(each is not None and each.dtype in masks for each in args[1])


@cache
def _may_ask(operator: Any) -> bool:
    tagged = torch.Tag.data_dependent_output in operator.tags or torch.Tag.dynamic_output_shape in operator.tags
    return tagged or str(operator.__name__).partition(".")[0] in _SIZED_BY_NUMBERS


# Operators that do not say of themselves that numbers decide how large their output is.
_SIZED_BY_NUMBERS = frozenset(
    {"_pack_padded_sequence", "_nested_tensor_from_mask", "_padded_dense_to_jagged_forward", "nms"}
)


@cache
def _written(operator: Any) -> tuple[int, ...]:
    arguments = operator._schema.arguments
    marked = tuple(i for i, each in enumerate(arguments) if each.alias_info is not None and each.alias_info.is_write)
    statistics = (i for i, each in enumerate(arguments) if each.name in _STATISTICS)
    return marked or tuple(statistics)


@cache
def _written_by_name(operator: Any) -> tuple[str, ...]:
    return tuple(operator._schema.arguments[at].name for at in _written(operator))


_STATISTICS = ("running_mean", "running_var")  # older operators of batch normalisation do not say that they write them


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


def _aten_outer_sum(_bias: Tensor, left: Tensor, right: Tensor, *_rest: object, **_named: object) -> int:
    return left.numel() * right.numel()


def _aten_added_batch(_bias: Tensor, left: Tensor, right: Tensor, *_rest: object, **_named: object) -> int:
    return batch_of_products(tuple(left.shape), tuple(right.shape))


def _aten_attention(query: Tensor, key: Tensor, value: Tensor, *_rest: object, **_named: object) -> int:
    return attention(tuple(query.shape), tuple(key.shape), tuple(value.shape))


def _aten_recurrent_layer(data: Tensor, input_weight: Tensor, state_weight: Tensor, *_rest: Any, **_named: Any) -> int:
    return recurrent(data.shape, [input_weight.shape, state_weight.shape])


def _aten_conv_tbc(_data: Tensor, weight: Tensor, *_rest: object, out: Tensor) -> int:
    return prod(out.shape) * prod(weight.shape[:2])  # weight is (k, C, C')


def _aten_affine_grid(theta: Tensor, *_rest: object, out: Tensor) -> int:
    return prod(out.shape) * theta.shape[-1]


def _deformed_convolution(_data: Tensor, weight: Tensor, *_rest: object, out: Tensor) -> int:
    return convolution(tuple(weight.shape), tuple(out.shape))


def _quantized_linear(data: Tensor, *_rest: object, out: Tensor) -> int:
    return matrix_product(tuple(data.shape), tuple(out.shape))


def _quantized_convolution(_data: Tensor, packed: Any, *_rest: object, out: Tensor) -> int:
    return convolution(tuple(packed.unpack()[0].shape), tuple(out.shape))


_OF_OTHERS: Mapping[str, Callable[..., int]] = {  # by name: their libraries need not be there
    "torchvision.deform_conv2d": _deformed_convolution,
    **{f"quantized.linear{form}": _quantized_linear for form in ("", "_relu", "_dynamic", "_relu_dynamic")},
    **{f"quantized.conv{n}d{form}": _quantized_convolution for n in (1, 2, 3) for form in ("", "_relu", "_dynamic")},
}
_FORMULAS: Mapping[Any, Callable[..., int]] = {
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
    _aten.addr: _aten_outer_sum,
    _aten._int_mm: _aten_product,
    _aten.mkldnn_rnn_layer: _aten_recurrent_layer,  # an LSTM on the CPU
    _aten.conv_tbc: _aten_conv_tbc,
    _aten.affine_grid_generator: _aten_affine_grid,
    _aten.dot: _aten_dot,
    _aten.vdot: _aten_dot,
    _aten._scaled_dot_product_flash_attention: _aten_attention,
    _aten._scaled_dot_product_flash_attention_for_cpu: _aten_attention,
    _aten._scaled_dot_product_efficient_attention: _aten_attention,
    _aten._scaled_dot_product_cudnn_attention: _aten_attention,
    _aten._scaled_dot_product_fused_attention_overrideable: _aten_attention,
}
