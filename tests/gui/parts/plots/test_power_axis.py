from __future__ import annotations

import pytest

from cnnviz.gui.parts.plots.power_axis import PowerAxis


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0.02, 0.1, ["1.1", "1.2"]),
        (0.0, 0.44, ["1", "1.5", "2", "2.5"]),
        (7.99, 8.01, ["98 M", "100 M", "102 M"]),
        (0.0, 3.0, ["1", "10", "100", "1 K"]),
    ],
)
def test_short_axis_has_marks_too(low: float, high: float, marks: list[str]) -> None:
    axis = PowerAxis("bottom")
    axis.setLogMode(True)
    axis.setRange(low, high)
    spacing, values = axis.tickValues(low, high, 300)[0]
    assert axis.tickStrings(values, 1, spacing) == marks
