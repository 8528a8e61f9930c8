from __future__ import annotations

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect
from cnnviz.zoo import architectures

PUBLISHED = [entry for entry in architectures() if entry.weights]


@pytest.mark.parametrize("entry", PUBLISHED, ids=[entry.title for entry in PUBLISHED])
def test_totals_equal_torchvisions_published_figures(entry) -> None:  # type: ignore[no-untyped-def]
    report, published = inspect(entry.name), entry.weights[0]
    assert report.totals.macs is not None
    assert round(report.totals.macs / 1e9, 3) == published.gmacs
    if entry.title == "googlenet":  # the published number leaves out the auxiliary heads
        assert report.totals.params - report.calls[0].own_params == published.params
    else:
        assert report.totals.params == published.params
    assert sum(call.own_params for call in report.calls) == report.calls[0].params == report.totals.params
    assert sum(call.self_macs or 0 for call in report.calls) == report.totals.macs


def test_book_vgg11_has_the_shapes_of_its_listing() -> None:
    report = inspect("vgg11")
    blocks = [call.output_shape for call in report.children(0)]
    assert blocks == [(1, 64, 112, 112), (1, 128, 56, 56), (1, 256, 28, 28), (1, 512, 14, 14), (1, 512, 7, 7), (1, 10)]
    assert report.totals.params == 128806154


def test_torchvision_vgg11_has_the_figures_of_the_interface() -> None:
    totals = inspect("torchvision/vgg11").totals
    assert (totals.params, totals.macs, totals.flops) == (132863336, 7609090048, 2 * 7609090048)


def test_lenet_macs_in_closed_form() -> None:
    convolutions = 28 * 28 * 6 * 25 + 10 * 10 * 16 * 6 * 25
    report = inspect("lenet")
    assert report.totals.macs == convolutions + 400 * 120 + 120 * 84 + 84 * 10


def test_macs_grow_with_the_batch_and_parameters_do_not() -> None:
    one, eight = inspect("lenet").totals, inspect("lenet", batch=8).totals
    assert one.macs is not None
    assert eight.macs == 8 * one.macs
    assert eight.params == one.params


def test_refused_name_option_and_input() -> None:
    for arguments in (("vgg111",), ("lenet", (1, 11, 11)), ("vgg11", (1, 8, 8))):
        with pytest.raises(CnnvizError):
            inspect(*arguments)


def _residual() -> Report:
    return inspect("torchvision/resnet18")


def test_residual_addition_is_a_row_fed_by_both_branches() -> None:
    report = _residual()
    addition = report.find("layer1.0.add")
    assert addition is not None
    assert not addition.module
    assert [report.calls[i].path for i in addition.inputs_from] == ["layer1.0.bn2", "maxpool"]


def test_module_called_twice_has_two_rows_and_no_parameters_twice() -> None:
    rows = [call for call in _residual().calls if call.path == "layer1.0.relu"]
    assert [call.call_number for call in rows] == [1, 2]


def test_report_turns_into_the_public_json() -> None:
    data = _residual().to_dict()
    assert data["schema"] == 1
    assert data["status"] == "complete"
    calls = data["calls"]
    assert isinstance(calls, list)
    assert [call["index"] for call in calls] == list(range(len(calls)))
    assert all(call["parent"] is None or call["parent"] < call["index"] for call in calls)
