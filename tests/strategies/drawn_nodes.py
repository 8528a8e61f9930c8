"""Nodes of a drawn network: each holds a module, and what one call of it must cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

Shape = tuple[int, ...]
Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True, eq=False)
class Node:
    """A module, or a function, and what one call of it must cost. Numbers of its own, children excluded."""

    module: nn.Module | None  # None: a function
    kind: str
    output: Shape  # batch axis kept
    params: int = 0
    macs: int = 0
    children: tuple[tuple[str, Node], ...] = ()
    form: str = "chain"  # how the children meet: "chain", "residual", "branches", "repeated"
    keeps: bool = False  # returns the very tensor that it was given
    ties: Node | None = None  # whose weight it shares


class Residual(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, data: Tensor) -> Tensor:
        return data + self.body(data)


class Branches(nn.Module):
    def __init__(self, branches: list[nn.Module]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, data: Tensor) -> Tensor:
        return torch.cat([branch(data) for branch in self.branches], 1)


class Repeated(nn.Module):
    def __init__(self, body: nn.Module, times: int) -> None:
        super().__init__()
        self.body, self.times = body, times

    def forward(self, data: Tensor) -> Tensor:
        for _ in range(self.times):
            data = self.body(data)
        return data


class First(nn.Module):
    """The first of what a layer returns, given the data ``times`` over."""

    def __init__(self, layer: nn.Module, times: int = 1) -> None:
        super().__init__()
        self.layer, self.times = layer, times

    def forward(self, data: Tensor) -> Tensor:
        return self.layer(*[data] * self.times)[0]


class Computed(nn.Module):
    """A function of the data and of a weight of its own."""

    def __init__(self, function: Callable[..., Tensor], *weight: int) -> None:
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(torch.randn(weight)) if weight else None

    def forward(self, data: Tensor) -> Tensor:
        return self.function(data) if self.weight is None else self.function(data, self.weight)


def numbers(low: int, high: int) -> st.SearchStrategy[int]:
    """Whole numbers, both ends included."""
    return st.integers(low, high)


def divisor(draw: Draw, *of: int) -> int:
    """A number that divides all of these."""
    return draw(st.sampled_from([each for each in range(1, min(of) + 1) if all(number % each == 0 for number in of)]))
