"""Whether a network is right about a picture of data whose class is known. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from cnnviz.training.data.numbered_picture import FoundPicture


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the network says beside what the data say."""

    truth: str  # name of the picture's class
    prediction: str  # name of the likeliest class; "" where nobody knows it
    share: float | None  # its probability, 0..1
    is_right: bool | None  # None: the network tells other classes apart, or returns no scores

    @property
    def sentence(self) -> str:
        """All of it in words."""
        return f"Label: {self.truth}. {self.answer}".strip()

    @property
    def brief(self) -> str:
        """What the network says where there is little room, what matters most first: "Bag ✗ 61 %"."""
        if self.share is None:
            return ""
        mark = "" if self.is_right is None else "✓ " if self.is_right else "✗ "
        return f"{self.prediction} {mark}{100 * self.share:.0f} %"

    @property
    def answer(self) -> str:
        """What the network says, in words; "" where it says nothing."""
        if self.share is None:
            return ""
        said = f"Predicted: {self.prediction}, {self.share:.1%}"
        if self.is_right is None:
            return f"{said}; the network tells other classes apart."
        return f"{said}: {'right' if self.is_right else 'wrong'}."


def verdict(
    picture: FoundPicture, shares: npt.NDArray[np.float32] | None, class_names: tuple[str, ...] = ()
) -> Verdict:
    """Return whether the likeliest class is that of the picture.

    Args:
        picture: of data.
        shares: probability of each class; None: the network returns no scores.
        class_names: that the network tells apart, where they are known; else as many classes as the data have are
            taken for those.
    """
    if shares is None or not len(shares) or not np.isfinite(shares).all():
        return Verdict(picture.class_name, "", None, None)
    likeliest = int(np.argmax(shares))
    known = class_names if len(class_names) == len(shares) else ()
    names = known or (picture.class_names if len(shares) == len(picture.class_names) else ())
    prediction = names[likeliest] if names else f"class {likeliest}"
    is_right = prediction == picture.class_name if picture.class_name in names else None
    return Verdict(picture.class_name, prediction, float(shares[likeliest]), is_right)
