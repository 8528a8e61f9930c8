"""From what is wanted and what was found to what the page shows. Pure: no widget, no job, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import Answer
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.output_layout import FIRST_PART
from cnnviz.feature_maps.questions import HeatQuestion, PixelQuestion, Question
from cnnviz.feature_maps.verdict import Verdict, verdict
from cnnviz.gui.maps.beside import Beside, BesideQuestion, BesideWish, beside_question
from cnnviz.gui.maps.epochs import Epochs, RunSource, run_of_weights
from cnnviz.gui.maps.found import Filling, Found, filling_of
from cnnviz.gui.maps.previews import Preview, Source
from cnnviz.gui.maps.wanted import Wanted
from cnnviz.inspection.call import Call
from cnnviz.inspection.inspected import Inspected
from cnnviz.pictures.samples import suited
from cnnviz.training.data.numbered_picture import FoundPicture
from cnnviz.zoo.catalog import InputShape, ModelSpec
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

if TYPE_CHECKING:
    from cnnviz.feature_maps.attribution.heat_map import HeatMap
    from cnnviz.feature_maps.pixel.arithmetic import Arithmetic


@dataclass(frozen=True, slots=True)
class Offer:
    """What the chooser of weights lists, and marks."""

    spec: ModelSpec | None = None
    run: Path | None = None
    weights: Weights = RANDOM_WEIGHTS
    epochs: tuple[tuple[int, Path], ...] = ()  # that a run has kept, the first first


@dataclass(frozen=True, slots=True)
class State:
    """What the page shows, and what it is yet to ask for."""

    offer: Offer = Offer()
    input_shape: InputShape | None = None  # what the network sees of the picture
    inspected: Inspected | None = None  # whose layers are offered; None: those that are offered stay
    call: int | None = None  # chosen among them
    preview: Preview | None = None
    of_data: FoundPicture | None = None  # what the preview is of data
    verdict: Verdict | None = None  # whether the network is right about it
    answer: Answer | None = None  # whose maps stand
    text: str = ""  # where maps would be
    message: CnnvizError | None = None  # why something that is wanted is not shown
    read: Source | None = None  # a picture, to be read now
    ask: Question | None = None  # to be asked now
    asking: Question | None = None  # under way, or to be asked now
    waiting: bool = False  # for an answer, or until the maps of the network before are taken away
    busy: bool = False
    being_read: Source | None = None  # a picture, for so long that it is to be seen
    pixel: PixelQuestion | None = None  # whose arithmetic is wanted
    arithmetic: Arithmetic | CnnvizError | None = None  # of it, or of the one before; or why there is none
    ask_pixel: PixelQuestion | None = None  # to be asked now
    heat_question: HeatQuestion | None = None  # the evidence that is wanted
    heat: HeatMap | CnnvizError | None = None  # it; None while it is looked for
    ask_heat: HeatQuestion | None = None  # to be asked now
    beside_wish: BesideWish = field(default_factory=BesideWish)
    beside_question: BesideQuestion | None = None  # what is to stand beside the maps
    beside: Beside | CnnvizError | None = None  # the answer to it, or to one of its sort before it
    ask_beside: BesideQuestion | None = None  # to be asked now
    epochs: Epochs | None = None  # of the run that is looked through
    read_run: RunSource | None = None  # to be read now

    @property
    def filling(self) -> Filling | None:
        """The weights that are under way; they may be downloaded."""
        return None if self.asking is None else filling_of(self.asking)


def resolve(wanted: Wanted, found: Found, late: bool = False) -> State:
    """Return what is to be shown.

    Args:
        wanted: facts.
        found: answers and refusals so far.
        late: the state before has been waiting for so long that it is to be seen.
    """
    call, source = wanted.call, _source(wanted, found)
    question = _question(wanted, found, call, source)
    ask = _to_ask(question, found)
    asking = ask or found.asking
    being_read = (read := _to_read(source, found)) or found.reading
    is_stale = found.answer is not None and found.answer.question.inspected.spec != wanted.spec
    has_no_layer = wanted.inspected is not None and call is None
    answer = None if has_no_layer or (is_stale and late) else found.answer
    pixel, heat = _pixel(wanted, answer), _heat(wanted, answer)
    state = State(
        offer=Offer(wanted.spec, wanted.run, wanted.weights),
        input_shape=None if wanted.spec is None else wanted.spec.input_shape,
        inspected=wanted.inspected,
        call=None if call is None else call.index,
        preview=found.preview,
        answer=answer,
        text="" if answer is not None else _why_nothing(wanted, call, source, asking, found.refused),
        message=None if _is_had(wanted, found, question, source) else found.message,
        read=read,
        ask=ask,
        asking=asking,
        waiting=asking is not None or being_read is not None or is_stale,
        busy=late and (being_read is not None or (asking is not None and not _is_newer(asking, found.answer))),
        being_read=being_read if late else None,
        pixel=pixel,
        arithmetic=None if pixel is None else found.arithmetic,
        heat_question=heat,
        heat=found.heat if heat is not None and heat == found.heated else None,
        ask_heat=None if heat in (found.heated, found.heating) else heat,
        ask_pixel=None if pixel in (found.taken_apart, found.taking_apart) else pixel,
    )
    return _with_epochs(_with_beside(_with_truth(state, wanted), wanted, found), wanted, found)


def _with_truth(state: State, wanted: Wanted) -> State:
    """Return ``state`` with what the data say of the picture that is shown, beside what the network says of it."""
    of_data, preview, answer = wanted.of_data, state.preview, state.answer
    if of_data is None or preview is None or preview.source.file != of_data.file:
        return state
    is_seen = answer is not None and answer.question.picture == of_data.file
    maps = answer.maps if answer is not None and is_seen else None
    said = verdict(of_data, None if maps is None else maps.shares, () if maps is None else maps.class_names)
    return replace(state, of_data=of_data, verdict=said)


def _with_beside(state: State, wanted: Wanted, found: Found) -> State:
    """Return ``state`` with what stands beside its maps."""
    question, beside = beside_question(wanted.beside, state.answer), found.beside
    stands = question is not None and type(beside.asked) is type(question)  # until the answer to this one is there
    return replace(
        state,
        beside_wish=wanted.beside,
        beside_question=question,
        beside=beside.answer if stands else None,
        ask_beside=None if question in (beside.asked, beside.asking) else question,
    )


def _with_epochs(state: State, wanted: Wanted, found: Found) -> State:
    """Return ``state`` with the epochs of the run that is looked through, else of the newest."""
    shown = run_of_weights(wanted.weights)
    run = shown or wanted.run
    if run is None:
        return state
    source, epochs = RunSource(run, wanted.editions.weights + wanted.editions.runs), found.epochs
    is_read = epochs is not None and epochs.source.run == run
    return replace(
        state,
        offer=replace(state.offer, epochs=epochs.saved if epochs is not None and is_read else ()),
        epochs=epochs if is_read and shown is not None else None,
        read_run=None if epochs is not None and epochs.source == source else source,
    )


def _pixel(wanted: Wanted, answer: Answer | None) -> PixelQuestion | None:
    """Return the number that is to be taken apart, where the maps that stand have such a place."""
    if wanted.pixel is None or answer is None:
        return None
    if any(at >= size for at, size in zip(wanted.pixel, answer.maps.values.shape, strict=True)):
        return None
    return PixelQuestion(replace(answer.question, scaling=Scaling()), wanted.pixel)


def _heat(wanted: Wanted, answer: Answer | None) -> HeatQuestion | None:
    """Return what evidence is to be looked for, once maps stand."""
    if wanted.heat is None or answer is None:
        return None
    return HeatQuestion(replace(answer.question, scaling=Scaling(), part=FIRST_PART), wanted.heat)


def _source(wanted: Wanted, found: Found) -> Source | None:
    """Return the picture that is wanted; where it cannot be read, the one chosen before, or the sample that suits."""
    choices = []
    if wanted.picture is not None:
        choices.append(Source(wanted.picture, wanted.editions.picture))
        if found.preview is not None and found.preview.source.edition is not None:
            choices.append(found.preview.source)
    if wanted.spec is not None:
        choices.append(Source(suited(wanted.spec.input_shape).file))
    return next((source for source in choices if source not in found.unreadable), None)


def _filling(wanted: Wanted, found: Found, spec: ModelSpec) -> Filling:
    """Return the weights that are wanted; where they cannot be had, those before, or random ones."""
    choices = [Filling(spec, wanted.weights, wanted.editions.weights)]
    if found.answer is not None and found.answer.question.inspected.spec == spec:
        choices.append(filling_of(found.answer.question))
    return next((filling for filling in choices if filling not in found.misfits), Filling(spec, RANDOM_WEIGHTS, 0))


def _question(wanted: Wanted, found: Found, call: Call | None, source: Source | None) -> Question | None:
    """Return what is to be asked for; None while something is missing. The picture is shown before its maps are."""
    inspected, is_read = wanted.inspected, found.preview is not None and found.preview.source == source
    if inspected is None or call is None or source is None or not is_read or not wanted.torch_is_ready:
        return None
    filling = _filling(wanted, found, inspected.spec)
    return Question(
        inspected, call, filling.weights, source.file, wanted.scaling, filling.edition, source.edition or 0, wanted.part
    )


def _to_ask(question: Question | None, found: Found) -> Question | None:
    """Return what is yet to be asked.

    Newer weights or pictures of one name wait until it is answered: a run that writes often would have all dropped.
    """
    if question is None:
        return None
    if found.asking is not None:
        return None if _as_of(question, found.asking) == found.asking else question
    is_answered = found.answer is not None and found.answer.question == question
    return None if is_answered or question == found.refused else question


def _as_of(question: Question, other: Question) -> Question:
    return replace(question, weights_edition=other.weights_edition, picture_edition=other.picture_edition)


def _is_newer(question: Question, answer: Answer | None) -> bool:
    """Return True for a question that was answered for the weights or the picture as they were."""
    return answer is not None and question != answer.question == _as_of(question, answer.question)


def _to_read(source: Source | None, found: Found) -> Source | None:
    if found.reading is not None:
        return None if source == found.reading else source
    return None if found.preview is not None and source == found.preview.source else source


def _is_had(wanted: Wanted, found: Found, question: Question | None, source: Source | None) -> bool:
    """Return True where all that is wanted is answered: then nothing is left to be said of what once was refused."""
    if question is None or found.answer is None or question != found.answer.question:
        return False
    filling = Filling(question.inspected.spec, wanted.weights, wanted.editions.weights)
    picture = Source(wanted.picture, wanted.editions.picture) if wanted.picture is not None else source
    return filling_of(question) == filling and source == picture


def _why_nothing(
    wanted: Wanted, call: Call | None, source: Source | None, asking: Question | None, refused: Question | None
) -> str:
    """Return what to say where there are no maps."""
    if wanted.spec is None:
        return "Pick a network to look into."
    if not wanted.torch_is_ready:
        return "PyTorch is loading. The maps appear when it is there."
    if wanted.inspected is None and wanted.failure is not None:
        return f"This network cannot be inspected. {wanted.failure}"
    if wanted.inspected is None:
        return "The layers of this network are not known yet."
    if call is None and wanted.inspected.report.error is not None:
        return "This network fails before a layer returns maps. The Layers tab says where, and what to do."
    if call is None:
        return "No layer of this network returned maps."
    if source is None or (asking is None and refused is not None):
        return "No maps of this network: the reason stands above."
    return "Computing the maps…"
