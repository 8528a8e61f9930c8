from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from cnnviz.feature_maps.capture_memory import bytes_until
from cnnviz.inspection.tracer import inspect


def test_a_run_holds_input_and_outputs_up_to_the_layer_and_what_is_kept() -> None:
    same = {"kernel_size": 3, "padding": 1}
    model = nn.Sequential(nn.Conv2d(1, 1, **same), nn.Conv2d(1, 1, **same), nn.Conv2d(1, 50, 1))
    report = inspect(
        model,
        input_shape=(1, 10, 10),
    )
    picture = 4 * 10 * 10
    assert bytes_until(report, 1, budget=0) == (2 + 1) * picture
    assert bytes_until(report, 2, budget=0) == (3 + 1) * picture
    assert bytes_until(report, 1, budget=10**9) == (2 + 1 + 1) * picture
    assert bytes_until(report, 0, budget=0) >= (50 + 50) * picture


def test_what_is_dropped_by_a_function_needs_no_more_than_what_it_is_given() -> None:
    class Net(nn.Module):
        def forward(self, pixels: Tensor) -> Tensor:
            return functional.dropout(pixels + 1, 0.5, self.training) * 2

    report = inspect(Net(), input_shape=(1, 10, 10))
    assert [bytes_until(report, call.index, budget=0) > 0 for call in report.calls] == [True] * len(report.calls)
