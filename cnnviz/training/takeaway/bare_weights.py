"""The weights alone, as safetensors: the network's state_dict, and what is known of it as text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.runs.checkpoint import read_newest_weights
from cnnviz.runs.unwritten_tensors import system_error
from cnnviz.runs.weights_file import SavedWeights, read_weights_file
from cnnviz.training.takeaway.taken import Taken, loaded

if TYPE_CHECKING:
    from torch import Tensor


def write(taken: Taken, file: Path) -> tuple[str, ...]:
    """Write the weights and return what is to be said of them.

    Raises:
        CnnvizError: they cannot be had, or the disk is full.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    saved = _weights(taken)
    tensors = {name: _apart(tensor) for name, tensor in saved.tensors.items()}
    rights = file.stat().st_mode  # safetensors writes for the owner alone
    try:
        save_file(tensors, file, dict(saved.about))
    except SafetensorError as error:
        raise system_error(error) from error
    file.chmod(rights)
    count = sum(tensor.numel() for tensor in tensors.values())
    return (f"{taken.title}: {len(tensors)} tensors, {count:,} numbers.",)


def _weights(taken: Taken) -> SavedWeights:
    """Those of a run as they stand, whether its network can be built here or not."""
    if taken.run is None:
        network, about = loaded(taken)
        return SavedWeights(network.state_dict(), about)
    if taken.weights.kind == "file" and taken.weights.file is not None:
        return read_weights_file(taken.weights.file)
    return read_newest_weights(taken.run)


def _apart(tensor: Tensor) -> Tensor:
    """Weights that a network shares are written for each of their names."""
    return tensor.detach().cpu().contiguous().clone()
