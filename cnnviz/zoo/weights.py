"""Networks with weights in them: random, pretrained, from a file, or from a run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.files import Progress
from cnnviz.foreign.randomness import seeded
from cnnviz.paths import path_of
from cnnviz.pictures.normalisations import is_sound, normalisation_named
from cnnviz.pictures.preprocessing import Fit, Normalisation, Preprocessing, fit_of
from cnnviz.runs.checkpoint import newest_checkpoint, read_newest_weights
from cnnviz.runs.layout import MODEL
from cnnviz.runs.weights_file import SavedWeights, read_weights_file
from cnnviz.runs.weights_filling import fill, left_alone
from cnnviz.runs.weights_folder import files_of
from cnnviz.zoo import build, pretrained
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.layer_places import at_their_places, taken_in_words
from cnnviz.zoo.shipped_weights import shipped_for, shipped_names
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights, weights_at

if TYPE_CHECKING:
    from torch import nn

SEED = 0  # of random weights: the same ones every time
_NOT_KNOWN = (
    "Not known: the normalisation that these weights were made for. The picture enters as 0 to 1; choose another where"
    " that is wrong (--normalise; in the window: above the maps)."
)


@dataclass(frozen=True, slots=True)
class Origin:
    """What else the origin of weights tells."""

    normalisation: Normalisation | None = None  # what the picture is to be brought to; None: it stays 0..1
    is_normalisation_known: bool = True  # False: nobody says what the weights were made for
    class_names: tuple[str, ...] = ()
    step: int | None = None
    notes: tuple[str, ...] = ()  # what is to be said of them: what was ignored, converted, not loaded
    fit: Fit = "crop"  # what of a picture they were trained to see
    fresh: tuple[str, ...] = ()  # tensors of the network that they say nothing of

    @property
    def preprocessing(self) -> Preprocessing:
        """How a picture becomes what these weights expect."""
        return Preprocessing(self.fit, self.normalisation)


def named(text: str, spec: ModelSpec | None = None, allow_mismatch: bool = False) -> Weights:
    """Return the weights that somebody typed.

    Args:
        text: "random", "pretrained" (the first published), "IMAGENET1K_V2", "fashion-mnist", a file of weights, a
            folder that holds one, or a run folder; a file or folder that is there wins over a name.
        spec: whose pretrained weights are meant.
        allow_mismatch: what fits of them is enough.

    Raises:
        CnnvizError: it is none of these.
    """
    try:
        if "\0" in text:
            raise ValueError("a null character")
        file = path_of(text)
        weights = weights_at(file, allow_mismatch)
        if weights.kind == "run" or file.suffix or len(file.parts) > 1 or os.path.lexists(file):
            return weights
    except (OSError, ValueError) as error:  # a name too long, a null character
        reason = getattr(error, "strerror", None) or error
        raise CnnvizError(f"{text[:80]!r} is no file that can be read: {reason}.", "Choose another.") from error
    if text.lower() == "random":
        return RANDOM_WEIGHTS
    if text.lower() == "pretrained" and spec is not None:
        text = next(iter(pretrained.names(spec) or shipped_names(spec.name)), text)
    name = text.upper().replace("-", "_")
    if spec is not None:
        pretrained.check_offered(spec, name, allow_mismatch)
    return Weights("pretrained", name=name, allow_mismatch=allow_mismatch)


def built(spec: ModelSpec) -> nn.Module:
    """Return the network in eval mode, with random weights, the same ones every time; what its file sets is kept.

    Raises:
        CnnvizError: the input is too small for the network's layers.
    """
    with seeded(SEED):
        return build(spec).eval()


def version(weights: Weights) -> object:
    """Return something that changes when the same weights are written anew: by a run that goes on, or over a file.

    Raises:
        CnnvizError: the run has written no weights yet, or the folder holds none.
    """
    if weights.file is None:
        return None
    files = (newest_checkpoint(weights.file) / MODEL,) if weights.kind == "run" else files_of(weights.file)
    try:
        return tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    except OSError:
        return None  # reading it will say what is wrong


def put_into(model: nn.Module, spec: ModelSpec, weights: Weights, on_progress: Progress | None = None) -> Origin:
    """Fill ``model``, built from ``spec``, with weights that are not random; on failure it is left as it was.

    Args:
        model: whose parameters and buffers are overwritten.
        spec: whose pretrained weights are meant.
        weights: of a file, of a run or published; they say whether what fits is enough.
        on_progress: told about a download.

    Raises:
        CnnvizError: they cannot be had, are damaged, or belong to another network.
    """
    match weights.kind:
        case "pretrained":
            file = pretrained.fetch(spec, weights.name, on_progress, weights.allow_mismatch)
            if shipped_for(spec, weights.name):
                saved, published = _in_full_precision(read_weights_file(file)), ""
            else:
                saved, published = SavedWeights(pretrained.read(file), {}), weights.name
        case "file" | "run":
            file = _file_of(weights)
            saved = read_newest_weights(file) if weights.kind == "run" else read_weights_file(file)
            published = pretrained.published_as(spec, file)
        case "random":
            raise ValueError("random weights come with a fresh network")
    given, fresh = saved, tuple[str, ...]()
    if weights.allow_mismatch:
        saved = at_their_places(given, model, spec)
        fresh = left_alone(model, saved)
    notes = fill(model, saved, file.name, weights.allow_mismatch)
    notes = (*taken_in_words(model, given, saved), *notes)
    if published:
        normalisation = pretrained.normalisation(spec, published)
        return Origin(normalisation, class_names=pretrained.class_names(spec, published), notes=notes, fresh=fresh)
    known, said = _normalisation(saved.about)
    return Origin(said, known, _class_names(saved.about), _step(saved.about), notes, fit_of(saved.about), fresh)


def settled(origin: Origin, weights: Weights, channels: int) -> Origin:
    """Return ``origin`` with what is done to a picture of so many channels, and what is to be said of it.

    Raises:
        CnnvizError: another normalisation is chosen that there is not, or not for so many channels.
    """
    return _normalised(_cut_as_chosen(origin, weights), weights, channels)


def _cut_as_chosen(origin: Origin, weights: Weights) -> Origin:
    if not weights.fit or weights.fit == origin.fit:
        return origin
    if weights.kind == "random":
        return replace(origin, fit=weights.fit)
    seen = {"crop": "the centred part of pictures", "squash": "all of pictures, drawn to its shape"}
    note = f"These weights were made for {seen[origin.fit]}; the network sees {seen[weights.fit]}, as chosen."
    return replace(origin, fit=weights.fit, notes=(*origin.notes, note))


def _normalised(origin: Origin, weights: Weights, channels: int) -> Origin:
    known = origin.normalisation
    if weights.normalise:
        chosen = normalisation_named(weights.normalise, channels)
        if origin.is_normalisation_known and chosen != known and weights.kind != "random":
            made_for = "pictures of 0 to 1" if known is None else f"mean {known[0]} and deviation {known[1]}"
            note = f"These weights were made for {made_for}; the picture is brought to {weights.normalise}, as chosen."
            return replace(origin, normalisation=chosen, notes=(*origin.notes, note))
        return replace(origin, normalisation=chosen)
    if origin.is_normalisation_known and (known is None or len(known[0]) == channels):
        return origin
    return replace(origin, normalisation=None, notes=(*origin.notes, _NOT_KNOWN))


def _in_full_precision(saved: SavedWeights) -> SavedWeights:
    """Ours are kept in half precision, which nobody has to be told each time."""
    return replace(saved, tensors={name: tensor.float() for name, tensor in saved.tensors.items()})


def _file_of(weights: Weights) -> Path:
    if weights.file is None:
        raise CnnvizError("No weights are chosen.", "Choose a file of weights or a run folder.")
    return weights.file


def _normalisation(about: Mapping[str, str]) -> tuple[bool, Normalisation | None]:
    """Return whether a file tells what its weights were made for, and mean and deviation of each channel.

    One of a run does; where it says nothing it was trained on pictures of 0..1.
    """
    if "normalisation" not in about:
        return "model" in about and "data" in about, None
    said = _told(about, "normalisation")
    try:
        mean, std = (tuple(map(float, values)) for values in said)  # type: ignore[attr-defined]  # what are none raise TypeError
    except (ValueError, TypeError, OverflowError):
        return about["normalisation"] == "null", None
    return (True, (mean, std)) if is_sound(mean, std) else (False, None)


def _class_names(about: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the classes where the file tells them, as one of a run does."""
    names = _told(about, "class_names")
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _step(about: Mapping[str, str]) -> int | None:
    step = _told(about, "step")
    return step if isinstance(step, int) and not isinstance(step, bool) and step >= 0 else None


def _told(about: Mapping[str, str], what: str) -> object:
    """Return a fact that stands in JSON; None: it is not there, or damaged, as in a file of anybody's it may be."""
    try:
        told: object = json.loads(about.get(what, "null"))
    except (ValueError, RecursionError):
        return None
    return told
