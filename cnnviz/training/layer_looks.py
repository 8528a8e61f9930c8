"""Looks into a network that trains: how its layers do after an epoch, and which one first returned no number.

Nothing is computed for this but a few sums: the gradients are the last batch's, the activations those of test pictures
that are run through the network anyway.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.training.events import LayerSeen, LayersSeen
from cnnviz.training.step import Way, evaluate_batch

PICTURES = 256  # test pictures that activations are looked at for
_SAMPLE = 1 << 18  # numbers of each weight whose update is measured
_CAN_DIE = (nn.ReLU, nn.ReLU6)  # return 0 and pass no gradient on below 0

OnOutput = Callable[[str, nn.Module, tuple[object, ...], Tensor], None]


@contextmanager
def watching(network: nn.Module, on_output: OnOutput) -> Iterator[None]:
    """Inside, call ``on_output(path, module, inputs, output)`` for each layer that has no parts and returns a tensor.

    A layer that runs again within one pass bears its number: "relu", "relu (2)".
    """
    runs: dict[str, int] = {}

    def begin(_network: nn.Module, _inputs: object) -> None:
        runs.clear()

    def watch(path: str) -> Callable[[nn.Module, tuple[object, ...], object], None]:
        def hook(module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
            if isinstance(output, Tensor) and _has_plain_numbers(output):
                runs[path] = again = runs.get(path, 0) + 1
                on_output(path if again == 1 else f"{path} ({again})", module, inputs, output.detach())

        return hook

    leaves = [(path, module) for path, module in network.named_modules() if not any(module.children())]
    handles: list[Any] = [network.register_forward_pre_hook(begin)]
    try:
        handles += [module.register_forward_hook(watch(path)) for path, module in leaves]
        yield
    finally:
        for handle in handles:
            handle.remove()


@dataclass(slots=True)
class _Seen:
    """Sums of what one layer returned, left on the device."""

    kind: str
    batches: list[tuple[int, Tensor, Tensor]] = field(default_factory=list)  # how many numbers, their variance and mean
    fired: Tensor | None = None  # (channels,) whether it was ever above 0; None: it cannot die


class LayerLook:
    """The layers of a network at the end of one epoch."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._owners = {path: own for path, module in network.named_modules() if (own := _own_weights(module))}
        self._before: dict[str, list[Tensor]] = {}
        self._gradients: dict[str, Tensor] = {}
        self._updates: dict[str, Tensor] = {}
        self._seen: dict[str, _Seen] = {}
        self._pictures = 0

    @property
    def wants_more(self) -> bool:
        """True until enough pictures were looked at."""
        return self._pictures < PICTURES

    def evaluate(self, network: nn.Module, images: Tensor, labels: Tensor, way: Way) -> Tensor:
        """Return what ``evaluate_batch`` does, and look at every layer meanwhile."""
        with watching(network, self._take):
            found = evaluate_batch(network, images, labels, way.in_order)
        self._pictures += len(labels)
        return found

    def before_step(self) -> None:
        """Keep some of each layer's weights, as they are before the epoch's last step."""
        self._before = {path: [_some(weight).clone() for weight in own] for path, own in self._owners.items()}

    def after_step(self) -> None:
        """Measure that step, and the gradients that it followed."""
        with torch.no_grad():
            for path, own in self._owners.items():
                gradients = [weight.grad for weight in own if weight.grad is not None]
                if gradients:
                    self._gradients[path] = _norm(gradients)
                if path in self._before:
                    moved = [_some(weight) - before for weight, before in zip(own, self._before[path], strict=True)]
                    self._updates[path] = _norm(moved) / _norm(self._before[path])
        self._before = {}

    def last_step(self) -> dict[str, tuple[float | None, float | None]]:
        """Return the gradient and the update of each layer in the epoch's last step, as ``recall`` takes them."""
        return {path: (_number(self._gradients.get(path)), _number(self._updates.get(path))) for path in self._owners}

    def recall(self, last_step: Mapping[str, Sequence[float | None]]) -> None:
        """Take over what was measured of the epoch's last step before the run was interrupted."""
        for path, (gradient, update) in last_step.items():
            if gradient is not None:
                self._gradients[path] = torch.tensor(gradient, dtype=torch.float64)
            if update is not None:
                self._updates[path] = torch.tensor(update, dtype=torch.float64)

    def _take(self, path: str, module: nn.Module, _inputs: tuple[object, ...], output: Tensor) -> None:
        seen = self._seen.setdefault(path, _Seen(type(module).__name__))
        values = output.float()
        seen.batches.append((values.numel(), *torch.var_mean(values, correction=0)))
        if isinstance(module, _CAN_DIE) and values.dim() > 1:
            fired = values.amax([axis for axis in range(values.dim()) if axis != 1]) > 0
            seen.fired = fired if seen.fired is None else seen.fired | fired

    def told(self, epoch: int, step: int) -> LayersSeen:
        """Return what was seen; a layer with weights that was not heard of stands at the end."""
        silent = [path for path in self._owners if path not in self._seen]
        rows = [*((path, seen) for path, seen in self._seen.items()), *((path, None) for path in silent)]
        return LayersSeen(epoch, step, self._pictures, tuple(self._row(path, seen) for path, seen in rows))

    def _row(self, path: str, seen: _Seen | None) -> LayerSeen:
        fired = None if seen is None else seen.fired
        return LayerSeen(
            path=path or "the network",
            kind=type(self._network.get_submodule(path)).__name__ if seen is None else seen.kind,
            spread=None if seen is None else _number(_spread(seen.batches)),
            gradient=_number(self._gradients.get(path)),
            update=_number(self._updates.get(path)),
            units=None if fired is None else len(fired),
            dead=None if fired is None else 1 - float(fired.float().mean()),
        )


def first_not_finite(network: nn.Module, run: Callable[[], object]) -> tuple[str, str]:
    """Return the first layer whose result is no number, and a sentence on how that came about.

    Args:
        network: whose loss was no number.
        run: gives it those pictures again.
    """
    found: list[tuple[str, str]] = []

    def look(path: str, module: nn.Module, inputs: tuple[object, ...], output: Tensor) -> None:
        if not found and not bool(output.isfinite().all()):
            found.append((path, _cause(module, inputs)))

    with watching(network, look), torch.no_grad():
        output = run()
    if found:
        return found[0]
    if isinstance(output, Tensor) and not bool(output.isfinite().all()):
        return "", "Every layer's result is still finite, and what forward makes of them is not."
    return "", "Every layer's result is still finite; it is the loss that is too large."


def _cause(module: nn.Module, inputs: tuple[object, ...]) -> str:
    own = _own_weights(module)
    if own and not all(bool(weight.isfinite().all()) for weight in own):
        return "Its weights are no numbers: the step before was so long that they overflowed."
    given = [float(each.abs().max()) for each in inputs if isinstance(each, Tensor) and each.numel()]
    largest = f"numbers as large as {max(given):.3g}" if given else "large numbers"
    return f"It was given {largest}, and what it makes of them is beyond what a float can hold."


def _has_plain_numbers(output: Tensor) -> bool:
    return output.is_floating_point() and output.layout is torch.strided and output.numel() > 0


def _own_weights(module: nn.Module) -> list[nn.Parameter]:
    return [
        weight
        for weight in module.parameters(recurse=False)
        if weight.is_floating_point() and not isinstance(weight, nn.parameter.UninitializedParameter)
    ]


def _some(weight: Tensor) -> Tensor:
    """Return the first of its numbers, whole rows of them."""
    if weight.dim() == 0 or weight.numel() <= _SAMPLE:
        return weight.detach()
    return weight.detach()[: max(1, _SAMPLE // weight[0].numel())]


def _norm(values: list[Tensor]) -> Tensor:
    norms: list[Tensor] = [torch.linalg.vector_norm(value.float()) for value in values]
    whole: Tensor = torch.linalg.vector_norm(torch.stack(norms))
    return whole


def _spread(batches: Sequence[tuple[int, Tensor, Tensor]]) -> Tensor:
    """Return the standard deviation of all numbers: means that differ from batch to batch add to it."""
    counts, variances, means = zip(*batches, strict=True)
    shares = torch.tensor(counts, dtype=torch.float64) / sum(counts)
    within, at = (torch.stack(each).cpu().double() for each in (variances, means))
    whole: Tensor = (shares @ (within + (at - shares @ at) ** 2)).sqrt()
    return whole


def _number(value: Tensor | None) -> float | None:
    found = math.nan if value is None else float(value)
    return found if math.isfinite(found) else None
