"""Saved weights put into a network: all of them or none, or, where that is asked for, those that fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.runs.weights_computed import computed
from cnnviz.runs.weights_file import SavedWeights
from cnnviz.runs.weights_fit import Fit, fit
from cnnviz.runs.weights_pickle import SAVE_HINT

if TYPE_CHECKING:
    from torch import Tensor, nn

_OTHER_NETWORK = "Pick the network that the weights were saved from, with the same options"
_PLAIN_HINT = "Save the weights as they were before they were quantised or made sparse."
_NAMED = 4  # of many tensors, so many are named


class PartlyFitsError(CnnvizError):
    """Not all fits, and what does may not be loaded alone: they are of another form of the network."""


def fill(model: nn.Module, saved: SavedWeights, source: str, allow_mismatch: bool = False) -> tuple[str, ...]:
    """Copy weights into ``model`` and return what is to be said of it: what was ignored, converted or not loaded.

    Args:
        model: whose parameters and buffers are overwritten; nothing is, unless everything fits.
        saved: its names may have a prefix; one copy of tensors that the network shares is enough.
        source: what to call the weights in a message.
        allow_mismatch: copy what fits and leave the rest as it is, as for a network with another head.

    Raises:
        CnnvizError: a tensor is missing, too many, of another shape or kind of number, each with its shapes;
            with ``allow_mismatch`` only where none fits.
    """
    import torch
    from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

    expected = {name: tensor for name, tensor in model.state_dict().items() if isinstance(tensor, torch.Tensor)}
    saved, made = computed(expected, saved)
    found = fit(expected, saved, {name for name, _ in model.named_buffers()})
    _check(expected, found, saved, source, allow_mismatch)
    notes = (*_computed(made, source), *_notes(expected, found, source))  # before lazy layers get their shapes
    with torch.no_grad():
        for name, theirs in found.tensors.items():
            ours = expected[name]
            if isinstance(ours, UninitializedParameter | UninitializedBuffer):
                ours.materialize(theirs.shape)
            ours.copy_(theirs.reshape(ours.shape))
    return notes


def left_alone(model: nn.Module, saved: SavedWeights) -> tuple[str, ...]:
    """Return the names of the tensors that ``fill`` would leave as they are: nothing in ``saved`` fits them."""
    import torch

    expected = {name: tensor for name, tensor in model.state_dict().items() if isinstance(tensor, torch.Tensor)}
    found = fit(expected, computed(expected, saved)[0], {name for name, _ in model.named_buffers()})
    return tuple(name for name in expected if name not in found.tensors)


def _computed(names: Sequence[str], source: str) -> tuple[str, ...]:
    return (
        (f"Computed from their parts in {source}, as the network that was saved does: {_listed(names)}.",)
        if names
        else ()
    )


def _check(expected: Mapping[str, Tensor], found: Fit, saved: SavedWeights, source: str, allow_mismatch: bool) -> None:
    if found.is_whole or (allow_mismatch and found.is_partial):
        return
    if not found.is_partial and saved.left_out:
        kinds = ", ".join(saved.left_out[:_NAMED])
        if all(kind.endswith(" tensors") for kind in saved.left_out):
            raise CnnvizError(f"{source} holds {kinds}, which this network does not compute with.", _PLAIN_HINT)
        message = (
            f"{source} holds whole Python objects ({kinds}), which can run any code, and no weights of this network"
        )
        raise CnnvizError(f"{message} beside them.", SAVE_HINT)
    if not saved.tensors:
        raise CnnvizError(f"{source} holds no tensors.", "Choose a file of weights.")
    problems = _problems(expected, found, saved) if found.is_known else _strangers(expected, saved)
    more = f"; and {len(problems) - _NAMED:,} more" if len(problems) > _NAMED else ""
    kind = PartlyFitsError if found.is_partial else CnnvizError
    raise kind(
        f"The weights in {source} do not fit this network: {'; '.join(problems[:_NAMED])}{more}.",
        _advice(expected, found)
        + (
            ", or load what fits alone (--allow-mismatch; in the window: What fits of it)." if found.is_partial else "."
        ),
    )


def _problems(expected: Mapping[str, Tensor], found: Fit, saved: SavedWeights) -> list[str]:
    shape = units.shape
    given = saved.tensors
    return [
        *(
            f"{name} is {shape(expected[name].shape)} in this network and {shape(theirs.shape)} in the file"
            for name, theirs in found.of_other_shape.items()
        ),
        *(f"{name} ({_shape(expected[name])}) is missing in it" for name in found.missing),
        *(
            f"{name} holds {theirs.dtype} numbers where {expected[name].dtype} is needed"
            for name, theirs in found.of_other_kind.items()
        ),
        *(f"{one} and {other} are one tensor in this network and two in the file" for one, other in found.torn),
        *(f"it has {name} ({shape(given[name].shape)}), which this network has not" for name in found.extra),
    ]


def _strangers(expected: Mapping[str, Tensor], saved: SavedWeights) -> list[str]:
    """Return what to say where no name of the network is in the file."""
    return [f"it has {_listed(list(saved.tensors))}, and the network {_listed(list(expected))}"]


def _notes(expected: Mapping[str, Tensor], found: Fit, source: str) -> tuple[str, ...]:
    kept = [
        *(f"{name} ({_shape(expected[name])})" for name in found.missing),
        *(
            f"{name} ({_shape(expected[name])} here, {units.shape(theirs.shape)} in the file)"
            for name, theirs in found.of_other_shape.items()
        ),
        *(f"{name} ({theirs.dtype} in the file)" for name, theirs in found.of_other_kind.items()),
    ]
    kinds = {str(found.tensors[name].dtype).removeprefix("torch.") for name in _converted(expected, found)}
    copies = [prefix.rstrip(".") or "those without a prefix" for prefix in found.others]
    said = (
        (f"Not loaded from {source}, so the network's own numbers stay", kept),
        (f"Two tensors in {source} that are one here; the last was taken", [" = ".join(pair) for pair in found.torn]),
        (f"Ignored in {source}", [*found.extra, *found.ignored]),
        (f"{source} holds these weights more than once; not taken", copies),
        (f"Numbers of {source} that were converted", sorted(kinds)),
        (f"Not finite in {source}, in some or all numbers", _not_finite(found)),
    )
    return tuple(f"{text}: {_listed(names)}." for text, names in said if names)


def _converted(expected: Mapping[str, Tensor], found: Fit) -> list[str]:
    return [
        name
        for name, theirs in found.tensors.items()
        if theirs.is_floating_point() and theirs.dtype != expected[name].dtype and expected[name].is_floating_point()
    ]


def _not_finite(found: Fit) -> list[str]:
    """Return the names of tensors with infinite numbers, or what is no number: a training that went astray."""
    fractions = ((name, each) for name, each in found.tensors.items() if each.is_floating_point())
    return [name for name, each in fractions if not each.float().isfinite().all()]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(name or "a tensor without a name" for name in names[:_NAMED]) + more


def _advice(expected: Mapping[str, Tensor], found: Fit) -> str:
    """Name the option when the only difference is the number of classes, or the channels of the input."""
    first = next(iter(found.of_other_shape), None)
    if first is None or found.missing or found.of_other_kind or found.extra:
        return _OTHER_NETWORK
    ours, theirs = expected[first].shape, found.of_other_shape[first].shape
    last = list(expected)[-1].rpartition(".")[0]
    if all(name.rpartition(".")[0] == last for name in found.of_other_shape) and ours[1:] == theirs[1:]:
        return f"They were saved with {units.counted(theirs[0], 'class')}: set Classes to {theirs[0]}"
    is_first = list(found.of_other_shape) == [next(iter(expected))]
    if is_first and len(ours) == len(theirs) == 4 and (ours[0], *ours[2:]) == (theirs[0], *theirs[2:]):
        channels = units.counted(theirs[1], "input channel")
        return f"They were saved with {channels}: set Input channels to {theirs[1]}"
    return _OTHER_NETWORK


def _shape(tensor: Tensor) -> str:
    from torch.nn.parameter import is_lazy

    return "of any shape" if is_lazy(tensor) else units.shape(tensor.shape)
