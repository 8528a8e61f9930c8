"""What a layer of a network, or of any module, returns for a picture: ``cnnviz.features``."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path

import torch
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.feature_maps.capture import capture
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.lens import Lens, as_feature_maps, picture_input, picture_shape
from cnnviz.feature_maps.questions import Question
from cnnviz.files import Progress
from cnnviz.inspection.call import Call
from cnnviz.inspection.examples import example_for, showing
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect, with_working_input
from cnnviz.zoo import ModelSpec, resolve
from cnnviz.zoo.inputs import Input, Said, inputs_of, said
from cnnviz.zoo.weights import Origin, named, put_into, settled
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights


def features(
    model: str | ModelSpec | nn.Module,
    picture: str | PathLike[str],
    layer: str,
    weights: str | Path | Weights | None = None,
    input_shape: Said | None = None,
    options: Mapping[str, object] | None = None,
    on_progress: Progress | None = None,
    normalise: str | None = None,
    allow_mismatch: bool = False,
) -> FeatureMaps:
    """Return every channel of what ``layer`` returns for a picture, in eval mode.

    Args:
        model: an architecture's name, a resolved spec, or any module, which is not changed.
        picture: an image file; its largest centred part, or all of it where the weights were trained so, is resized.
        layer: a module path, "features.0"; "" is the network itself. Where it is called more than once: the first call.
        weights: "random", "pretrained", "IMAGENET1K_V1", a file of weights, a folder with one, or a run folder;
            default: random for a named network, but as the file sets them for one in a file; a module's own.
        input_shape: (C, H, W), or one for each input as in ``inspect``, the picture's first; default: its own.
            For a module: its first convolution's channels at 224 × 224.
        options: of a named architecture.
        on_progress: told bytes so far and in all while pretrained weights are downloaded.
        normalise: what the picture of 0..1 is brought to: "none", "imagenet", …, "MEAN,STD"; default: what the weights
            are known to be made for, else none, and ``notes`` of the maps say so.
        allow_mismatch: load what fits of the weights, as for another head, and leave the rest random; ``notes`` say so.

    Raises:
        CnnvizError: the name, an option, the layer, the picture or the weights cannot be used, or the network fails.
    """
    if isinstance(model, nn.Module):
        chosen = None if weights is None else _weights(weights, None, normalise, allow_mismatch)
        return _features_of_module(model, Path(picture), layer, chosen, normalise or "", input_shape)
    spec = model if isinstance(model, ModelSpec) else _resolved(model, options, input_shape)
    inspected = Inspected(spec, inspect(spec))
    call = find_call(inspected.report, layer)
    chosen = _weights(weights, spec, normalise, allow_mismatch)
    question = Question(inspected, call, chosen, Path(picture), Scaling())
    return Lens(budget=0).maps(question, on_progress)


def _resolved(name: str, options: Mapping[str, object] | None, input_shape: Said | None) -> ModelSpec:
    given = () if input_shape is None else said(inputs_of(input_shape))
    return with_working_input(resolve(name, options, *given), shape_is_said=input_shape is not None)


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


def _features_of_module(
    model: nn.Module,
    picture: Path,
    layer: str,
    weights: Weights | None,
    normalise: str,
    input_shape: Said | None,
) -> FeatureMaps:
    inputs = (Input(_shape_for(model)),) if input_shape is None else inputs_of(input_shape)
    report = inspect(model, input_shape=inputs)
    call = find_call(report, layer)
    spec = ModelSpec(report.name, {}, *said(inputs))
    origin, title = Origin(is_normalisation_known=False), "its own weights"
    if weights is not None:
        if weights.file is None:
            raise CnnvizError(f"A module cannot be given {weights.title}.", "Give a file of weights or a run folder.")
        model, title = copy.deepcopy(model), weights.title
        origin = put_into(model, spec, weights)
    taken = picture_shape(spec)
    origin = settled(origin, weights or Weights("random", normalise=normalise), taken[0])
    pixels = picture_input(picture, spec, origin.preprocessing)
    first = next(nn.Module.parameters(model), torch.empty(0))
    shown = torch.from_numpy(pixels).to(first.device, first.dtype)
    outputs = capture(model, showing(example_for(model, spec.inputs, 1, spec.dtypes), shown), call.identity, budget=0)
    return as_feature_maps(call, outputs, pixels, title, origin)


def _weights(
    weights: str | Path | Weights | None, spec: ModelSpec | None, normalise: str | None, allow_mismatch: bool
) -> Weights:
    """Return the weights that are meant; what is not said of their use stays as they say."""
    match weights:
        case None:
            chosen = RANDOM_WEIGHTS
        case Weights():
            chosen = weights
        case _:
            chosen = named(str(weights), spec, allow_mismatch)
    return replace(
        chosen,
        normalise=chosen.normalise if normalise is None else normalise,
        allow_mismatch=chosen.allow_mismatch or allow_mismatch,
    )


def _shape_for(model: nn.Module) -> tuple[int, int, int]:
    first = next((each for each in nn.Module.modules(model) if isinstance(each, nn.Conv2d)), None)
    if first is None:
        raise CnnvizError("The input's shape is not known.", "Give input_shape=(C, H, W).")
    return first.in_channels, 224, 224
