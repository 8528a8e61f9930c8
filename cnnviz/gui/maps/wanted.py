"""What is wanted of the feature-map page at one moment: by the session, and by the page's own controls."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.output_layout import FIRST_PART, Part
from cnnviz.feature_maps.questions import HeatWish, Place
from cnnviz.gui.calls.viewable import is_viewable
from cnnviz.gui.maps.beside import BesideWish
from cnnviz.gui.session import Session
from cnnviz.inspection.call import Call, Identity
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Report
from cnnviz.training.data.numbered_picture import FoundPicture
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights


@dataclass(frozen=True, slots=True)
class Editions:
    """Counted on when a file may have changed under its name, and is to be read again."""

    picture: int = 0  # chosen, maybe again
    weights: int = 0  # chosen, maybe again, or written by the run that trains
    runs: int = 0  # one has written weights that are not looked at


@dataclass(frozen=True, slots=True)
class Wanted:
    """Facts. Whether they can be had is for ``resolve`` to say."""

    spec: ModelSpec | None = None
    inspected: Inspected | None = None  # of ``spec``, here and now: maps are captured by its indices; None: not yet
    failure: CnnvizError | None = None  # why it cannot be
    selected: Call | None = None  # by all views; of ``inspected`` where there is one
    picture: Path | None = None  # the user's choice; None: a sample that suits the network
    of_data: FoundPicture | None = None  # what that is of data
    weights: Weights = RANDOM_WEIGHTS
    run: Path | None = None  # whose weights are offered
    torch_is_ready: bool = False
    scaling: Scaling = field(default_factory=Scaling)
    pixel: Place | None = None  # whose arithmetic is to be seen
    heat: HeatWish | None = None  # how evidence is to be looked for
    beside: BesideWish = field(default_factory=BesideWish)
    editions: Editions = Editions()
    chosen_part: tuple[Identity, Part] | None = None  # of what a call returns

    @property
    def part(self) -> Part:
        """What of the call's outputs is to be seen; of another call than the one it was chosen for, the first."""
        if self.chosen_part is None or self.call is None or self.chosen_part[0] != self.call.identity:
            return FIRST_PART
        return self.chosen_part[1]

    @property
    def call(self) -> Call | None:
        """The selected call if its output can be shown, else the first convolution."""
        if self.inspected is None:
            return None
        if self.selected is not None and is_viewable(self.selected):
            return self.selected
        return first_choice(self.inspected.report)


def wanted_of(
    session: Session,
    scaling: Scaling,
    editions: Editions,
    pixel: Place | None = None,
    heat: HeatWish | None = None,
    part: tuple[Identity, Part] | None = None,
    beside: BesideWish | None = None,
) -> Wanted:
    """Return what is wanted now."""
    return Wanted(
        spec=session.spec,
        inspected=session.confirmed,
        failure=session.failure,
        selected=session.selected_call,
        picture=session.picture,
        of_data=session.of_data,
        weights=session.weights,
        run=session.run,
        torch_is_ready=session.torch_is_ready,
        scaling=scaling,
        pixel=pixel,
        heat=heat,
        beside=beside or BesideWish(),
        editions=editions,
        chosen_part=part,
    )


def viewable(report: Report) -> tuple[Call, ...]:
    """Return the calls whose outputs can be shown."""
    return tuple(call for call in report.calls if is_viewable(call))


def first_choice(report: Report) -> Call | None:
    """Return the first convolution; where there is none, the first call that can be shown."""
    calls = viewable(report)
    return next((call for call in calls if call.kind.startswith("Conv")), calls[0] if calls else None)


def are_logits(report: Report, call: Call) -> bool:
    """Return True for a call whose output is the network's own: one number for each class."""
    answer = report.calls[0].output_shape
    return answer is not None and len(answer) == 2 and call.output_shape == answer
