"""Weights that were saved as what a layer computes them from: pruned ones, those of a weight norm."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.runs.weights_file import SavedWeights
from cnnviz.runs.weights_fit import todays_name

if TYPE_CHECKING:
    from torch import Tensor


def computed(expected: Mapping[str, Tensor], saved: SavedWeights) -> tuple[SavedWeights, tuple[str, ...]]:
    """Return the weights with those computed that a plain network holds itself, and the names of these.

    Where the network is pruned or has a weight norm as well, it computes them, and all stays as it is.
    """
    names = {todays_name(name): name for name in saved.tensors}
    own = {todays_name(name) for name in expected}
    tensors, dictionaries, made = dict(saved.tensors), dict(saved.dictionaries), []
    for endings, compute in _WAYS:
        for name in [each for each in names if each.endswith(endings[0])]:
            whole = name.removesuffix(endings[0])
            parts = [names.get(whole + ending) for ending in endings]
            is_other = any(whole.endswith(each.removesuffix(endings[0])) for each in own if each.endswith(endings[0]))
            if None in parts or whole in names or is_other:
                continue
            tensors[whole] = compute(*[tensors.pop(each) for each in parts if each is not None])
            dictionaries[whole] = dictionaries.pop(parts[0] or "", "")
            made.append(whole)
    return (replace(saved, tensors=tensors, dictionaries=dictionaries) if made else saved), tuple(made)


def _pruned(whole: Tensor, mask: Tensor) -> Tensor:
    """``torch.nn.utils.prune``: what the mask leaves."""
    return whole * mask


def _of_length(length: Tensor, direction: Tensor) -> Tensor:
    """Salimans and Kingma, arXiv:1602.07868, equation 2: g v / |v|, where g has an axis for each length of its own."""
    axes = [at for at in range(direction.dim()) if length.dim() == 0 or length.shape[at] == 1]
    made: Tensor = direction * (length / direction.norm(2, axes, keepdim=True))
    return made


_Way = tuple[Sequence[str], Callable[..., "Tensor"]]
_WAYS: tuple[_Way, ...] = ((("_orig", "_mask"), _pruned), (("_g", "_v"), _of_length))
