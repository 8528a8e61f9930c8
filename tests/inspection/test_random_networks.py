"""Random networks of known cost: what the report says, what closed forms foretell, and what PyTorch counts.

CNNVIZ_EXAMPLES=3000 pytest tests/inspection/test_random_networks.py draws more of them.
"""

from __future__ import annotations

import copy
import os

import pytest
import torch
from drawn_networks import networks
from drawn_nodes import Node, Shape
from expected_rows import Row, expected_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from cnnviz.inspection.call import Call
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")  # said once a process
_BOUNDED = settings(
    max_examples=int(os.environ.get("CNNVIZ_EXAMPLES", "120")),
    derandomize=True,  # the same networks in every run
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
_Network = tuple[Node, Shape]  # and the shape of its input


def _row(call: Call) -> Row:
    shape, macs = call.output_shape, call.self_macs
    assert shape is not None
    assert macs is not None
    return Row(
        call.path, call.kind, call.module, call.call_number, call.parent, call.inputs_from, shape, call.own_params, macs
    )  # fmt: skip


def _inspected(node: Node, shape: Shape) -> Report:
    assert node.module is not None
    report = inspect(node.module, input_shape=shape[1:], batch=shape[0])
    assert report.error is None
    return report


@_BOUNDED
@given(networks())
def test_every_row_is_the_one_that_closed_forms_foretell(network: _Network) -> None:
    node, shape = network
    report, expected = _inspected(node, shape), expected_rows(node)
    assert [_row(call) for call in report.calls] == expected
    assert report.totals.params == sum(row.own_params for row in expected)
    assert report.totals.macs == sum(row.self_macs for row in expected)


@_BOUNDED
@given(networks())
def test_tree_is_in_order_and_its_sums_are_those_of_its_rows(network: _Network) -> None:
    report = _inspected(*network)
    below: list[list[Call]] = [[call] for call in report.calls]
    for call in reversed(report.calls):
        assert call.parent is None or call.parent < call.index
        assert all(source < call.index for source in call.inputs_from)
        if call.parent is not None:
            below[call.parent] += below[call.index]
    for call, inside in zip(report.calls, below, strict=True):
        assert call.params == sum(each.own_params for each in inside)
        assert call.macs == sum(each.self_macs or 0 for each in inside)
    assert (report.totals.params, report.totals.macs) == (report.calls[0].params, report.calls[0].macs)


@_BOUNDED
@given(networks())
def test_totals_equal_pytorchs_own_counter(network: _Network) -> None:
    node, shape = network
    assert node.module is not None
    other = copy.deepcopy(node.module).to("meta").eval()
    with FlopCounterMode(display=False) as counter:
        output = other(torch.empty(shape, device="meta"))
    report = _inspected(node, shape)
    assert report.totals.flops == counter.get_total_flops()
    assert report.calls[0].output_shape == tuple(output.shape)
    assert report.totals.params == sum(each.numel() for each in node.module.parameters())


@_BOUNDED
@given(networks(), st.booleans())
def test_network_is_the_same_bits_after_and_so_is_its_copy(network: _Network, training: bool) -> None:
    node, shape = network
    model = node.module
    assert model is not None
    for number, module in enumerate(model.modules()):
        module.training = number % 3 > 0
    flags = [module.training for module in model.modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    random, report = torch.get_rng_state(), _inspected(node, shape)
    inspect(model, input_shape=shape[1:], batch=shape[0], train_mode=training)
    assert torch.equal(torch.get_rng_state(), random)
    assert [module.training for module in model.modules()] == flags
    assert list(model.state_dict()) == list(before)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert inspect(copy.deepcopy(model), input_shape=shape[1:], batch=shape[0]) == report


class _Curious(nn.Module):
    """Looks at its numbers first, so that it has to run for real."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, data: Tensor) -> Tensor:
        return self.inner(data) if data.sum().item() >= 0 else data


@_BOUNDED
@given(networks())
def test_network_that_has_to_run_for_real_has_the_same_numbers(network: _Network) -> None:
    node, shape = network
    assert node.module is not None
    report = inspect(_Curious(node.module), input_shape=shape[1:], batch=shape[0])
    assert report.error is None
    real = [call for call in report.calls if call.path.startswith("inner")]
    facts = [(call.kind, call.output_shape, call.own_params, call.self_macs) for call in real]
    assert facts == [(row.kind, row.output, row.own_params, row.self_macs) for row in expected_rows(node)]
