"""Whether what we counted is what torchvision publishes."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.inspection.report import Report
from cnnviz.zoo.catalog import ModelSpec, find


@dataclass(frozen=True, slots=True)
class Agreement:
    """Our totals beside the published ones."""

    agrees: bool
    text: str  # "agrees with torchvision ✓"
    details: str


def published_agreement(spec: ModelSpec, report: Report) -> Agreement | None:
    """Return the comparison; None where nothing is published for this network, size of input and number of classes.

    torchvision publishes the parameters exactly and 10⁹ multiply-adds to three decimals.
    """
    try:
        architecture = find(report.name)
    except CnnvizError:
        return None
    published = architecture.weights[0] if architecture.weights else None
    comparable = spec.name == architecture.name and spec.num_classes == 1000
    if published is None or not comparable or spec.input_shape != (3, published.crop, published.crop):
        return None
    gmacs = None if report.totals.macs is None else round(report.totals.macs / 1e9, 3)
    figures = (
        f"{units.exact(published.params)} parameters, {published.gmacs} GMACs at {published.crop} × {published.crop}"
    )
    if report.totals.params == published.params and gmacs == published.gmacs:
        return Agreement(True, "agrees with torchvision ✓", f"torchvision publishes {figures}.")
    text = f"torchvision publishes {units.short(published.params)} params, {published.gmacs} GMACs"
    why = "Its figures may leave out parts that only training uses, such as auxiliary heads."
    return Agreement(False, text, f"torchvision publishes {figures}. {why}")
