"""What the modules of a network keep by plain names, beside weights and buffers, and change while it learns.

``self.steps += 1`` in forward is state as much as a weight is, though no state_dict holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.training.network_arrays import array_of, tensor_of

_Held = TypeVar("_Held")
Attributes = Mapping[str, object]  # a plain value or an array, by the path of the module and the name
PLAIN = (bool, int, float, str, type(None))
_LONGEST = 1000  # characters
_LARGEST = 1 << 20  # bytes of a tensor
TORCHS_OWN = frozenset(vars(nn.Module()))
_UNREADABLE = (torch.bfloat16,)  # by NumPy, and so without their kind afterwards


class OwnAttributes:
    """Tells what was changed since it was made."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._first = dict(_plain_of(network))

    def changed(self) -> dict[str, object]:
        """Return a copy of what differs; what forward makes of a picture, with its gradients, is none of it."""
        return {name: value for name, value in _plain_of(self._network) if not self._was(name, value)}

    def restore(self, changed: Attributes) -> None:
        """Let the modules keep this.

        Raises:
            KeyError: there is no such module.
            ValueError: PyTorch's own or a method is to be overwritten, which ``changed`` never names.
        """
        modules = dict(self._network.named_modules())
        for name, value in changed.items():
            path, _, attribute = name.rpartition(".")
            kept = modules[path].__dict__
            if attribute in TORCHS_OWN or callable(getattr(modules[path], attribute, None)):
                raise ValueError(f"{name} is none of the network's own numbers")
            if isinstance(value, np.ndarray):
                before = kept.get(attribute)
                kept[attribute] = tensor_of(value).to((before if isinstance(before, Tensor) else self._weight).device)
            else:
                kept[attribute] = value

    @property
    def _weight(self) -> Tensor:
        return next(self._network.parameters())

    def _was(self, name: str, value: object) -> bool:
        first = self._first.get(name, ...)
        if isinstance(value, np.ndarray) and isinstance(first, np.ndarray):
            return (value.dtype, value.shape, value.tobytes()) == (first.dtype, first.shape, first.tobytes())
        return type(value) is type(first) and repr(value) == repr(first)


@contextmanager
def attributes_kept(network: nn.Module) -> Iterator[None]:
    """Afterwards each module has the attributes that it had."""
    before = attributes_of(network)
    try:
        yield
    finally:
        put_back(before)


def attributes_of(network: nn.Module) -> list[tuple[dict[str, object], dict[str, object]]]:
    """Return what each module holds, and a copy for ``put_back``."""
    return [(module.__dict__, dict(module.__dict__)) for module in network.modules()]


def put_back(before: Iterable[tuple[dict[str, _Held], dict[str, _Held]]]) -> None:
    """Let each module hold what it did."""
    for own, kept in before:
        own.clear()
        own.update(kept)


def _plain_of(network: nn.Module) -> Iterator[tuple[str, object]]:
    for path, module in network.named_modules():
        for name, value in list(vars(module).items()):
            if name not in TORCHS_OWN and "." not in name and is_kept(module, value):
                yield f"{path}.{name}", array_of(value) if isinstance(value, Tensor) else value


def is_kept(module: nn.Module, value: object) -> bool:
    """Return whether a value that this module holds by a name of its own is kept: small ones are."""
    if isinstance(value, Tensor):
        return not is_torchs(module) and _is_small(value)
    return type(value) in PLAIN and len(str(value)) <= _LONGEST


def is_torchs(module: nn.Module) -> bool:
    """Return whether its code is PyTorch's own."""
    return type(module).__module__.startswith("torch.")


def _is_small(value: Tensor) -> bool:
    if value.requires_grad or value.layout is not torch.strided or value.dtype in _UNREADABLE or value.is_meta:
        return False
    return value.nbytes <= _LARGEST
