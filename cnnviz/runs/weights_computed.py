"""Weights that were saved as what a layer computes them from: pruned ones, those of a weight or spectral norm."""

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

    Where the network is pruned or has such a norm as well, it computes them, and all stays as it is.
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
            value = compute(*[tensors[each] for each in parts if each is not None])
            if value is None:
                continue
            for each in parts:
                del tensors[each or ""]
            tensors[whole] = value
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


def _of_largest(whole: Tensor, left: Tensor, right: Tensor) -> Tensor | None:
    """Miyato et al., arXiv:1802.05957, section 2.1: W / uᵀWv, where u has the length of W's axis of outputs.

    A transposed convolution has its outputs second. Of two axes of one length it is the one along which u is about Wv,
    as the iteration leaves it; None where neither is, or both are.
    """
    if whole.dim() < 2 or whole.numel() != left.numel() * right.numel():
        return None
    outputs = [at for at in range(2) if whole.shape[at] == left.numel()]
    if whole.dim() == 2:
        outputs = outputs[:1]  # a linear layer's are first
    u, v = left.double(), right.double()
    products = [whole.double().movedim(at, 0).flatten(1) @ v for at in outputs]
    if len(products) > 1:
        products = [each for each in products if u @ each > _ABOUT * u.norm() * each.norm()]
    return (whole.double() / (u @ products[0])).to(whole.dtype) if len(products) == 1 else None


_ABOUT = 0.99  # cosine of the angle between: 0.9999 and more behind training, below 0.9 along the other axis
_Way = tuple[Sequence[str], Callable[..., "Tensor | None"]]
_WAYS: tuple[_Way, ...] = (
    (("_orig", "_mask"), _pruned),
    (("_orig", "_u", "_v"), _of_largest),
    (("_g", "_v"), _of_length),
)
