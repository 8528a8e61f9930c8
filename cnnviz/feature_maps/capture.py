"""A network and an input in; what its calls returned out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.foreign.blame import is_ours
from cnnviz.inspection.call import Identity
from cnnviz.inspection.examples import Example
from cnnviz.inspection.tracing.one_run import watch
from cnnviz.inspection.tracing.values import tensors

if TYPE_CHECKING:
    from torch import Tensor


def capture(
    model: nn.Module, example: Example, call: Identity, budget: int, go_on: Callable[[], None] | None = None
) -> dict[Identity, tuple[Tensor, ...]]:
    """Return copies of the tensors that the calls returned: of all while they fit the budget, or only ``call``'s.

    A call that is not among them was not reached.

    Args:
        model: run once, in eval mode.
        example: what it is run on, on the model's device.
        call: what it is in the report; an error after it has finished does not matter.
        budget: bytes, counted as float32.
        go_on: called before the run and as each call finishes; a CnnvizError that it raises ends the run.

    Raises:
        CnnvizError: the network failed before ``call`` finished, or ``go_on`` ended it.
    """
    go_on = go_on or _always
    keeper = _Keeper(call, budget, go_on)
    go_on()
    try:
        watch(model, example, keeper)
    except _Enough:
        pass
    except CnnvizError:
        raise
    except Exception as error:  # whatever a network's forward pass may raise
        if is_ours(error):
            raise
        if call not in keeper.outputs:
            raise _failed(error) from error
    return keeper.outputs


def _always() -> None:
    """Go on."""


class _Enough(Exception):  # noqa: N818  not an error: what was asked for is there
    """Ends a forward pass."""


class _Keeper:
    """Called with each call's output: keeps copies, for a later layer may write in place."""

    def __init__(self, wanted: Identity, budget: int, go_on: Callable[[], None]) -> None:
        self._go_on = go_on
        self.outputs: dict[Identity, tuple[Tensor, ...]] = {}
        self._wanted = wanted
        self._left = budget
        self._all = True

    def __call__(self, call: Identity, output: object) -> None:
        self._go_on()
        found = tensors(output)
        self._left -= sum(4 * each.numel() for each in found)
        self._all = self._all and self._left >= 0
        if self._all or call == self._wanted:
            self.outputs[call] = tuple(each.detach().clone() for each in found)
        if not self._all:
            self.outputs = {key: kept for key, kept in self.outputs.items() if key == self._wanted}
            if self._wanted in self.outputs:
                raise _Enough


def _failed(error: Exception) -> CnnvizError:
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, MemoryError) or "not enough memory" in text or "can't allocate memory" in text:
        return CnnvizError("There is not enough memory for this network.", "Choose a smaller input or network.")
    return CnnvizError(f"The network fails before this layer: {text}", "The Layers page shows where, and the remedy.")
