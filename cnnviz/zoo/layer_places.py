"""Which layer of another network stands where a layer of ours does: in the same block, as the same of its kind.

So VGG-13, 16 and 19 begin with the layers of a shallower one, as in arXiv:1409.1556, section 3.1, whatever their names
are: in torchvision's form the numbers in them count on through all blocks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.runs.weights_file import SavedWeights
from cnnviz.zoo import build, catalog
from cnnviz.zoo.catalog import ModelSpec

if TYPE_CHECKING:
    from torch import nn

_NAMED = 12  # of many layers, so many are named


@dataclass(frozen=True, slots=True)
class LayerPlace:
    """Where a layer stands."""

    module: str  # path of the one that holds it
    block: int  # poolings before it in there
    kind: str  # "Conv2d"
    number: int  # of its kind in the block, from 0


def layer_places(network: nn.Module) -> dict[LayerPlace, str]:
    """Return the paths of the layers that have numbers of their own, by where they stand."""
    places: dict[LayerPlace, str] = {}
    for path, module in network.named_modules():
        block, counted = 0, Counter[str]()
        for name, child in module.named_children():
            kind = type(child).__name__
            if "Pool" in kind:
                block, counted = block + 1, Counter()
            elif child._parameters or child._buffers:
                places[LayerPlace(path, block, kind, counted[kind])] = f"{path}.{name}".removeprefix(".")
                counted[kind] += 1
    return places


def at_their_places(saved: SavedWeights, network: nn.Module, spec: ModelSpec) -> SavedWeights:
    """Return weights of another network under the names of the layers of ``network`` that stand where theirs do.

    Those of layers that ``network`` has not get names that fit nothing. As they were come weights of the same network,
    and of one that is not known, or only from code that is somebody's.

    Args:
        saved: as a run writes them, which tells its network.
        network: that they are for.
        spec: of ``network``.
    """
    source = _network_of(saved.about)
    if source is None or (source.name, dict(source.options)) == (spec.name, dict(spec.options)):
        return saved
    theirs = _built_without_weights(source)
    if theirs is None:
        return saved
    ours, title = layer_places(network), catalog.find(source.name).title
    moves = {path: ours.get(place, "") for place, path in layer_places(theirs).items()}
    return replace(saved, tensors={_moved(name, moves, title): each for name, each in saved.tensors.items()})


def taken_in_words(network: nn.Module, given: SavedWeights, moved: SavedWeights) -> tuple[str, ...]:
    """Return what to say of layers that were matched by their places; nothing where their names were enough."""
    if moved is given:
        return ()
    weights = {name: each.shape for name, each in network.named_parameters() if each.dim() > 1}
    taken = [name for name, shape in weights.items() if name in moved.tensors and moved.tensors[name].shape == shape]
    paths = [name.rpartition(".")[0] for name in taken]
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    source, layers = catalog.find(given.about["model"]).title, units.counted(len(weights), "layer")
    said = f"Of {source}, by block and order, fit {len(taken)} of {layers} with weights"
    return (f"{said}: {', '.join(paths[:_NAMED])}{more}.",)


def _moved(name: str, moves: Mapping[str, str], title: str) -> str:
    path, _, leaf = name.rpartition(".")
    if path not in moves:
        return name
    return f"{moves[path]}.{leaf}" if moves[path] else f"{name} of {title}"


def _network_of(about: Mapping[str, str]) -> ModelSpec | None:
    try:
        options, shape = json.loads(about["options"]), json.loads(about["input_shape"])
        return catalog.resolve(about["model"], options, tuple(shape))
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, CnnvizError):
        return None


def _built_without_weights(spec: ModelSpec) -> nn.Module | None:
    import torch

    if catalog.find(spec.name).is_own:
        return None
    try:
        with torch.device("meta"):
            return build(spec)
    except Exception:  # some constructors need numbers; then names must do
        return None
