"""Where a network's weights come from, as a noun: random, published, in a file, or of a run. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cnnviz.runs.layout import BEST, FINAL, checkpoint_at, run_and_epoch
from cnnviz.zoo.own.own_names import own_name

if TYPE_CHECKING:
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
    fit: Literal["", "crop", "squash"] = ""  # what of the picture is seen; "": what is known

    @property
    def origin(self) -> Weights:
        """The same weights, whatever is done to the picture."""
        return replace(self, normalise="", fit="")

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
            case "file" | "run" if self.file is not None:
                return _of_run(self.file) or self.file.name
            case _:
                return self.kind


def _of_run(file: Path) -> str:
    """Return "a, epoch 3" or "a, best epoch" of what a run keeps; "" of any other, as what torch.hub has downloaded."""
    if (of_run := run_and_epoch(file)) is not None:
        return f"{of_run[0].name}, epoch {of_run[1]}"
    checkpoint = checkpoint_at(file)
    name = "" if checkpoint is None else {BEST: "best epoch", FINAL: FINAL}.get(checkpoint.name, "")
    return f"{checkpoint.parent.parent.name}, {name}" if checkpoint is not None and name else ""


RANDOM_WEIGHTS = Weights("random")


def weights_at(path: Path, allow_mismatch: bool = False) -> Weights:
    """Return the weights that a path stands for: a file, a folder that holds one, a file that tells of it, or a run."""
    from cnnviz.runs.checkpoint import run_of  # with all that reads weights, which the first frame does without
    from cnnviz.runs.weights_folder import place_of

    place = place_of(path)
    run = run_of(place)
    return Weights("file" if run is None else "run", file=run or place, allow_mismatch=allow_mismatch)


def title_of(weights: Weights, spec: ModelSpec | None) -> str:
    """Return what to call weights of this network: what a file of the user's sets in it is not random."""
    own = own_name(spec.name) if spec is not None and weights.kind == "random" else None
    if own is None:
        return weights.title
    return f"as {own.file.name} {'holds' if own.is_program else 'makes'} them"
