"""Whether what we counted is what torchvision publishes."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz import units
from cnnviz.inspection.inspected import Inspected
from cnnviz.zoo.catalog import published_for


@dataclass(frozen=True, slots=True)
class Agreement:
    """Our totals beside the published ones."""

    agrees: bool
    text: str  # "agrees with torchvision ✓"
    details: str


def published_agreement(inspected: Inspected) -> Agreement | None:
    """Return the comparison; None where nothing is published for this very network and size of input.

    torchvision publishes the parameters exactly and 10⁹ multiply-adds to three decimals.
    """
    report, published = inspected.report, published_for(inspected.spec)
    if published is None:
        return None
    size = units.shape(published.input_shape)
    macs = "" if published.gmacs is None else f", {published.gmacs} GMACs at {size}"
    figures = f"{units.exact(published.params)} parameters{macs}, {published.percent} % {published.measure}"
    gmacs = None if report.totals.macs is None else round(report.totals.macs / 1e9, 3)
    if report.totals.params == published.params and published.gmacs in (None, gmacs):
        return Agreement(True, "agrees with torchvision ✓", f"torchvision publishes {figures}.")
    text = f"torchvision publishes {units.short(published.params)} params{macs}"
    why = "Its figures may leave out parts that only training uses, such as auxiliary heads."
    return Agreement(False, text, f"torchvision publishes {figures}. {why}")
