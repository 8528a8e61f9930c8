"""Random networks, as trees of nodes: chains, residual additions, branches, reused layers, tied weights."""

from __future__ import annotations

from math import prod

import torch
from drawn_layers import activation, any_layer, attention, linear, normalisation
from drawn_nodes import Branches, Draw, Node, Repeated, Residual, Shape, numbers
from drawn_windows import same_convolution
from hypothesis import strategies as st
from torch import nn


def _keeping(draw: Draw, shape: Shape) -> Node:
    """A chain of layers that gives back the shape that it took."""
    kinds = [normalisation, activation, attention if len(shape) == 3 else activation]
    nodes = [draw(st.sampled_from(kinds))(draw, shape) for _ in range(draw(numbers(0, 2)))]
    nodes.append(_square(shape))
    return _chain(nodes, shape)


def _square(shape: Shape) -> Node:
    """A linear layer of as many outputs as inputs."""
    width = shape[-1]
    return Node(nn.Linear(width, width, bias=False), "Linear", shape, width * width, prod(shape) * width)


def _chain(nodes: list[Node], shape: Shape) -> Node:
    modules = [node.module for node in nodes if node.module is not None]
    children = tuple((str(i), node) for i, node in enumerate(nodes))
    output = nodes[-1].output if nodes else shape
    return Node(nn.Sequential(*modules), "Sequential", output, children=children, keeps=not nodes)


def _residual(draw: Draw, shape: Shape) -> Node:
    body = _keeping(draw, shape)
    assert body.module is not None
    return Node(Residual(body.module), "Residual", shape, children=(("body", body),), form="residual")


def _repeated(draw: Draw, shape: Shape) -> Node:
    body, times = _keeping(draw, shape), draw(numbers(1, 3))
    assert body.module is not None
    children = (("body", body),) * times
    return Node(Repeated(body.module, times), "Repeated", shape, children=children, form="repeated")


def _tied(_draw: Draw, shape: Shape) -> Node:
    first, second = _square(shape), _square(shape)
    assert isinstance(first.module, nn.Linear)
    assert isinstance(second.module, nn.Linear)
    second.module.weight = first.module.weight
    tied = Node(second.module, "Linear", shape, second.params, second.macs, ties=first)
    return _chain([first, tied], shape)


def _branched(draw: Draw, shape: Shape) -> Node:
    branches = [_branch(draw, shape) for _ in range(draw(numbers(1, 3)))]
    channels = sum(branch.output[1] for branch in branches)
    module = Branches([branch.module for branch in branches if branch.module is not None])
    children = tuple((f"branches.{i}", branch) for i, branch in enumerate(branches))
    return Node(module, "Branches", (shape[0], channels, *shape[2:]), children=children, form="branches")


def _branch(draw: Draw, shape: Shape) -> Node:
    if len(shape) == 2:
        return linear(draw, shape)
    return draw(st.sampled_from([_keeping, same_convolution]))(draw, shape)


def _nested(draw: Draw, shape: Shape, depth: int) -> Node:
    nodes = []
    for _ in range(draw(numbers(0 if depth else 1, 4))):
        nodes.append(_any(draw, nodes[-1].output if nodes else shape, depth))
    return _chain(nodes, shape)


def _any(draw: Draw, shape: Shape, depth: int) -> Node:
    compounds = [_residual, _repeated, _tied, _branched]
    if depth < 2:
        compounds.append(lambda draw, shape: _nested(draw, shape, depth + 1))
    kinds = [any_layer] * 2 * len(compounds) + compounds
    return draw(st.sampled_from(kinds))(draw, shape)


@st.composite
def networks(draw: Draw) -> tuple[Node, Shape]:
    """A network and the shape of its input, batch axis kept."""
    axes = draw(numbers(0, 3))
    largest = (0, 24, 12, 6)[axes]
    shape = (draw(numbers(1, 3)), draw(numbers(1, 6)), *(draw(numbers(1, largest)) for _ in range(axes)))
    torch.manual_seed(0)
    return _nested(draw, shape, 0), shape
