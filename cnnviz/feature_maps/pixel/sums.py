"""What a rule says of one number: its terms, what is added to them, and how they become the number."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.feature_maps.pixel.arithmetic import Terms


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """Terms, and the number that they make: their sum and the bias, unless ``computed`` says otherwise."""

    terms: Terms
    bias: float | None
    formula: str
    result: float | None = None  # where it is no sum: softmax

    @property
    def computed(self) -> float:
        """The number, in float64."""
        return self.result if self.result is not None else float(self.terms.product.sum()) + (self.bias or 0.0)
