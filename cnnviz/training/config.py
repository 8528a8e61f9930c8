"""What a training run is asked to do. No torch here: the form and the command line fill this in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cnnviz.errors import CnnvizError
from cnnviz.training.optimizers import optimizer_names
from cnnviz.training.schedules import schedule_names

Initialisation = Literal["default", "xavier"]
Precision = Literal["auto", "fp32", "bf16"]

OPTIMIZERS = optimizer_names()
SCHEDULES = schedule_names()
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
    optimizer: str = "adam"
    learning_rate: float = 0.001
    schedule: str = "constant"
    momentum: float = 0.0  # SGD only
    weight_decay: float = 0.0
    resize: int | None = None  # pixels, height and width; None: the architecture's own input size
    init: Initialisation = "default"  # "xavier": uniform, on the weights of Linear and Conv2d
    limit: int | None = None  # train on the first so many images
    seed: int = 0
    device: str = "auto"  # "cpu", "cuda", "cuda:1", "mps"
    precision: Precision = "auto"
    deterministic: bool = False


_LARGEST_SEED = 2**63 - 1


def checked(config: TrainConfig) -> TrainConfig:
    """Return ``config`` if every field by itself makes sense; whether they fit network and data comes later.

    Raises:
        CnnvizError: naming the first field that does not.
    """
    _check_whole("epochs", config.epochs, 1, 1_000_000)
    _check_whole("batch size", config.batch_size, 1, 1_000_000)
    _check_whole("resize", config.resize, 1, 16_384, optional=True)
    _check_whole("limit", config.limit, 1, 1_000_000_000, optional=True)
    _check_whole("seed", config.seed, 0, _LARGEST_SEED)
    _check_choice("optimizer", config.optimizer, OPTIMIZERS)
    _check_choice("schedule", config.schedule, SCHEDULES)
    _check_choice("initialisation", config.init, INITIALISATIONS)
    _check_choice("precision", config.precision, PRECISIONS)
    _check_number("learning rate", config.learning_rate, config.learning_rate > 0, "Choose a number above 0.")
    _check_number("momentum", config.momentum, 0 <= config.momentum < 1, "Choose a number from 0 to below 1.")
    _check_number("weight decay", config.weight_decay, config.weight_decay >= 0, "Choose 0 or a number above it.")
    return config


def _check_whole(what: str, value: int | None, minimum: int, maximum: int, optional: bool = False) -> None:
    if optional and value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
        hint = f"Choose a whole number between {minimum:,} and {maximum:,}."
        raise CnnvizError(f"The {what} cannot be {value!r}.", hint)


def _check_choice(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise CnnvizError(f"There is no {what} {value!r}.", f"Choose one of {', '.join(choices)}.")


def _check_number(what: str, value: float, fits: bool, hint: str) -> None:
    if not (fits and math.isfinite(value)):
        raise CnnvizError(f"The {what} cannot be {value!r}.", hint)
