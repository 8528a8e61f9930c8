"""Batches for which memory ran out, computed in parts: the gradients are added up, so that the step is the same."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import TypeVar

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from cnnviz.errors import CnnvizError
from cnnviz.training.diagnosis import short_of_memory
from cnnviz.training.events import Diagnosed, Event
from cnnviz.training.state import RunState
from cnnviz.training.torch_errors import is_out_of_memory

_Result = TypeVar("_Result")
_Do = Callable[[Callable[[], _Result]], Generator[Event, None, _Result]]


class BatchParts:
    """How many pictures of a batch are computed at a time: all, until memory runs out. The state keeps it."""

    def __init__(self, state: RunState) -> None:
        self._state = state

    def done(self, work: Callable[..., _Result], batch: int, do: _Do[_Result]) -> Generator[Event, None, _Result]:
        """Return what ``do`` returns of ``work``, which is given ``part`` once that is less than the batch.

        Raises:
            CnnvizError: memory ran out, and smaller parts would not do.
        """
        while True:
            try:
                return (yield from do(work if self._state.part is None else partial(work, part=self._state.part)))
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                self._halve(batch, error)
            yield self._let_go(batch)  # out of the reach of the error, which holds what is to be freed

    def _halve(self, batch: int, error: Exception) -> None:
        half = (self._state.part or batch) // 2
        if any(isinstance(module, _BatchNorm) for module in self._state.network.modules()):
            message = f"Memory ran out in step {self._state.step + 1:,}, and this batch cannot be computed in parts: "
            message += "batch normalisation needs the mean over all of it."
            raise CnnvizError(message, f"Choose a batch size of {max(half, 1)}, or a smaller resize.") from error
        if not half:
            message = f"Memory ran out in step {self._state.step + 1:,}, for a single picture."
            raise CnnvizError(message, "Choose a smaller resize or network.") from error
        self._state.part = half

    def _let_go(self, batch: int) -> Diagnosed:
        assert self._state.part is not None
        self._state.optimizer.zero_grad(set_to_none=True)
        if self._state.device.type == "cuda":
            torch.cuda.empty_cache()
        return short_of_memory(self._state.epoch + 1, self._state.step + 1, batch, self._state.part)
