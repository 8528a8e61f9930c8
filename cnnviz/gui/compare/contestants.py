"""What is compared in the window: networks by their specs, what to call them, and the published figures around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cnnviz.errors import CnnvizError
from cnnviz.gui.inspector import Inspect
from cnnviz.inspection.comparison import Comparison, NetworkTotals, compare
from cnnviz.inspection.inspected import Inspected
from cnnviz.zoo.catalog import Architecture, ModelSpec, find

AT_MOST = 6  # networks: as many colours as colour-blind people can tell apart
ADDED_AT_MOST = AT_MOST - 1  # one place is the current network's, whichever is picked next


@dataclass(frozen=True, slots=True)
class Contestant:
    """A network that is compared. Its report comes later."""

    spec: ModelSpec
    current: bool  # True: the one that is picked at the left
    inspected: Inspected | None = None

    @property
    def title(self) -> str:
        """What it is called."""
        return spec_title(self.spec if self.inspected is None else self.inspected.spec)


@dataclass(frozen=True, slots=True)
class Published:
    """What torchvision states of one of its networks."""

    name: str  # "torchvision/resnet50"
    title: str  # "resnet50"
    params: int
    macs: float
    top1: float  # percent of ImageNet's validation set


def spec_title(spec: ModelSpec) -> str:
    """Return the title with what is not as usual: "VGG-11, width ÷ 8, 64 × 64"."""
    architecture = find(spec.name)
    parts = [architecture.title]
    for option in architecture.options:
        value = spec.options.get(option.name, option.default)
        if value != option.default:
            parts.append(_option_text(option.label, value))
    if spec.input_shape[1:] != architecture.input_shape[1:]:
        parts.append(" × ".join(map(str, spec.input_shape[1:])))
    return ", ".join(parts)


def compared(contestants: Iterable[Contestant]) -> Comparison | None:
    """Return the comparison of those whose report is there; None while there is none."""
    ready = [(each.inspected.report, each.title) for each in contestants if each.inspected is not None]
    return compare([report for report, _ in ready], [title for _, title in ready]) if ready else None


def inspected_all(inspect: Inspect, specs: Iterable[ModelSpec]) -> list[tuple[ModelSpec, Inspected | CnnvizError]]:
    """Return what each came to: a network that is refused must not cost the others their answer."""
    answers: list[tuple[ModelSpec, Inspected | CnnvizError]] = []
    for spec in specs:
        try:
            answers.append((spec, inspect(spec)))
        except CnnvizError as error:
            answers.append((spec, error))
    return answers


def answered(contestant: Contestant, spec: ModelSpec, answer: Inspected | CnnvizError) -> Contestant | None:
    """Return the contestant with its report; None: it was refused, and is out."""
    if contestant.spec != spec:
        return contestant
    return None if isinstance(answer, CnnvizError) else replace(contestant, inspected=answer)


def published_figures(architectures: Iterable[Architecture]) -> tuple[Published, ...]:
    """Return one point for each network with a published accuracy, of the weights that torchvision names first."""
    return tuple(
        Published(entry.name, entry.title, best.params, best.gmacs * 1e9, best.top1)
        for entry in architectures
        for best in entry.weights[:1]
    )


def plotted(network: NetworkTotals) -> tuple[float, float] | None:
    """Return parameters and MACs for logarithmic axes; None where one is unknown or nothing."""
    return (network.params, network.macs) if network.macs and network.params else None


def _option_text(label: str, value: object) -> str:
    match value:
        case bool():
            return label if value else f"no {label}"
        case int() if label.endswith("÷"):
            return f"{label.lower()} {value}"
        case int():
            return f"{value} {label.lower()}"
    return str(value)
