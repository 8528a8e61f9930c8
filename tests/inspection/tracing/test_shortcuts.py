"""Every shortcut against the function that it stands for: shape, dtype, strides and what is written in place."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from cnnviz.inspection.tracing.shortcuts import SHORTCUTS, shortcut


def _meta(*sizes: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.empty(*sizes, device="meta", dtype=dtype)


_PICTURE = (2, 6, 9, 8)
_PERMUTED, _SLICED = (_meta(*_PICTURE).permute(0, 2, 3, 1), _meta(*_PICTURE)[:, ::2])


def _attention(length: int, positions: int) -> tuple[Any, ...]:
    """Arguments of two heads of four features; the query comes from a module that puts the batch first."""
    query, key = _meta(2, length, 8).transpose(0, 1), _meta(positions, 2, 8)
    projections = (_meta(24, 8), _meta(24), None, None, False, 0.0, _meta(8, 8), _meta(8))
    return query, key, key, 8, 2, *projections


def _recurrent(gates: int, bidirectional: bool, batch_first: bool) -> tuple[Any, ...]:
    """Arguments of two layers over seven steps of six features, with five features of state."""
    directions = 1 + bidirectional
    first = [_meta(5 * gates, 6), _meta(5 * gates, 5)] * directions
    second = [_meta(5 * gates, 5 * directions), _meta(5 * gates, 5)] * directions
    state = _meta(2 * directions, 3, 5)
    data = _meta(3, 7, 6) if batch_first else _meta(7, 3, 6)
    given = (state, state) if gates == 4 else state
    return data, given, first + second, False, 2, 0.0, False, bidirectional, batch_first


_CASES: dict[Callable[..., Any], list[tuple[tuple[Any, ...], dict[str, Any]]]] = {
    functional.conv2d: [
        ((_meta(*_PICTURE), _meta(4, 6, 3, 3), None, (2, 1), (1, 0), (1, 2), 1), {}),
        ((_meta(*_PICTURE), _meta(4, 3, 3, 3), _meta(4), (1, 1), (0, 0), (1, 1), 2), {}),
        (
            (
                _meta(*_PICTURE, dtype=torch.float64),
                _meta(4, 6, 1, 1, dtype=torch.float64),
                None,
                (1, 1),
                (0, 0),
                (1, 1),
                1,
            ),
            {},
        ),
    ],
    functional.linear: [((_meta(2, 5), _meta(3, 5), _meta(3)), {}), ((_meta(2, 4, 5), _meta(3, 5)), {})],
    functional.batch_norm: [((_meta(*_PICTURE), _meta(6), _meta(6), _meta(6), _meta(6), False, 0.1, 1e-5), {})],
    functional.layer_norm: [((_meta(*_PICTURE), (9, 8), _meta(9, 8), _meta(9, 8), 1e-5), {})],
    torch.cat: [(([_meta(*_PICTURE), _meta(2, 3, 9, 8)], 1), {})],
    functional.adaptive_avg_pool2d: [((_meta(*_PICTURE), size), {}) for size in (1, (1, 1), (3, 2), [9, 16])],
    functional.normalize: [
        ((data,), {"dim": dim}) for data in (_meta(*_PICTURE), _PERMUTED, _SLICED) for dim in (1, -1)
    ],
    functional.multi_head_attention_forward: [
        (_attention(7, 7), {"training": False, "need_weights": False}),
        (_attention(7, 5), {"training": False}),
        (_attention(7, 5), {"training": False, "average_attn_weights": False, "is_causal": False}),
    ],
}
for _function, _gates in ((torch.lstm, 4), (torch.gru, 3), (torch.rnn_tanh, 1), (torch.rnn_relu, 1)):
    _CASES[_function] = [
        (_recurrent(_gates, bidirectional, first), {}) for bidirectional in (True, False) for first in (True, False)
    ]
for _function in (torch.clamp, Tensor.clamp):
    _CASES[_function] = [((_meta(*_PICTURE), 0, 1), {}), ((_PERMUTED,), {"max": 2.5}), ((_SLICED, None, 1), {})]
for _function in (torch.roll, Tensor.roll):
    _CASES[_function] = [((_meta(*_PICTURE),), {"shifts": (1, 2), "dims": (2, 3)}), ((_meta(*_PICTURE), 3), {})]
for _function in (torch.mean, Tensor.mean):
    _CASES[_function] = [
        ((_meta(*_PICTURE), dim, keep), {}) for dim in (1, -1, (2, 3), [-2, 0]) for keep in (True, False)
    ]
for _function in (torch.matmul, Tensor.matmul, Tensor.__matmul__):
    _CASES[_function] = [
        ((_meta(2, 6, 9, 8), _meta(2, 6, 8, 5)), {}),
        ((_meta(2, 9, 8), _meta(2, 5, 8).transpose(-2, -1)), {}),
        ((_PERMUTED, _meta(2, 9, 6, 1)), {}),
    ]
_FLAGGED = (functional.relu, functional.relu6, functional.silu, functional.hardswish, functional.hardsigmoid,
            functional.hardtanh, functional.leaky_relu, functional.elu)  # fmt: skip
_CASES[functional.dropout] = [
    ((data, p, training, inplace), {})
    for data, p, training, inplace in product(
        (_meta(*_PICTURE), _PERMUTED, _SLICED), (0.0, 0.5), (True, False), (True, False)
    )
    if data.is_contiguous() or p == 0 or not training  # else the real one answers
]
_IN_PLACE = (Tensor.add_, Tensor.__iadd__)
_PAIRS = (
    torch.add,
    torch.mul,
    torch.sub,
    torch.div,
    Tensor.sub,
    Tensor.__sub__,
    Tensor.div,
    Tensor.__truediv__,
    Tensor.add,
    Tensor.__add__,
    Tensor.__radd__,
    Tensor.mul,
    Tensor.__mul__,
    Tensor.__rmul__,
)


def _cases() -> list[Any]:
    cases = [(function, *case) for function, listed in _CASES.items() for case in listed]
    for function in SHORTCUTS.keys() - _CASES.keys():
        if function in _PAIRS:
            pairs = [
                (_meta(*_PICTURE), other)
                for other in (_meta(*_PICTURE), _meta(6, 1, 1), _meta(8), _meta(1, 1, 1, 1), 2.5)
            ]
            pairs += [(_meta(6, 1, 1), _meta(*_PICTURE)), (_PERMUTED, 2), (_SLICED, 0.5)]
            pairs += [(_meta(9, 1, 1), _PERMUTED), (_PERMUTED, _meta(6)), (_SLICED, _meta(3, 1, 1))]
            pairs += [
                (_meta(1, 6, 9, 8), _meta(1, 6, 1, 1)),
                (_meta(1, 6, 1, 1), _meta(1, 6, 9, 1)),
                (_meta(1, 5), _meta(5)),
            ]
            cases += [(function, pair, {}) for pair in pairs]
        elif function in _IN_PLACE:
            cases.append((function, (_meta(*_PICTURE), _meta(*_PICTURE)), {}))
        else:
            cases += [(function, (data,), {}) for data in (_meta(*_PICTURE), _PERMUTED, _SLICED)]
        if function in _FLAGGED:
            cases.append((function, (_meta(*_PICTURE),), {"inplace": True}))
    cases += [(functional.layer_norm, (data, tuple(data.shape[-1:])), {}) for data in (_PERMUTED, _SLICED)]
    return cases


def _layout(tensor: Tensor | None) -> object:
    return None if tensor is None else (tensor.shape, tensor.dtype, tensor.stride(), tensor.device)


@pytest.mark.parametrize(("function", "args", "kwargs"), _cases())
def test_shortcut_answers_as_the_real_function(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    answers: list[Any] = []
    versions = [[each._version for each in args if isinstance(each, Tensor)]]
    for answer in (lambda: shortcut(function, args, kwargs), lambda: function(*args, **kwargs)):
        answers.append(answer())
        versions.append([each._version for each in args if isinstance(each, Tensor)])
    quick, real = answers
    assert quick is not NotImplemented
    writes = [[after - before for before, after in zip(*pair, strict=True)] for pair in pairwise(versions)]
    assert writes[0] == writes[1]
    if isinstance(real, tuple):
        assert [_layout(each) for each in quick] == [_layout(each) for each in real]
        return
    assert _layout(quick) == _layout(real)
    assert (quick is args[0]) == (real is args[0])


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (functional.conv2d, (_meta(2, 5, 9, 8), _meta(4, 6, 3, 3), None, (1, 1), (0, 0), (1, 1), 1)),
        (functional.conv2d, (_meta(2, 6, 2, 2), _meta(4, 6, 3, 3), None, (1, 1), (0, 0), (1, 1), 1)),
        (functional.linear, (_meta(2, 4), _meta(3, 5))),
        (functional.batch_norm, (_meta(*_PICTURE), _meta(5), _meta(5))),
        (torch.cat, ([_meta(*_PICTURE), _meta(2, 3, 9, 7)], 1)),
        (torch.add, (_meta(2, 3), _meta(4, 3))),
        (functional.linear, (_meta(2, 5), _meta(3, 5, dtype=torch.float64))),
        (functional.adaptive_avg_pool2d, (_meta(6, 9, 8), (1, 1))),
        (functional.adaptive_avg_pool2d, (_meta(*_PICTURE), (None, 1))),
        (functional.normalize, (_meta(*_PICTURE), 1.0)),
        (torch.clamp, (_meta(*_PICTURE),)),
        (torch.clamp, (_meta(*_PICTURE), _meta(8))),
        (torch.mean, (_meta(*_PICTURE), 4)),
        (torch.mean, (_meta(*_PICTURE), (1, 1))),
        (torch.mean, (_meta(*_PICTURE),)),
        (torch.matmul, (_meta(2, 9, 8), _meta(8, 5))),
        (torch.matmul, (_meta(2, 9, 8), _meta(2, 9, 8))),
        (torch.matmul, (_meta(1, 9, 8), _meta(2, 8, 9))),
        (functional.multi_head_attention_forward, (*_attention(7, 5)[:3], 10, *_attention(7, 5)[4:])),
        (functional.multi_head_attention_forward, (*_attention(7, 5)[:2], _meta(4, 2, 8), *_attention(7, 5)[3:])),
        (functional.multi_head_attention_forward, (*_attention(7, 5)[:9], True, *_attention(7, 5)[10:])),
    ],
)
def test_what_does_not_fit_is_left_to_the_real_function(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    assert shortcut(function, args, {}) is NotImplemented


@pytest.mark.parametrize(
    ("left", "right"), [(_PERMUTED, _PERMUTED), (_meta(1, 6, 1), _meta(2, 6, 8)), (_meta(2, 1, 8), _meta(1, 6, 8))]
)
def test_arithmetic_of_unlike_layouts_keeps_the_real_strides(left: Tensor, right: Tensor) -> None:
    quick = shortcut(torch.add, (left, right), {})
    assert quick is NotImplemented or quick.stride() == torch.add(left, right).stride()
