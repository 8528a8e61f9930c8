"""What may be asked of a lens: which call of which network, through which weights, for which picture. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cnnviz.zoo.own.own_names import own_name

if TYPE_CHECKING:
    from cnnviz.feature_maps.drawn.mosaic import Scaling
    from cnnviz.inspection.call import Call
    from cnnviz.inspection.inspected import Inspected
    from cnnviz.zoo.specs import ModelSpec


# random: as the network is built; where that is somebody's file, as it says
WeightsKind = Literal["random", "pretrained", "file", "run"]


@dataclass(frozen=True, slots=True)
class Weights:
    """Where a network's weights come from, and how they are to be used."""

    kind: WeightsKind
    name: str = ""  # pretrained: "IMAGENET1K_V1"
    file: Path | None = None  # file: it, or a folder that holds it; run: the run folder, whose latest are read
    allow_mismatch: bool = False  # what fits is loaded, the rest stays random: a network with another head
    normalise: str = ""  # what the picture is brought to, as ``pictures.normalisations`` names it; "": what is known

    @property
    def origin(self) -> Weights:
        """The same weights, whatever the picture is brought to."""
        return replace(self, normalise="")

    @property
    def title(self) -> str:
        """Return what to call them on screen."""
        return f"what fits of {self.source}" if self.allow_mismatch and self.kind != "random" else self.source

    @property
    def source(self) -> str:
        """Return what to call where they come from."""
        match self.kind:
            case "random":
                return "random weights (untrained)"
            case "pretrained":
                return f"pretrained {self.name}"
            case "file" | "run":
                return self.file.name if self.file is not None else self.kind


RANDOM_WEIGHTS = Weights("random")


def title_of(weights: Weights, spec: ModelSpec | None) -> str:
    """Return what to call weights of this network: what a file of the user's sets in it is not random."""
    own = own_name(spec.name) if spec is not None and weights.kind == "random" else None
    if own is None:
        return weights.title
    return f"as {own.file.name} {'holds' if own.is_program else 'makes'} them"


@dataclass(frozen=True, slots=True)
class Question:
    """Every channel of what one call returns for one picture. The call is of the report that the network came with."""

    inspected: Inspected
    call: Call
    weights: Weights
    picture: Path
    scaling: Scaling  # how the maps are to be drawn
    weights_edition: int = 0  # another one: the same weights, which may have been written anew
    picture_edition: int = 0
