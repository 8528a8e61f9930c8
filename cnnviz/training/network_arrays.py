"""The weights and buffers of a network as arrays, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError

Arrays = Mapping[str, np.ndarray]


def state_arrays(network: nn.Module) -> dict[str, np.ndarray]:
    """Return a copy of the state_dict as arrays in memory, bf16 as float32.

    Raises:
        CnnvizError: the network keeps something else there, or numbers of a kind that no array has.
    """
    kept = network.state_dict()
    for name, value in kept.items():
        if not isinstance(value, Tensor):
            message = f"The network keeps a {type(value).__name__} with its weights, {name}: files hold tensors only."
            raise CnnvizError(message, "Return a tensor from get_extra_state, or leave it out.")
    return _arrays_of(kept.items())


def unsaved_arrays(network: nn.Module) -> dict[str, np.ndarray]:
    """Return a copy of the buffers that the state_dict leaves out.

    Raises:
        CnnvizError: one holds numbers of a kind that no array has.
    """
    return _arrays_of(_unsaved_buffers(network))


def load_arrays(network: nn.Module, weights: Arrays, buffers: Arrays | None = None) -> None:
    """Let the network hold these.

    Args:
        network: as it was built.
        weights: all of its state_dict.
        buffers: those that it leaves out; None: they stay.

    Raises:
        RuntimeError, KeyError: it has others, or of another shape.
    """
    _make_room(network, {**weights, **(buffers or {})})
    network.load_state_dict({name: tensor_of(value) for name, value in weights.items()})
    if buffers is not None:
        for name, buffer in _unsaved_buffers(network):
            buffer.copy_(tensor_of(buffers[name]))


def array_of(value: Tensor) -> np.ndarray:
    """Return a copy, bf16 as float32."""
    whole = value.detach().to("cpu", torch.float32 if value.dtype == torch.bfloat16 else value.dtype, copy=True)
    array: np.ndarray = whole.contiguous().numpy()
    return array


def tensor_of(array: np.ndarray) -> Tensor:
    """Return a copy."""
    return torch.from_numpy(array.copy())


def _arrays_of(tensors: Iterable[tuple[str, Tensor]]) -> dict[str, np.ndarray]:
    found = {}
    for name, value in tensors:
        try:
            found[name] = array_of(value)
        except (TypeError, RuntimeError, NotImplementedError) as error:
            kind = str(value.dtype if value.layout is torch.strided else value.layout).removeprefix("torch.")
            message = f"The network keeps a tensor of the kind {kind}, {name}, which checkpoints cannot hold."
            raise CnnvizError(message, "Keep it as a plain tensor of float32, and convert it in forward.") from error
    return found


def _unsaved_buffers(network: nn.Module) -> list[tuple[str, Tensor]]:
    saved = network.state_dict().keys()
    return [(name, buffer) for name, buffer in network.named_buffers() if name not in saved]


def _make_room(network: nn.Module, arrays: Arrays) -> None:
    """Give buffers that forward makes, or lets grow, the shape that they have come to."""
    for path, module in network.named_modules():
        for name, buffer in module._buffers.items():
            array = arrays.get(f"{path}.{name}" if path else name)
            if array is None:
                continue
            if buffer is None:
                weight = next(network.parameters(), None)
                module._buffers[name] = tensor_of(array).to(None if weight is None else weight.device)
            elif tuple(buffer.shape) != array.shape or _lies_on_itself(buffer):
                module._buffers[name] = buffer.new_empty(array.shape)


def _lies_on_itself(buffer: Tensor) -> bool:
    """As ``expand`` makes it, which nothing can be written to."""
    return any(step == 0 and size > 1 for step, size in zip(buffer.stride(), buffer.shape, strict=True))
