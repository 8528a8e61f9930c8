"""A captured run in the form that its checkpoints hold: arrays by name, and facts as JSON holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

import numpy as np
import torch

from cnnviz.runs.resume_point import ResumePoint, SavedState
from cnnviz.training.best_epoch import Standing
from cnnviz.training.config import Precision
from cnnviz.training.meter import Totals
from cnnviz.training.own_attributes import PLAIN
from cnnviz.training.state import Captured
from cnnviz.training.step import Way

_SCHEMA = 1
_BUFFER, _OPTIMIZER = "buffer.", "optimizer."  # then the buffer's name; the parameter's number, what is kept of it
_OTHERS = "random."  # then whose
_ATTRIBUTE = "attribute."  # then the module's path and the name
_NUMBERS = {"learning_rate": float, "epoch": int, "batch": int, "step": int, "seconds": float, "train_seconds": float}
_PLAIN = (*_NUMBERS, "waiting_seconds", "last_step")
_PRECISIONS = [each for each in get_args(Precision) if each != "auto"]
_GOOD_STEPS = "_growth_tracker"  # GradScaler's name
_LARGEST = 2**53  # until there floats count


def saved_form(captured: Captured, begun_with: Mapping[str, object]) -> SavedState:
    """Return all of ``captured`` but the weights.

    Args:
        captured: where the run stands.
        begun_with: what the data and the network's file are.
    """
    arrays = {f"{_BUFFER}{name}": value for name, value in captured.buffers.items()}
    plain: dict[str, dict[str, object]] = {}
    for number, kept in captured.optimizer.items():
        for name, value in kept.items():
            if isinstance(value, np.ndarray):
                arrays[f"{_OPTIMIZER}{number}.{name}"] = value
            else:
                plain.setdefault(str(number), {})[name] = value
    arrays |= {"order": captured.order, "random": captured.random}
    arrays |= {f"{_OTHERS}{name}": value for name, value in captured.other_random.items()}
    attributes = {name: value for name, value in captured.attributes.items() if not isinstance(value, np.ndarray)}
    arrays |= {f"{_ATTRIBUTE}{name}": v for name, v in captured.attributes.items() if isinstance(v, np.ndarray)}
    if captured.device_random is not None:
        arrays["device_random"] = captured.device_random
    facts: dict[str, object] = {"schema": _SCHEMA, **{name: getattr(captured, name) for name in _PLAIN}}
    facts |= {
        "standing": asdict(captured.standing),
        "way": asdict(captured.way),
        "scaler": dict(captured.scaler),
        "totals": asdict(captured.totals),
        "optimizer": plain,
        "part": captured.part,
        "slow_steps": captured.slow_steps,
        "attributes": attributes,
        "still": captured.still,
    }
    return SavedState(arrays, {**facts, **begun_with, **computed_with()})


def captured_of(point: ResumePoint) -> Captured:
    """Return what ``saved_form`` was given.

    Raises:
        ValueError, TypeError, KeyError: the checkpoint holds something else.
    """
    arrays, facts = point.saved.arrays, point.saved.facts
    if facts.get("schema") != _SCHEMA:
        raise ValueError(f"schema {facts.get('schema')!r} is not known to this version")
    numbers = {name: _number(facts[name], kind) for name, kind in _NUMBERS.items()}
    totals = _table(facts["totals"])
    return Captured(
        weights=point.weights,
        buffers=_named(arrays, _BUFFER),
        optimizer=_optimizer(arrays, facts["optimizer"]),
        order=arrays["order"],
        random=arrays["random"],
        device_random=arrays.get("device_random"),
        other_random=_named(arrays, _OTHERS),  # the first runs had none
        way=_way(_table(facts["way"])),
        scaler=_scaler(facts.get("scaler", {})),  # the first runs had none
        waiting_seconds=_number(facts.get("waiting_seconds", 0.0), float),  # the first runs had none
        totals=Totals(_measured(totals["loss"]), _number(totals["right"], int), _number(totals["images"], int)),
        standing=_standing(facts.get("standing", {}), numbers["epoch"]),  # the first runs had none
        last_step={name: _two_measured(values) for name, values in _table(facts["last_step"]).items()},
        part=_part(facts.get("part")),
        slow_steps=_whether(facts.get("slow_steps")),
        attributes=_plain(facts.get("attributes", {})) | _named(arrays, _ATTRIBUTE),  # the first runs had none
        still=_names(facts.get("still")),
        **numbers,
    )


def _named(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def _number(value: object, kind: type) -> Any:
    if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
        raise TypeError(f"{str(value)[:40]!r} is no number")
    if not 0 <= value < _LARGEST:
        raise ValueError(f"{str(value)[:40]} is no number of a run")
    return kind(value)


def _measured(value: object) -> float:
    """It may be infinite, or no number: what diverges is kept as it is."""
    return value if isinstance(value, float) else float(_number(value, int))


def _two_measured(values: object) -> list[float | None]:
    if not isinstance(values, list) or len(values) != 2:
        raise TypeError(f"{str(values)[:40]!r} are not two numbers")
    return [None if each is None else _measured(each) for each in values]


def _part(value: object) -> int | None:
    """Of 0 pictures there would be no end; the first runs had none."""
    return None if value is None else max(1, int(_number(value, int)))


def _whether(value: object) -> bool | None:
    return value if isinstance(value, bool) else None  # the first runs had none


def _plain(value: object) -> dict[str, object]:
    found = _table(value)
    if not all(type(each) in PLAIN for each in found.values()):
        raise TypeError("what the network keeps is not plain")
    return found


def _names(value: object) -> list[str] | None:
    return [str(each) for each in value] if isinstance(value, list) else None  # the first runs had none


def _standing(value: object, epoch: int) -> Standing:
    facts = _table(value)
    counts = {name: _number(facts.get(name, 0), int) for name in ("best_epoch", "waited")}
    counts["least_epoch"] = _number(facts.get("least_epoch", epoch - counts["waited"]), int)  # older runs had none
    best, least = (None if facts.get(name) is None else _measured(facts[name]) for name in ("best_loss", "least_loss"))
    accuracy = _measured(facts.get("best_accuracy", 0.0))
    return Standing(best_accuracy=accuracy, best_loss=best, least_loss=least, **counts)


def _way(facts: Mapping[str, object]) -> Way:
    said = facts.get("precision", "bf16" if facts.get("bf16") is True else "fp32")  # the first runs had only these
    precision = next((each for each in _PRECISIONS if each == said), None)
    if precision is None:
        raise ValueError(f"{str(said)[:40]!r} is no precision")
    is_on = {name: facts.get(name, False) is True for name in ("pool_first", "graph")}
    return Way(facts["channels_last"] is True, precision, **is_on)


def _scaler(value: object) -> dict[str, float]:
    facts = _table(value)
    if not facts:
        return {}
    if not (scale := _number(facts["scale"], float)):
        raise ValueError("losses are scaled by 0")
    return {"scale": scale, _GOOD_STEPS: _number(facts[_GOOD_STEPS], int)}


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{str(value)[:40]!r} is no table")
    return value


def computed_with() -> dict[str, object]:
    """Return what the bits of a run depend on besides its state."""
    return {"torch": torch.__version__, "threads": torch.get_num_threads()}


def _optimizer(arrays: Mapping[str, np.ndarray], plain: object) -> dict[int, dict[str, object]]:
    if not isinstance(plain, dict):
        raise TypeError("what the optimizer keeps is no table")
    kept: dict[int, dict[str, object]] = {int(number): dict(values) for number, values in plain.items()}
    for name, value in arrays.items():
        if name.startswith(_OPTIMIZER):
            _, number, what = name.split(".", 2)
            kept.setdefault(int(number), {})[what] = value
    return kept
