"""The biases of convolutions and linear layers. No torch here."""

from __future__ import annotations

from math import prod

from cnnviz.inspection.call import Call


def biases(call: Call, outputs: int) -> tuple[int, str, str]:
    """Return how many there are, and what they add to the numbers and to the rule."""
    return (outputs, f" + {outputs}", " + biases") if call.settings.get("bias") else (0, "", "")


def additions(call: Call) -> int | None:
    """Return the operations beside the multiply-adds: one addition for each output, where there is a bias (ptflops)."""
    match call.settings.get("bias"):
        case bool(bias):
            return bias * prod(call.output_shapes[0])
    return None
