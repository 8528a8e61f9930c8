"""A network, weights and a picture in; the feature maps of a call out."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.axes import as_maps
from cnnviz.feature_maps.capture_memory import check_look_fits
from cnnviz.feature_maps.questions import RANDOM_WEIGHTS, FeatureMaps, Weights
from cnnviz.feature_maps.weights import Origin, built, named, put_into, version
from cnnviz.files import Progress
from cnnviz.inspection.call import Call
from cnnviz.inspection.examples import Example, example_for, showing
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect, watch, with_working_input
from cnnviz.inspection.tracing.recorder import tensors
from cnnviz.pictures import reading as images
from cnnviz.zoo import ModelSpec, resolve

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

_BUDGET = 512 * 2**20  # bytes of activations, as float32, that are kept so that the next layer is shown at once


class Lens:
    """Looks into one network after another, and remembers the last: another layer of it is shown without computing.

    An object of one thread. What is remembered is dropped when spec, weights or picture change, also on disk.
    """

    def __init__(self, budget: int = _BUDGET) -> None:
        self._budget = budget
        self._model: nn.Module | None = None
        self._built_for: ModelSpec | None = None
        self._filled_with: object = None  # weights and their version; None: unknown, build again
        self._origin = Origin()
        self._report: Report | None = None  # of the network that is built
        self._seen: object = None  # what the outputs belong to
        self._outputs: dict[int, Tensor] = {}
        self._input: npt.NDArray[np.float32] | None = None

    def look(
        self,
        spec: ModelSpec,
        weights: Weights,
        picture: Path,
        call: Call,
        on_progress: Progress | None = None,
        go_on: Callable[[], None] | None = None,
    ) -> FeatureMaps:
        """Return every channel of what ``call`` returned for the picture, in eval mode on the CPU.

        Args:
            spec: the network.
            weights: what is put into it.
            picture: an image file.
            call: of the network's report.
            on_progress: told about a download; what it raises ends the download.
            go_on: called before the network runs and after each of its layers; what it raises ends the look.

        Raises:
            CnnvizError: the picture or the weights cannot be used, there is not enough memory, the network fails before
                ``call``, or ``call`` returns no tensor.
        """
        self._check_room(spec, call)
        model = self._network(spec, weights, on_progress)
        seen = (spec, self._filled_with, picture, _stamp(picture))
        if seen != self._seen:
            self._seen, self._outputs, self._input = None, {}, None
            self._input = images.prepare(images.read(picture), _picture_shape(spec), self._origin.normalisation)
        if call.index not in self._outputs and self._input is not None:
            example = showing(example_for(model, spec.inputs, 1), torch.from_numpy(self._input))
            self._outputs = capture(model, example, call.index, self._budget, go_on)
        self._seen = seen
        return _feature_maps(call, self._outputs, self._input, weights.title, self._origin)

    def _check_room(self, spec: ModelSpec, call: Call) -> None:
        """Refuse what needs more memory than is free: the network, if it is yet to be built, and its run."""
        is_built = self._model is not None and spec == self._built_for
        if self._report is None or not is_built:
            self._report = inspect(spec)
        check_look_fits(self._report, call.index, self._budget, is_built)

    def _network(self, spec: ModelSpec, weights: Weights, on_progress: Progress | None) -> nn.Module:
        wanted = (weights, version(weights))
        if self._model is not None and spec == self._built_for and wanted == self._filled_with:
            return self._model
        if self._model is None or spec != self._built_for or weights.kind == "random":
            self._model, self._built_for, self._filled_with, self._outputs = None, None, None, {}
            self._model = built(spec)
            self._built_for, self._filled_with, self._origin = spec, (RANDOM_WEIGHTS, None), Origin()
        if weights.kind != "random":
            self._origin = put_into(self._model, spec, weights, on_progress)
            self._filled_with = wanted
        return self._model


def features(
    model: str | ModelSpec | nn.Module,
    picture: str | PathLike[str],
    layer: str,
    weights: str | Path | Weights | None = None,
    input_shape: Sequence[int] | None = None,
    options: Mapping[str, object] | None = None,
    on_progress: Progress | None = None,
) -> FeatureMaps:
    """Return every channel of what ``layer`` returns for a picture, in eval mode.

    Args:
        model: an architecture's name, a resolved spec, or any module, which is not changed.
        picture: an image file; its largest centred part with the input's aspect is resized to the input.
        layer: a module path, "features.0"; "" is the network itself. Where it is called more than once: the first call.
        weights: "random", "pretrained", "IMAGENET1K_V1", a .safetensors file or a run folder; default: random for a
            named network, the module's own for a module.
        input_shape: (C, H, W); default: the architecture's own. For a module: its first convolution's channels at
            224 × 224.
        options: of a named architecture.
        on_progress: told bytes so far and in all while pretrained weights are downloaded.

    Raises:
        CnnvizError: the name, an option, the layer, the picture or the weights cannot be used, or the network fails.
    """
    if isinstance(model, nn.Module):
        return _features_of_module(model, Path(picture), layer, weights, input_shape)
    spec = model if isinstance(model, ModelSpec) else resolve(model, options, _shape(input_shape))
    spec = with_working_input(spec) if input_shape is None and isinstance(model, str) else spec
    call = find_call(inspect(spec), layer)
    return Lens(budget=0).look(spec, _weights(weights, spec), Path(picture), call, on_progress)


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
    paths = [each.path for each in report.calls if each.path]
    near = difflib.get_close_matches(layer, paths, n=3, cutoff=0.5) or paths[:3]
    hint = f"Did you mean {' or '.join(near)}?" if near else f"`cnnviz inspect {report.name}` prints every layer."
    raise CnnvizError(f"{report.title} has no layer {layer!r}.", hint)


def capture(
    model: nn.Module, example: Example, call: int, budget: int, go_on: Callable[[], None] | None = None
) -> dict[int, Tensor]:
    """Return copies of what the calls returned, by call index: all while they fit the budget, or only ``call``'s.

    Args:
        model: run once, in eval mode.
        example: what it is run on, on the model's device.
        call: index in the report; an error after it has finished does not matter.
        budget: bytes, counted as float32.
        go_on: called before the run and as each call finishes; a CnnvizError that it raises ends the run.

    Raises:
        CnnvizError: the network failed before ``call`` finished, or ``go_on`` ended it.
    """
    go_on = go_on or _always
    keeper = _Keeper(call, budget, go_on)
    go_on()
    try:
        watch(model, example, keeper)
    except _Enough:
        pass
    except CnnvizError:
        raise
    except Exception as error:  # whatever a network's forward pass may raise
        if call not in keeper.outputs:
            raise _failed(error) from error
    return keeper.outputs


def _always() -> None:
    """Go on."""


class _Enough(Exception):  # noqa: N818  not an error: what was asked for is there
    """Ends a forward pass."""


class _Keeper:
    """Called with each call's output: keeps copies, for a later layer may write in place."""

    def __init__(self, wanted: int, budget: int, go_on: Callable[[], None]) -> None:
        self._go_on = go_on
        self.outputs: dict[int, Tensor] = {}
        self._wanted = wanted
        self._left = budget
        self._all = True

    def __call__(self, index: int, output: object) -> None:
        self._go_on()
        first = next(iter(tensors(output)), None)
        if first is not None:
            self._left -= 4 * first.numel()
            self._all = self._all and self._left >= 0
            if self._all or index == self._wanted:
                self.outputs[index] = first.detach().clone()
        if not self._all:
            self.outputs = {key: kept for key, kept in self.outputs.items() if key == self._wanted}
            if self._wanted in self.outputs:
                raise _Enough


def _feature_maps(
    call: Call, outputs: Mapping[int, Tensor], picture: npt.NDArray[np.float32] | None, title: str, origin: Origin
) -> FeatureMaps:
    output = outputs.get(call.index)
    if output is None or picture is None:
        name = call.path or "The network"
        raise CnnvizError(f"{name} returned no tensor, so there are no maps to show.", "Choose another layer.")
    values = as_maps(output, picture.shape[2:])
    return FeatureMaps(call.path, call.index, values, picture, title, origin.step, origin.class_names)


def _features_of_module(
    model: nn.Module,
    picture: Path,
    layer: str,
    weights: str | Path | Weights | None,
    input_shape: Sequence[int] | None,
) -> FeatureMaps:
    shape = _shape(input_shape) or _shape_for(model)
    report = inspect(model, input_shape=shape)
    call = find_call(report, layer)
    spec, origin, title = ModelSpec(report.name, {}, shape), Origin(), "its own weights"
    if weights is not None:
        chosen = _weights(weights, None)
        if chosen.file is None:
            raise CnnvizError(f"A module cannot be given {chosen.title}.", "Give a .safetensors file or a run folder.")
        model, title = copy.deepcopy(model), chosen.title
        origin = put_into(model, spec, chosen)
    pixels = images.prepare(images.read(picture), _picture_shape(spec))
    first = next(model.parameters(), torch.empty(0))
    shown = torch.from_numpy(pixels).to(first.device, first.dtype)
    outputs = capture(model, showing(example_for(model, [shape], 1), shown), call.index, budget=0)
    return _feature_maps(call, outputs, pixels, title, origin)


def _weights(weights: str | Path | Weights | None, spec: ModelSpec | None) -> Weights:
    match weights:
        case None:
            return RANDOM_WEIGHTS
        case Weights():
            return weights
        case _:
            return named(str(weights), spec)


def _shape(shape: Sequence[int] | None) -> tuple[int, ...] | None:
    return None if shape is None else tuple(shape)


def _shape_for(model: nn.Module) -> tuple[int, int, int]:
    first = next((each for each in model.modules() if isinstance(each, nn.Conv2d)), None)
    if first is None:
        raise CnnvizError("The input's shape is not known.", "Give input_shape=(C, H, W).")
    return first.in_channels, 224, 224


def _picture_shape(spec: ModelSpec) -> tuple[int, int, int]:
    if len(spec.input_shape) != 3:
        raise CnnvizError(f"{spec.name} takes no pictures.", "Choose a network with an input of C × H × W.")
    channels, height, width = spec.input_shape
    return channels, height, width


def _stamp(file: Path) -> object:
    try:
        status = file.stat()
    except OSError:
        return None  # reading it will say what is wrong
    return status.st_mtime_ns, status.st_size


def _failed(error: Exception) -> CnnvizError:
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, MemoryError) or "not enough memory" in text or "can't allocate memory" in text:
        return CnnvizError("There is not enough memory for this network.", "Choose a smaller input or network.")
    return CnnvizError(f"The network fails before this layer: {text}", "The Layers page shows where, and the remedy.")
