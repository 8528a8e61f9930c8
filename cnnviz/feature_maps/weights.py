"""Networks with weights in them: random, pretrained, from a file, or from a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps import pretrained
from cnnviz.feature_maps.questions import RANDOM_WEIGHTS, Weights
from cnnviz.files import Progress
from cnnviz.foreign.randomness import seeded
from cnnviz.pictures.reading import Normalisation
from cnnviz.runs.checkpoint import newest_checkpoint, read_newest_weights
from cnnviz.runs.weights_file import read_weights_file
from cnnviz.zoo import build, catalog
from cnnviz.zoo.catalog import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor, nn

_SEED = 0
_WRAPPERS = ("module.", "_orig_mod.")  # DataParallel and torch.compile put these before every name


@dataclass(frozen=True, slots=True)
class Origin:
    """What else the origin of weights tells."""

    normalisation: Normalisation | None = None  # what the picture is to be brought to; None: it stays 0..1
    class_names: tuple[str, ...] = ()
    step: int | None = None


def named(text: str, spec: ModelSpec | None = None) -> Weights:
    """Return the weights that somebody typed.

    Args:
        text: "random", "pretrained" (the first published), "IMAGENET1K_V2", a .safetensors file or a run folder;
            a file or folder that is there wins over a name.
        spec: whose pretrained weights are meant.

    Raises:
        CnnvizError: it is none of these.
    """
    file = Path(text).expanduser()
    if file.is_dir():
        return Weights("run", file=file)
    if file.is_file() or file.suffix:
        return Weights("file", file=file)
    if text.lower() == "random":
        return RANDOM_WEIGHTS
    offered = [weights.name for weights in catalog.find(spec.name).weights] if spec is not None else []
    if text.lower() == "pretrained" and offered:
        return Weights("pretrained", name=offered[0])
    if spec is not None:
        pretrained.check_offered(spec, text.upper())
    return Weights("pretrained", name=text.upper())


def built(spec: ModelSpec) -> nn.Module:
    """Return the network in eval mode, with random weights, the same ones every time; what its file sets is kept.

    Raises:
        CnnvizError: the input is too small for the network's layers.
    """
    with seeded(_SEED):
        return build(spec).eval()


def version(weights: Weights) -> object:
    """Return something that changes when the same weights are written anew: by a run that goes on, or over a file.

    Raises:
        CnnvizError: the run has written no weights yet.
    """
    if weights.file is None:
        return None
    file = newest_checkpoint(weights.file) / "model.safetensors" if weights.kind == "run" else weights.file
    try:
        status = file.stat()
    except OSError:
        return None  # reading it will say what is wrong
    return file, status.st_mtime_ns, status.st_size


def put_into(model: nn.Module, spec: ModelSpec, weights: Weights, on_progress: Progress | None = None) -> Origin:
    """Fill ``model``, built from ``spec``, with weights that are not random; on failure it is left as it was.

    Raises:
        CnnvizError: they cannot be had, are damaged, or belong to another network.
    """
    match weights.kind:
        case "pretrained":
            file = pretrained.fetch(spec, weights.name, on_progress)
            fill(model, pretrained.read(file), file.name)
            return Origin(pretrained.normalisation(spec, weights.name), pretrained.class_names(spec, weights.name))
        case "file" | "run":
            saved = (
                read_newest_weights(_file_of(weights))
                if weights.kind == "run"
                else read_weights_file(_file_of(weights))
            )
            fill(model, saved.tensors, weights.title)
            return Origin(None, _class_names(saved.about), _step(saved.about))
        case "random":
            raise ValueError("random weights come with a fresh network")


def fill(model: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Copy ``state`` into ``model``; nothing is copied unless everything fits.

    Args:
        model: whose parameters and buffers are overwritten.
        state: a tensor for each entry of the model's ``state_dict``.
        source: what to call the weights in a message.

    Raises:
        CnnvizError: a tensor is missing, too many, of another shape or kind of number; the first one is named.
    """
    given = _without_wrapper(state)
    expected = model.state_dict()
    _check_fit(expected, given, source)
    with torch.no_grad():
        for name, tensor in expected.items():
            if name in given:
                tensor.copy_(given[name])


def _check_fit(expected: Mapping[str, Tensor], given: Mapping[str, Tensor], source: str) -> None:
    for name, ours in expected.items():
        theirs = given.get(name)
        if theirs is None and name.endswith("num_batches_tracked"):  # unused in eval mode, and absent in old files
            continue
        if theirs is None:
            raise _misfit(source, f"{name} ({units.shape(ours.shape)}) is missing in it", _OTHER_NETWORK)
        if theirs.shape != ours.shape:
            there = f"{name} is {units.shape(ours.shape)} in this network and {units.shape(theirs.shape)} in the file"
            raise _misfit(source, there, _advice(expected, given, name))
        if theirs.is_complex() or theirs.is_floating_point() != ours.is_floating_point():
            raise _misfit(source, f"{name} holds {theirs.dtype} numbers where {ours.dtype} is needed", _OTHER_NETWORK)
    extra = next((name for name in given if name not in expected), None)
    if extra is not None:
        there = f"it has {extra} ({units.shape(given[extra].shape)}), which this network has not"
        raise _misfit(source, there, _OTHER_NETWORK)


_OTHER_NETWORK = "Pick the network that the weights were saved from, with the same options."


def _misfit(source: str, what: str, hint: str) -> CnnvizError:
    return CnnvizError(f"The weights in {source} do not fit this network: {what}.", hint)


def _advice(expected: Mapping[str, Tensor], given: Mapping[str, Tensor], first: str) -> str:
    """Name the option when the only difference is the number of classes, or the channels of the input."""
    ours, theirs = expected[first].shape, given[first].shape
    differing = {name for name, tensor in expected.items() if name in given and tensor.shape != given[name].shape}
    last = list(expected)[-1].rpartition(".")[0]
    if all(name.rpartition(".")[0] == last for name in differing) and ours[1:] == theirs[1:]:
        return f"They were saved with {theirs[0]:,} classes: set Classes to {theirs[0]}."
    if (
        differing == {first}
        and first == next(iter(expected))
        and len(ours) == len(theirs) == 4
        and ours[0] == theirs[0]
    ):
        return f"They were saved with {theirs[1]} input channels: set Input channels to {theirs[1]}."
    return _OTHER_NETWORK


def _without_wrapper(state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    for wrapper in _WRAPPERS:
        if state and all(name.startswith(wrapper) for name in state):
            state = {name.removeprefix(wrapper): tensor for name, tensor in state.items()}
    return state


def _file_of(weights: Weights) -> Path:
    if weights.file is None:
        raise CnnvizError("No weights are chosen.", "Choose a .safetensors file or a run folder.")
    return weights.file


def _class_names(about: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the classes where the file tells them, as one of a run does."""
    try:
        names = json.loads(about.get("class_names", "[]"))
    except ValueError:
        return ()
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _step(about: Mapping[str, str]) -> int | None:
    step = about.get("step", "")
    return int(step) if step.isdecimal() else None
