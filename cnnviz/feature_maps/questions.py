"""What the feature-map view shows, and where weights come from. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Weights:
    """Where a network's weights come from."""

    kind: Literal["random", "pretrained", "file", "run"]
    name: str = ""  # pretrained: "IMAGENET1K_V1"
    file: Path | None = None  # file: a .safetensors; run: the run folder, whose checkpoints/latest is read

    @property
    def title(self) -> str:
        """Return what to call them on screen."""
        match self.kind:
            case "random":
                return "random weights (untrained)"
            case "pretrained":
                return f"pretrained {self.name}"
            case "file" | "run":
                return self.file.name if self.file is not None else self.kind


RANDOM_WEIGHTS = Weights("random")


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMaps:
    """Every channel of one call's output for one picture."""

    layer: str  # module path, "features.0"
    call: int  # index in the report
    values: npt.NDArray[np.float32]  # (C, H, W); a vector of C features is (C, 1, 1)
    input: npt.NDArray[np.float32]  # (1, C, H, W), as the network saw it
    weights: str  # title of the weights
    step: int | None = None  # training step of the weights, where they come from a run
    class_names: tuple[str, ...] = ()  # of the network's logits, where the weights' origin tells them

    @property
    def is_vector(self) -> bool:
        """One number for each feature: a linear layer's output, a pooled one, or logits."""
        return self.values.shape[1:] == (1, 1)
