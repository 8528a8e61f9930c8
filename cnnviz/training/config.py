"""What a training run is asked to do. No torch here: the form and the command line fill this in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

OptimizerName = Literal["sgd", "adam", "adamw"]
Initialisation = Literal["default", "xavier"]
Precision = Literal["auto", "fp32", "bf16"]

OPTIMIZERS: tuple[OptimizerName, ...] = ("sgd", "adam", "adamw")
INITIALISATIONS: tuple[Initialisation, ...] = ("default", "xavier")
PRECISIONS: tuple[Precision, ...] = ("auto", "fp32", "bf16")


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Everything that decides a run's result. ``checked`` names the first thing that is wrong with it."""

    model: str
    data: str  # a data set's name or a folder
    options: Mapping[str, object] = field(default_factory=dict)  # of the architecture
    epochs: int = 5
    batch_size: int = 64
    optimizer: OptimizerName = "adam"
    learning_rate: float = 0.001
    momentum: float = 0.0  # SGD only
    weight_decay: float = 0.0
    resize: int | None = None  # pixels, height and width; None: the architecture's own input size
    init: Initialisation = "default"  # "xavier": uniform, on the weights of Linear and Conv2d
    limit: int | None = None  # train on the first so many images
    seed: int = 0
    device: str = "auto"  # "cpu", "cuda", "cuda:1", "mps"
    precision: Precision = "auto"
    deterministic: bool = False
