"""Layers that keep the weights that they begin with, while the others learn: for transfer to another head."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig


def freeze(network: nn.Module, config: TrainConfig, fresh: Collection[str] = ()) -> tuple[str, ...]:
    """Let the layers that ``config`` names keep their weights, and return what is to be said of it.

    Args:
        network: whose layers they are.
        config: names them.
        fresh: tensors that nothing was loaded for.

    Raises:
        CnnvizError: the network has no such layer, or nothing would be left to learn.
    """
    if config.freeze is None:
        return ()
    modules = dict(network.named_modules())
    paths = [path.strip() for path in config.freeze.split(",")]
    for path in paths:
        if path not in modules or not path:
            raise _unknown(path, list(modules))
        modules[path].requires_grad_(False)
    kept = sum(weight.numel() for weight in network.parameters() if not weight.requires_grad)
    learning = sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
    if not learning:
        raise CnnvizError(f"With {', '.join(paths)} frozen, nothing is left to learn.", "Leave the last layer free.")
    said = f"Frozen: {', '.join(paths)}, {units.exact(kept)} of {units.counted(kept + learning, 'parameter')}."
    if random := [path for path in dict.fromkeys(map(_layer, fresh)) if _is_below(path, paths)]:
        said += f" For {', '.join(random)} nothing was loaded: they keep the random weights that they begin with."
    return (said, *_doubts(paths, modules, config))


def _layer(tensor: str) -> str:
    return tensor.rpartition(".")[0]


def _is_below(path: str, frozen: list[str]) -> bool:
    return any(f"{path}.".startswith(f"{each}.") for each in frozen)


def _doubts(paths: list[str], modules: dict[str, nn.Module], config: TrainConfig) -> list[str]:
    doubts = []
    if config.weights is None:
        doubts.append("The frozen layers begin with random weights, and keep them: begin with trained ones.")
    if any(isinstance(each, _BatchNorm) for path in paths for each in modules[path].modules()):
        doubts.append("BatchNorm in the frozen layers goes on to average what it sees: it has no weights for that.")
    return doubts


def _unknown(path: str, known: list[str]) -> CnnvizError:
    near = difflib.get_close_matches(path, known, n=3, cutoff=0.5) or [each for each in known if each][:4]
    return CnnvizError(f"The network has no layer {path!r} to freeze.", f"Its layers are {', '.join(near)}, …")
