"""Answers questions about what a network sees; what has been computed once is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from torch import nn

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import FeatureMaps, PictureError, WeightsError
from cnnviz.feature_maps.attribution.attribute import attribute
from cnnviz.feature_maps.attribution.heat_map import HeatMap, Told, has_space
from cnnviz.feature_maps.attribution.methods import method_named
from cnnviz.feature_maps.attribution.scoring import shares_among
from cnnviz.feature_maps.axes import as_maps
from cnnviz.feature_maps.capture import capture
from cnnviz.feature_maps.capture_memory import check_maps_fit
from cnnviz.feature_maps.kept_maps import KeptMaps
from cnnviz.feature_maps.kernels.kernel_values import KernelQuestion, Kernels
from cnnviz.feature_maps.kernels.taking_kernels import initial_of, take
from cnnviz.feature_maps.output_layout import FIRST_PART, Part, layout_of
from cnnviz.feature_maps.picture_input import picture_input, picture_shape
from cnnviz.feature_maps.pixel.arithmetic import Arithmetic
from cnnviz.feature_maps.pixel.entered import Entered, enter
from cnnviz.feature_maps.pixel.opened_layer import open_layer
from cnnviz.feature_maps.pixel.taking_apart import taken_apart, what_makes
from cnnviz.feature_maps.playground.sliding import OpenedLayer
from cnnviz.feature_maps.questions import HeatQuestion, PixelQuestion, Question
from cnnviz.feature_maps.strongest.looking_through import look_through
from cnnviz.feature_maps.strongest.patches import Pictures, Strongest
from cnnviz.feature_maps.subject import Subject
from cnnviz.files import Progress
from cnnviz.inspection.call import Call, Identity
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.memory import weight_bytes
from cnnviz.machine import check_room
from cnnviz.pictures.reading import read
from cnnviz.zoo import ModelSpec
from cnnviz.zoo.own.own_names import own_name
from cnnviz.zoo.weights import Origin, built, put_into, settled, version
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights, title_of

if TYPE_CHECKING:
    from torch import Tensor

GoOn = Callable[[], None]
_BUDGET = 512 * 2**20  # bytes of activations, as float32, that are kept so that the next layer is shown at once


class Lens:
    """Answers for one network after another, and remembers the last: another layer of it is shown without computing.

    An object of one thread. What is remembered is dropped when network, weights or picture change, also on disk.
    """

    def __init__(self, budget: int = _BUDGET) -> None:
        self._budget = budget
        self._model: nn.Module | None = None
        self._built_for: Inspected | None = None
        self._filled_with: object = None  # weights and their version; None: unknown, build again
        self._origin = Origin()
        self._shown: object = None  # what the subject and the outputs belong to
        self._subject: Subject | None = None
        self._outputs: dict[Identity, tuple[Tensor, ...]] = {}
        self._entered: tuple[Identity, Entered] | None = None  # the call whose numbers were taken apart last
        self._kept = KeptMaps()
        self._kept_for: Inspected | None = None
        self._kernels: tuple[object, Kernels] | None = None  # those taken last

    def maps(self, question: Question, on_progress: Progress | None = None, go_on: GoOn | None = None) -> FeatureMaps:
        """Return every channel of what the call returned for the picture, in eval mode on the CPU.

        Args:
            question: its weights are put into its network, and its picture before it.
            on_progress: told about a download; what it raises ends the download.
            go_on: called before the network runs and after each of its layers; what it raises ends the answer.

        Raises:
            WeightsError: the weights cannot be used.
            CnnvizError: the picture cannot be used, there is not enough memory, the network fails before the call, or
                the call returns no tensor.
        """
        key = self._key(question)
        if (known := self._kept.find(key)) is not None:
            return known
        subject, call = self.subject(question, on_progress), question.call
        if call.identity not in self._outputs:
            self._outputs = capture(subject.model, subject.example, call.identity, self._budget, go_on)
        maps = as_feature_maps(call, self._outputs, subject, question.part)
        self._kept.keep(key, maps)
        return maps

    def arithmetic(self, question: PixelQuestion, go_on: GoOn | None = None) -> Arithmetic:
        """Return what one number of the maps is made of; of a container, in the layer that made its output.

        Raises:
            CnnvizError: as ``maps``; or there is no such number, or no rule for this kind of layer.
        """
        subject, call, entered = self._enter(question, go_on)
        return taken_apart(subject, call, entered, question.at, question.maps.part)

    def opened(self, question: PixelQuestion) -> OpenedLayer:
        """Return a convolution at work at one place, with as much of its input as the playground shows.

        Raises:
            CnnvizError: as ``maps``; or the layer is no convolution over height and width, or larger than fits there.
        """
        subject, call, entered = self._enter(question)
        return open_layer(entered, call, question.at, subject.spec.name)

    def heat(self, question: HeatQuestion, told: Told) -> HeatMap:
        """Return where the evidence for a class is.

        Args:
            question: its call is looked at where its maps have height and width, else the last that have.
            told: how many runs of how many are done; what it raises ends the work.

        Raises:
            CnnvizError: as ``maps``; or the network returns no scores.
        """
        subject = self.subject(question.maps)
        call = question.maps.call if has_space(question.maps.call) else None
        return attribute(subject, call, method_named(question.wish.method), question.wish.class_index, told)

    def kernels(self, question: KernelQuestion, on_progress: Progress | None = None) -> Kernels:
        """Return the kernels of the layer that makes a call's maps. No picture is needed, and nothing is run.

        Args:
            question: its weights are put into its network.
            on_progress: as in ``maps``.

        Raises:
            WeightsError: the weights cannot be used.
            CnnvizError: no layer with kernels makes these maps, or there is not enough memory.
        """
        asked = question.maps
        inspected, weights = asked.inspected, asked.weights
        if not self._holds(inspected):
            check_room(weight_bytes(inspected.report), "Choose a smaller network.")
        model = self._network(inspected, weights, on_progress)
        key = (asked.call.identity, question.showing, question.around, weights, self._filled_with)
        if self._kernels is None or self._kernels[0] != key:
            about, initial = (title_of(weights, inspected.spec), self._origin), partial(_initially, inspected, weights)
            found = take(model, inspected.report, asked.call, question.showing, initial, about, question.around)
            self._kernels = key, found
        return self._kernels[1]

    def strongest(
        self, question: Question, pictures: Pictures, told: Told, there: int, on_progress: Progress | None = None
    ) -> Strongest:
        """Return where in many pictures the channels of the question's call are largest; its own picture is not seen.

        Raises:
            CnnvizError: as ``maps``; or no picture can be read, or the call's maps are slices.
        """
        return look_through(self.subject(question, on_progress), question.call, pictures, told, there)

    def subject(self, question: Question, on_progress: Progress | None = None) -> Subject:
        """Return the network of a question, with its weights before its picture; the last one is kept.

        Raises:
            CnnvizError: as ``maps``, but for the run.
        """
        inspected, picture = question.inspected, question.picture
        check_maps_fit(inspected.report, question.call.index, self._budget, is_built=self._holds(inspected))
        model = self._network(inspected, question.weights, on_progress)
        with _blamed_on_weights():
            origin = settled(self._origin, question.weights, picture_shape(inspected.spec)[0])
        shown = (inspected, self._filled_with, origin.preprocessing, picture, _stamp(picture))
        if shown != self._shown or self._subject is None:
            self._shown, self._subject, self._outputs, self._entered = None, None, {}, None
            with _blamed_on_picture(picture):
                pixels = picture_input(picture, inspected.spec, origin.preprocessing)
            title = title_of(question.weights, inspected.spec)
            self._subject = Subject(model, inspected.spec, inspected.report, pixels, origin, title)
        self._shown = shown
        return self._subject

    def _enter(self, question: PixelQuestion, go_on: GoOn | None = None) -> tuple[Subject, Call, Entered]:
        subject = self.subject(question.maps)
        call = what_makes(subject.report, question.maps.call)
        if self._entered is None or self._entered[0] != call.identity:
            self._entered = None
            self._entered = call.identity, enter(subject.model, subject.example, call, go_on)
        return subject, call, self._entered[1]

    def _key(self, question: Question) -> object:
        """Return what a question's maps are kept by; those of another network are dropped."""
        if self._kept_for != question.inspected:
            self._kept_for = question.inspected
            self._kept.clear()
        with _blamed_on_weights():
            filling = (question.weights, version(question.weights))
        return question.call.identity, question.part, filling, question.picture, _stamp(question.picture)

    def _holds(self, inspected: Inspected) -> bool:
        return self._model is not None and self._built_for == inspected

    def _network(self, inspected: Inspected, weights: Weights, on_progress: Progress | None) -> nn.Module:
        model = self._model if self._holds(inspected) else None
        with _blamed_on_weights():
            wanted = (weights.origin, version(weights))
        if model is not None and wanted == self._filled_with:
            return model
        if model is None or weights.kind == "random" or weights.allow_mismatch:  # the rest of these stays random
            self._model, self._built_for, self._filled_with, self._outputs, self._kernels = None, None, None, {}, None
            model = self._model = built(inspected.spec)
            self._built_for, self._filled_with = inspected, (RANDOM_WEIGHTS, None)
            self._origin = Origin(is_normalisation_known=own_name(inspected.spec.name) is None)
        if weights.kind != "random":
            with _blamed_on_weights():
                self._origin = put_into(model, inspected.spec, weights, on_progress)
            self._filled_with = wanted
        return model


def as_feature_maps(
    call: Call, outputs: Mapping[Identity, tuple[Tensor, ...]], subject: Subject, part: Part = FIRST_PART
) -> FeatureMaps:
    """Return what a call returned as maps.

    Args:
        call: of the network.
        outputs: what its calls returned for the picture.
        subject: whose.
        part: of what it returned.

    Raises:
        CnnvizError: the call was not reached, or returned no such tensor, or no number.
    """
    if call.identity not in outputs:
        message = f"{call.path or 'The network'} ({call.kind}) was not reached with this picture."
        raise CnnvizError(message, "The network's own numbers decide what runs: choose another layer or picture.")
    found, origin, name = outputs[call.identity], subject.origin, call.path or "The network"
    if not found:
        raise CnnvizError(f"{name} returned no tensor, so there are no maps to show.", "Choose another layer.")
    if part.output >= len(found):
        counted = units.counted(len(found), "tensor")
        raise CnnvizError(f"{name} returned {counted}: there is no number {part.output}.", "They count from 0.")
    output, size = found[part.output], subject.pixels.shape[2:]
    layout = layout_of(output.shape, size, subject.report.calls, call if part.output == 0 else None)
    values = as_maps(output, size, layout, part)
    return FeatureMaps(
        call.path, call.index, values, subject.pixels, subject.weights,
        origin.step, origin.class_names, (*origin.notes, *_still(subject.spec)), origin.fit,
        origin.normalisation, part, layout, tuple(tuple(each.shape) for each in found), shares_among(outputs, subject),
    )  # fmt: skip


def _still(spec: ModelSpec) -> tuple[str, ...]:
    """Return what is to be said where a network takes pictures one behind the other: a film, or a scan."""
    if len(spec.input_shape) != 4:
        return ()
    return (f"The network takes {spec.input_shape[1]} pictures, one behind the other: each is this one.",)


def _initially(inspected: Inspected, weights: Weights) -> tuple[nn.Module, str]:
    """Return a network with the weights that ``weights`` began as, and what these are."""
    first, words = initial_of(weights)
    check_room(weight_bytes(inspected.report), "Choose a smaller network.")
    words = title_of(first, inspected.spec) if own_name(inspected.spec.name) and first.kind == "random" else words
    return Lens(budget=0)._network(inspected, first, None), words


@contextmanager
def _blamed_on_weights() -> Iterator[None]:
    try:
        yield
    except CnnvizError as error:
        raise WeightsError(error.message, error.hint) from error


@contextmanager
def _blamed_on_picture(picture: Path) -> Iterator[None]:
    try:
        yield
    except CnnvizError as error:
        try:
            read(picture)
        except CnnvizError:
            raise PictureError(error.message, error.hint) from error
        raise  # the network takes no such picture


def _stamp(file: Path) -> object:
    try:
        status = file.stat()
    except OSError:
        return None  # reading it will say what is wrong
    return status.st_mtime_ns, status.st_size
