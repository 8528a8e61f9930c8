"""The kernels of a layer, as nouns: what may be asked, and what comes back. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cnnviz.feature_maps.questions import Question

Showing = Literal["these", "initial", "difference"]
SHOWINGS: dict[Showing, str] = {
    "these": "These weights",
    "initial": "Initial weights",
    "difference": "These − initial",
}


@dataclass(frozen=True, slots=True)
class KernelQuestion:
    """The kernels of the layer that makes a call's maps."""

    maps: Question  # whose network, call and weights; its picture does not matter
    showing: Showing = "these"
    around: int | None = None  # of a layer with very many weights, the outputs around this one; None: all


@dataclass(frozen=True, slots=True, eq=False)
class Kernels:
    """The kernels of one layer, or of some of its outputs.

    ``values`` are (outputs, inputs of its group, …): … are the axes of the window, one for Conv1d, three for Conv3d;
    none for a linear layer, but height and width where it reads a flattened map.
    """

    layer: str  # module path
    kind: str  # "Conv2d"
    call: int  # index in the report
    values: npt.NDArray[np.float32]
    outputs: int  # of the layer
    first: int  # output of the first of ``values``
    groups: int
    weights: str  # title
    showing: Showing
    initial: str = ""  # what the initial weights are; "": they were not asked for
    step: int | None = None  # training step of the weights, where they come from a run
    notes: tuple[str, ...] = ()

    @property
    def inputs(self) -> int:
        """How many input channels each kernel reads: those of its group."""
        return int(self.values.shape[1])

    @property
    def is_matrix(self) -> bool:
        """One weight for each pair of an output and an input."""
        return prod(self.values.shape[2:]) == 1

    @property
    def is_color(self) -> bool:
        """Each kernel can be seen as one picture of red, green and blue."""
        return self.inputs == 3 and self.groups == 1 and self.values.ndim == 4 and not self.is_matrix

    @property
    def planes(self) -> npt.NDArray[np.float32]:
        """The values as pictures, (outputs, planes, H, W): a plane for each input channel, and each step in depth."""
        outputs, inputs, *window = self.values.shape
        if self.is_matrix:
            return self.values.reshape(outputs, inputs, 1, 1)
        height, width = ([1, 1, *window])[-2:]
        return self.values.reshape(outputs, -1, height, width)

    def input_of(self, output: int, plane: int) -> tuple[int, int]:
        """Return which input channel a plane reads, and how deep it lies in a window of three axes.

        Args:
            output: of the layer.
            plane: of ``planes``.
        """
        deep = self.planes.shape[1] // self.inputs
        group = output // max(1, self.outputs // self.groups)
        return group * self.inputs + plane // deep, plane % deep


@dataclass(frozen=True, slots=True)
class KernelStatistics:
    """Of one kernel, or of all. Numbers that are not finite are counted apart and left out of the rest."""

    mean: float | None  # None: no value is finite
    deviation: float | None
    lowest: float | None
    highest: float | None
    norm: float | None  # Euclidean
    near_zero: float | None  # share, 0..1, of those below 1 % of the layer's largest magnitude
    not_finite: int = 0
