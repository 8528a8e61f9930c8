"""A network's name, or a module, and a picture → what the public functions look at."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.lens import Lens
from cnnviz.feature_maps.picture_input import picture_input, picture_shape
from cnnviz.feature_maps.questions import Question
from cnnviz.feature_maps.subject import Subject
from cnnviz.files import Progress
from cnnviz.inspection.call import Call
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect, with_working_input
from cnnviz.inspection.tracing.modules import registered
from cnnviz.pictures.preprocessing import Fit
from cnnviz.training.data.numbered_picture import picture_meant
from cnnviz.zoo import ModelSpec, resolve
from cnnviz.zoo.inputs import Input, Said, inputs_of, said
from cnnviz.zoo.weights import Origin, named, put_into, settled
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights


@dataclass(frozen=True, slots=True)
class Looking:
    """How a network is to be looked at, as the public functions and the command line say it.

    Attributes:
        weights: "random", "pretrained", "IMAGENET1K_V1", a file of weights, a folder with one, or a run folder;
            default: random for a named network, but as the file sets them for one in a file; a module's own.
        input_shape: (C, H, W), or one for each input as in ``inspect``, the picture's first; default: its own.
            For a module: its first convolution's channels at 224 × 224.
        options: of a named architecture.
        on_progress: told bytes so far and in all while pretrained weights are downloaded.
        normalise: what the picture of 0..1 is brought to: "none", "imagenet", …, "MEAN,STD"; default: what the weights
            are known to be made for, else none, and ``notes`` say so.
        fit: what of the picture is seen: "crop", its largest centred part, or "squash", all of it; default: what the
            weights are known to be made for, else "crop".
        allow_mismatch: load what fits of the weights, as for another head, and leave the rest random; ``notes`` say so.
    """

    weights: str | Path | Weights | None = None
    input_shape: Said | None = None
    options: Mapping[str, object] | None = None
    on_progress: Progress | None = None
    normalise: str | None = None
    allow_mismatch: bool = False
    fit: Fit | None = None


def looked_at(
    model: str | ModelSpec | nn.Module, picture: str | PathLike[str], layer: str, how: Looking
) -> tuple[Subject, Call]:
    """Return the network before the picture, and the first call of the layer.

    Raises:
        CnnvizError: the name, an option, the layer, the picture or the weights cannot be used.
    """
    meant = picture_meant(picture)
    file = meant if isinstance(meant, Path) else meant.file
    if isinstance(model, nn.Module):
        return _module_looked_at(model, file, layer, how)
    question = asked(model, file, layer, how)
    return Lens(budget=0).subject(question, how.on_progress), question.call


def asked(model: str | ModelSpec, picture: Path, layer: str, how: Looking) -> Question:
    """Return what is asked of a named network: about the first call of the layer.

    Raises:
        CnnvizError: the name, an option, the layer or the weights cannot be used.
    """
    spec = model if isinstance(model, ModelSpec) else _resolved(model, how)
    inspected = Inspected(spec, inspect(spec))
    return Question(inspected, find_call(inspected.report, layer), _weights(spec, how), picture, Scaling())


def _resolved(name: str, how: Looking) -> ModelSpec:
    given = () if how.input_shape is None else said(inputs_of(how.input_shape))
    return with_working_input(resolve(name, how.options, *given), shape_is_said=how.input_shape is not None)


def find_call(report: Report, layer: str) -> Call:
    """Return the first call at a module path.

    Raises:
        CnnvizError: there is none; the hint names the nearest ones.
    """
    call = report.find(layer)
    if call is not None:
        return call
    if report.error is not None:
        message = f"{report.title} fails before it gets to a layer {layer!r}: {report.error.message}"
        raise CnnvizError(message, report.error.hint)
    idle = next((part for part in report.never_ran if part.path == layer), None)
    if idle is not None:
        remedy = "Numbers may decide what runs in this network: its report says where."
        raise CnnvizError(f"{layer} ({idle.kind}) was not reached.", remedy)
    paths = [each.path for each in report.calls if each.path]
    near = difflib.get_close_matches(layer, paths, n=3, cutoff=0.5) or paths[:3]
    hint = f"Did you mean {' or '.join(near)}?" if near else f"`cnnviz inspect {report.name}` prints every layer."
    raise CnnvizError(f"{report.title} has no layer {layer!r}.", hint)


class Prepared(NamedTuple):
    """A module with the weights that it is to be looked at with."""

    model: nn.Module  # the one that was given, or a copy with other weights
    spec: ModelSpec
    report: Report
    call: Call  # the first of the layer
    weights: Weights
    origin: Origin
    title: str  # of the weights


def prepared(model: nn.Module, layer: str, how: Looking) -> Prepared:
    """Return a module with its weights, its own or others, and the first call of the layer.

    Raises:
        CnnvizError: the layer or the weights cannot be used.
    """
    inputs = (Input(_shape_for(model)),) if how.input_shape is None else inputs_of(how.input_shape)
    report = inspect(model, input_shape=inputs)
    call = find_call(report, layer)
    spec = ModelSpec(report.name, {}, *said(inputs))
    origin, title, chosen = Origin(is_normalisation_known=False), "its own weights", _weights(None, how)
    if how.weights is not None:
        if chosen.file is None:
            raise CnnvizError(f"A module cannot be given {chosen.title}.", "Give a file of weights or a run folder.")
        model, title = copy.deepcopy(model), chosen.title
        origin = put_into(model, spec, chosen)
    return Prepared(model, spec, report, call, chosen, origin, title)


def _module_looked_at(model: nn.Module, picture: Path, layer: str, how: Looking) -> tuple[Subject, Call]:
    found = prepared(model, layer, how)
    origin = settled(found.origin, found.weights, picture_shape(found.spec)[0])
    pixels = picture_input(picture, found.spec, origin.preprocessing)
    return Subject(found.model, found.spec, found.report, pixels, origin, found.title), found.call


def _weights(spec: ModelSpec | None, how: Looking) -> Weights:
    """Return the weights that are meant; what is not said of their use stays as they say."""
    match how.weights:
        case None:
            chosen = RANDOM_WEIGHTS
        case Weights():
            chosen = how.weights
        case _:
            chosen = named(str(how.weights), spec, how.allow_mismatch)
    return replace(
        chosen,
        normalise=chosen.normalise if how.normalise is None else how.normalise,
        fit=how.fit or chosen.fit,
        allow_mismatch=chosen.allow_mismatch or how.allow_mismatch,
    )


def _shape_for(model: nn.Module) -> tuple[int, int, int]:
    first = next((each for each in registered(model) if isinstance(each, nn.Conv2d)), None)
    if first is None:
        raise CnnvizError("The input's shape is not known.", "Give input_shape=(C, H, W).")
    return first.in_channels, 224, 224
