"""Memory that runs out in the middle of a run, by injection."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from cnnviz.errors import CnnvizError
from cnnviz.training import state
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.events import Diagnosed, Event, RunFinished, WeightsReady

LENET = TrainConfig(
    "lenet", "fashion-mnist-sample", epochs=1, batch_size=50, limit=250, device="cpu", deterministic=True
)
ERRORS = (
    torch.OutOfMemoryError("CUDA out of memory."),
    MemoryError(),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes."),
)


def run_short(monkeypatch: pytest.MonkeyPatch, config: TrainConfig, most: int, error: Exception) -> list[Event]:
    """Train where no more than so many pictures fit at a time, from the third step on."""
    real, calls = state.find_gradients, []

    def find(*given: object, part: int | None = None) -> object:
        calls.append(1)
        if len(calls) > 2 and (part or len(given[3])) > most:
            raise error
        return real(*given, part=part)

    monkeypatch.setattr(state, "find_gradients", find)
    return list(train(config))


def last_weights(events: list[Event]) -> dict[str, np.ndarray]:
    return next(dict(event.state) for event in reversed(events) if isinstance(event, WeightsReady))


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_batch_is_computed_in_parts_and_the_run_ends_where_it_would_have(
    error: Exception, smoothing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(LENET, label_smoothing=smoothing)
    whole = last_weights(list(train(config)))
    events = run_short(monkeypatch, config, 13, error)
    told = [event for event in events if isinstance(event, Diagnosed)]
    assert [event.value for event in told] == ["25", "12"]
    assert told[0].step == 3
    assert isinstance(events[-1], RunFinished)
    assert (events[-1].reason, events[-1].step) == ("finished", 5)
    for name, value in last_weights(events).items():
        np.testing.assert_allclose(value, whole[name], atol=2e-5)


def test_batch_normalisation_needs_whole_batches_so_the_run_ends_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = replace(LENET, options={"batch_norm": True})
    with pytest.raises(CnnvizError, match="batch normalisation") as refused:
        run_short(monkeypatch, config, 13, ERRORS[0])
    assert "batch size of 25" in refused.value.hint


def test_memory_too_small_for_one_picture_is_said_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CnnvizError, match="for a single picture"):
        run_short(monkeypatch, LENET, 0, ERRORS[1])


def test_other_errors_are_not_taken_for_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="something else"):
        run_short(monkeypatch, LENET, 0, RuntimeError("something else"))
