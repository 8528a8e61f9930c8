"""Work of torch's that a stop ends in the middle, between two of its operations, as if it had never been begun."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from cnnviz.training.control import Control, StoppedError
from cnnviz.training.isolation import device_random, set_device_random
from cnnviz.training.own_attributes import attributes_of, put_back

_SLOW_SECONDS = 0.3  # from here on a stop does not wait for the end
_Result = TypeVar("_Result")


class Patience:
    """Does pieces of work that are alike, one after the other; a stop waits for the end of those that are quick.

    Which will be quick is told by the one before, and the first is not. A quick one costs two looks at the clock.
    """

    def __init__(self, control: Control, look: Callable[[], Before] | None = None) -> None:
        """Let a stop end what is slow.

        Args:
            control: tells of the stop.
            look: finds what is to be put back after it; None: nothing is.
        """
        self._control, self._look = control, look
        self._is_slow = True

    def do(self, work: Callable[[], _Result]) -> _Result:
        """Return what ``work`` returns.

        Raises:
            StoppedError: a stop came first.
        """
        begin = time.perf_counter()
        try:
            if not self._is_slow:
                return work()
            with stopping(self._control, self._look and self._look()):
                return work()
        finally:
            self._heed(time.perf_counter() - begin)

    def _heed(self, seconds: float) -> None:
        self._is_slow = seconds >= _SLOW_SECONDS


class SettledPatience(Patience):
    """Takes all to be as slow as the first, so that no clock decides later how numbers are rounded.

    Where torch is watched, gradients of 1×1 maps lie otherwise in memory, which changes the last bits of batch
    normalisation.
    """

    def __init__(self, control: Control, look: Callable[[], Before], is_slow: bool | None) -> None:
        """Let a stop end what is slow.

        Args:
            control: tells of the stop.
            look: finds what is to be put back after it.
            is_slow: as it was settled before; None: the first, for which a stop does not wait, is to tell.
        """
        super().__init__(control, look)
        self.is_slow = is_slow
        self._is_slow = is_slow is not False

    def _heed(self, seconds: float) -> None:
        if self.is_slow is None:
            self.is_slow = seconds >= _SLOW_SECONDS
            self._is_slow = self.is_slow


class Before:
    """What a network's own code may change while it runs, as it stood. Weights are copied once they are written to."""

    def __init__(self, network: nn.Module, device: torch.device) -> None:
        self._network, self._device = network, device
        self._attributes = attributes_of(network)
        self._buffers = [(module._buffers, dict(module._buffers)) for module in network.modules()]
        self._copies = [(buffer, buffer.detach().clone()) for buffer in network.buffers()]
        self._weights: dict[object, list[Tensor]] = {}  # those that lie in one storage
        for weight in network.parameters():
            self._weights.setdefault(_place(weight), []).append(weight)
        self._random, self._device_random = torch.get_rng_state(), device_random(device)

    def note_write(self, values: object) -> None:
        """Keep those weights that are among what an operation is about to write to."""
        for value in tree_leaves(values):
            if isinstance(value, Tensor):
                self._copies += [(each, each.detach().clone()) for each in self._weights.pop(_place(value), ())]

    def restore(self) -> None:
        """Put everything back; there are no gradients then."""
        put_back(self._attributes)
        put_back(self._buffers)
        with torch.no_grad():
            for value, kept_value in self._copies:
                value.copy_(kept_value)
        self._network.zero_grad(set_to_none=True)
        torch.set_rng_state(self._random)
        if self._device_random is not None:
            set_device_random(self._device, self._device_random)


def _place(value: Tensor) -> object:
    """Return what tensors share that show the same memory; sparse ones show none."""
    return value.untyped_storage()._cdata if value.layout is torch.strided else None


class _StopNow(BaseException):
    """No Exception: a network's own code may catch those."""


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]  # untyped in torch
    """Looks between two operations whether a stop was asked for, forwards and backwards. Of this thread alone."""

    supports_higher_order_operators = True

    def __init__(self, control: Control, before: Before | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped in torch
        self._control, self._before = control, before
        self.has_stopped = False

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        """What somebody has compiled stays compiled."""
        return True

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if self._control.stop_requested:
            self.has_stopped = True
            raise _StopNow
        given = kwargs or {}
        if self._before is not None and getattr(func, "_schema", None) is not None and func._schema.is_mutable:
            self._before.note_write((args, given))
        return func(*args, **given)


@contextmanager
def stopping(control: Control, before: Before | None = None) -> Iterator[None]:
    """Inside, a stop ends what torch does in this thread.

    Raises:
        StoppedError: it did.
    """
    watch = _Watch(control, before)
    try:
        with watch:
            yield
    except BaseException:
        if not watch.has_stopped:
            raise
    if watch.has_stopped:  # code that catches everything may have gone on, with what was not computed
        if before is not None:
            before.restore()
        raise StoppedError
