"""Where the evidence for a class is, as plain arrays. No torch here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.errors import CnnvizError

if TYPE_CHECKING:
    import numpy.typing as npt

    from cnnviz.inspection.call import Call
    from cnnviz.pictures.preprocessing import Fit

Told = Callable[[int, int], None]  # how many of how many runs are done; what it raises ends the work


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """What a method says of one class for one picture."""

    method: str  # "gradcam"
    heat: npt.NDArray[np.float32]  # (H, W), of the layer, the input or the grid; not rescaled
    class_index: int
    class_name: str  # "" where it is not known
    logits: npt.NDArray[np.float32]  # (classes,): what the network answered; of maps of scores, their mean
    shares: npt.NDArray[np.float32]  # (classes,): probabilities, 0..1; of maps, their mean
    input: npt.NDArray[np.float32]  # (1, C, H, W), as the network saw it
    layer: str  # module path of the maps that were weighted; "" for a method that reads the input
    weights: str  # their title
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fit: Fit = "crop"
    pixels: npt.NDArray[np.uint8] | None = None  # (C, H, W): the picture as the network saw it, before normalisation

    @property
    def class_title(self) -> str:
        """The class's name, or its number."""
        return named(self.class_index, self.class_names)

    def likeliest(self, count: int = 5) -> list[tuple[int, str, float]]:
        """Return number, name and probability of the likeliest classes."""
        if not np.isfinite(self.shares).all():
            return []
        best = np.argsort(-self.shares, kind="stable")[:count]
        return [(int(index), named(int(index), self.class_names), float(self.shares[index])) for index in best]


def named(index: int, names: tuple[str, ...]) -> str:
    """Return a class's name, or its number."""
    return names[index] if index < len(names) else f"class {index}"


def class_called(text: str, classes: int, names: tuple[str, ...]) -> int:
    """Return the class that somebody typed: a number from 0, or a name, or the one name that begins so.

    Raises:
        CnnvizError: there is none, or more than one.
    """
    if text.isdecimal():
        if int(text) < classes:
            return int(text)
        raise CnnvizError(f"There is no class {text}.", f"They go from 0 to {classes - 1}.")
    wanted = text.casefold()
    same = [at for at, name in enumerate(names) if name.casefold() == wanted]
    found = same or [at for at, name in enumerate(names) if name.casefold().startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if not names:
        raise CnnvizError(f"These weights do not say which class {text!r} is.", f"Give its number, 0 to {classes - 1}.")
    if found:
        raise CnnvizError(f"{text!r} may be {' or '.join(names[at] for at in found[:4])}.", "Give the whole name.")
    raise CnnvizError(f"There is no class {text!r}.", f"There are {len(names)}: {', '.join(names[:5])}, …")


def default_layer(calls: tuple[Call, ...]) -> Call | None:
    """Return the last call whose output has height and width: what Grad-CAM looks at."""
    return next((call for call in reversed(calls) if has_space(call)), None)


def has_space(call: Call) -> bool:
    """True where the output is maps with more than one pixel."""
    shape = call.output_shape
    return shape is not None and len(shape) == 4 and shape[2] * shape[3] > 1
