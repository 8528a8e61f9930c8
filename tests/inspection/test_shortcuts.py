"""Every shortcut against the function that it stands for: shape, dtype, strides and in-place aliasing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from cnnviz.inspection.shortcuts import SHORTCUTS, shortcut


def _meta(*sizes: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.empty(*sizes, device="meta", dtype=dtype)


_PICTURE = (2, 6, 9, 8)
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
}
_FLAGGED = (functional.relu, functional.relu6, functional.silu, functional.hardswish, functional.hardsigmoid,
            functional.hardtanh, functional.leaky_relu, functional.elu, functional.dropout)  # fmt: skip
_IN_PLACE = (Tensor.add_, Tensor.__iadd__)
_PAIRS = (
    torch.add,
    torch.mul,
    Tensor.add,
    Tensor.__add__,
    Tensor.__radd__,
    Tensor.mul,
    Tensor.__mul__,
    Tensor.__rmul__,
)
_PERMUTED, _SLICED = (_meta(*_PICTURE).permute(0, 2, 3, 1), _meta(*_PICTURE)[:, ::2])


def _cases() -> list[Any]:
    cases = [(function, *case) for function, listed in _CASES.items() for case in listed]
    for function in SHORTCUTS.keys() - _CASES.keys():
        if function in _PAIRS:
            pairs = [
                (_meta(*_PICTURE), other)
                for other in (_meta(*_PICTURE), _meta(6, 1, 1), _meta(8), _meta(1, 1, 1, 1), 2.5)
            ]
            pairs += [(_meta(6, 1, 1), _meta(*_PICTURE)), (_PERMUTED, 2), (_SLICED, 0.5)]
            pairs += [
                (_meta(1, 6, 9, 8), _meta(1, 6, 1, 1)),
                (_meta(1, 6, 1, 1), _meta(1, 6, 9, 1)),
                (_meta(1, 5), _meta(5)),
            ]
            cases += [(function, pair, {}) for pair in pairs]
        elif function in _IN_PLACE:
            cases.append((function, (_meta(*_PICTURE), _meta(*_PICTURE)), {}))
        else:
            layouts = (_meta(*_PICTURE),) if function is functional.dropout else (_meta(*_PICTURE), _PERMUTED, _SLICED)
            cases += [(function, (data,), {}) for data in layouts]
        if function in _FLAGGED:
            cases.append((function, (_meta(*_PICTURE),), {"inplace": True}))
    cases += [(functional.layer_norm, (data, tuple(data.shape[-1:])), {}) for data in (_PERMUTED, _SLICED)]
    return cases


@pytest.mark.parametrize(("function", "args", "kwargs"), _cases())
def test_shortcut_answers_as_the_real_function(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    if function is functional.dropout:
        kwargs = {**kwargs, "training": False}
    quick, real = shortcut(function, args, kwargs), function(*args, **kwargs)
    assert quick is not NotImplemented
    assert (quick.shape, quick.dtype, quick.stride(), quick.device) == (
        real.shape,
        real.dtype,
        real.stride(),
        real.device,
    )
    if function is not functional.dropout:  # in eval mode it may hand on its input; nothing writes into it in place
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
