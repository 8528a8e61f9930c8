"""The weights that come with cnnviz, of networks trained on Fashion-MNIST. No torch here.

Each file of ``resources/weights/`` says in its header which network it is of, and on what that was trained; the
folder's README says how.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cnnviz.assets import asset
from cnnviz.zoo.specs import ModelSpec, OptionValue

_LENGTH = 8  # bytes of a safetensors file that say how long its header is


@dataclass(frozen=True, slots=True)
class ShippedWeights:
    """One file of weights, and the very network that it is of."""

    name: str  # "FASHION_MNIST": what they were trained on
    file: Path
    model: str  # "lenet"
    options: Mapping[str, OptionValue]
    input_shape: tuple[int, ...]

    @property
    def title(self) -> str:
        """Return what to call them in a list."""
        return f"Trained on {self.name.replace('_', '-').title()}".replace("Mnist", "MNIST")

    def are_of(self, spec: ModelSpec) -> bool:
        """Return whether they are of this network, with these options and this input."""
        return (self.model, self.options, self.input_shape) == (spec.name, dict(spec.options), spec.input_shape)


def shipped_with(spec: ModelSpec) -> tuple[ShippedWeights, ...]:
    """Return those of the very network."""
    return tuple(each for each in _all() if each.are_of(spec))


def shipped_for(spec: ModelSpec, name: str) -> tuple[ShippedWeights, ...]:
    """Return those of this name for the architecture, whatever its options: those of the very network first."""
    named = [each for each in _all() if (each.model, each.name) == (spec.name, name)]
    return tuple(sorted(named, key=lambda each: not each.are_of(spec)))


def shipped_names(model: str) -> list[str]:
    """Return what the weights of an architecture are called, whatever its options."""
    return list(dict.fromkeys(each.name for each in _all() if each.model == model))


@cache
def _all() -> tuple[ShippedWeights, ...]:
    return tuple(_read(file) for file in sorted(asset("weights").glob("*.safetensors")))


def _read(file: Path) -> ShippedWeights:
    with file.open("rb") as opened:
        header = json.loads(opened.read(int.from_bytes(opened.read(_LENGTH), "little")))
    about: Mapping[str, Any] = header["__metadata__"]
    options = json.loads(about["options"])
    name = str(about["data"]).upper().replace("-", "_")
    return ShippedWeights(name, file, about["model"], options, tuple(json.loads(about["input_shape"])))
