"""One call of a network, caught as it was made: it can be made again, alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError
from cnnviz.foreign.guard import foreign_code
from cnnviz.foreign.process_state import process_state_kept
from cnnviz.foreign.randomness import seeded
from cnnviz.inspection.call import Call, Identity
from cnnviz.inspection.examples import Example
from cnnviz.inspection.tracing.one_run import in_eval_mode, watch
from cnnviz.inspection.tracing.values import tensors


@dataclass(frozen=True, slots=True, eq=False)
class Entered:
    """A module or function, the arguments that it was called with, and the first tensor that it returned: copies."""

    run: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    output: Tensor

    @property
    def inputs(self) -> list[Tensor]:
        """The tensors among the arguments, parameters left out."""
        return tensors((self.args, self.kwargs))

    def argument(self, position: int, name: str) -> Any:
        """Return what a function was given by position or by name; None: neither."""
        return self.args[position] if len(self.args) > position else self.kwargs.get(name)

    def parameter(self, name: str, position: int) -> Tensor | None:
        """Return a weight of the module, or the one that the function was given."""
        found = getattr(self.run, name, None) if isinstance(self.run, nn.Module) else self.argument(position, name)
        return found.detach() if isinstance(found, Tensor) else None

    def again(self, inputs: list[Tensor]) -> Tensor:
        """Return what the call returns for other inputs, in eval mode; gradients are recorded."""
        given = iter(inputs)
        args, kwargs = _replaced(self.args, given), _replaced(dict(self.kwargs), given)
        module = self.run if isinstance(self.run, nn.Module) else nn.Identity()
        with seeded(0), process_state_kept(), foreign_code(), in_eval_mode(module), torch.enable_grad():
            return next(iter(tensors(self.run(*args, **kwargs))))


def enter(model: nn.Module, example: Example, call: Call, go_on: Callable[[], None] | None = None) -> Entered:
    """Run the network until a call has finished, and return that call.

    Raises:
        CnnvizError: the network fails before, the call is not reached, or it returns no tensor.
    """
    catcher = _Catcher(call.identity, go_on)
    try:
        watch(model, example, catcher.finished, catcher.begun)
    except _Caught:
        pass
    except CnnvizError:
        raise
    except Exception as error:  # whatever a network's forward pass may raise
        text = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CnnvizError(f"The network fails before this layer: {text}", "Choose an earlier layer.") from error
    name = call.path or "The network"
    if catcher.begin is None or not catcher.is_finished:
        raise CnnvizError(f"{name} ({call.kind}) was not reached with this picture.", "Choose another layer.")
    if catcher.output is None:
        raise CnnvizError(f"{name} returned no tensor.", "Choose another layer.")
    return Entered(*catcher.begin, catcher.output)


class _Caught(Exception):  # noqa: N818  not an error: what was asked for is there
    """Ends a forward pass."""


class _Catcher:
    def __init__(self, wanted: Identity, go_on: Callable[[], None] | None) -> None:
        self._wanted, self._go_on = wanted, go_on
        self.begin: tuple[Callable[..., Any], tuple[Any, ...], Mapping[str, Any]] | None = None
        self.output: Tensor | None = None
        self.is_finished = False

    def begun(self, call: Identity, run: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        if call == self._wanted:
            self.begin = run, _copied(args), _copied(dict(kwargs))

    def finished(self, call: Identity, output: object) -> None:
        if self._go_on is not None:
            self._go_on()
        if call == self._wanted:
            first = next(iter(tensors(output)), None)
            self.output = None if first is None else first.detach().clone()
            self.is_finished = True
            raise _Caught


def _copied(value: Any) -> Any:
    """A later layer may write in place. Parameters are the network's own, and stay."""
    if isinstance(value, Tensor) and not isinstance(value, nn.Parameter):
        return value.detach().clone()
    return _mapped(value, _copied)


def _replaced(value: Any, given: Any) -> Any:
    if isinstance(value, Tensor) and not isinstance(value, nn.Parameter):
        return next(given)
    return _mapped(value, lambda each: _replaced(each, given))


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple | list) and not hasattr(value, "_fields"):
        return type(value)(map(change, value))
    if isinstance(value, dict):
        return {key: change(each) for key, each in value.items()}
    return value
