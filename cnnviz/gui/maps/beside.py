"""What may stand beside the maps, as nouns: what is wished for, what is asked, what comes back. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.feature_maps.answers import Answer, FeatureMaps
from cnnviz.feature_maps.drawn.drawing import Drawing, draw
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.kernels.kernel_drawing import KernelDrawing, KernelLook
from cnnviz.feature_maps.kernels.kernel_values import KernelQuestion, Showing
from cnnviz.feature_maps.output_layout import FIRST_PART
from cnnviz.feature_maps.questions import Question
from cnnviz.feature_maps.verdict import verdict
from cnnviz.gui.maps.several_pictures import PicturesBeside, PicturesSeen, Several
from cnnviz.pictures.samples import samples
from cnnviz.training.data.numbered_picture import Numbered
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

if TYPE_CHECKING:
    from cnnviz.feature_maps.strongest.patches import Strongest
    from cnnviz.inspection.call import Identity
    from cnnviz.training.data.browsing import Split
    from cnnviz.training.data.numbered_picture import FoundPicture
    from cnnviz.training.data.picture_set import PictureSet

BesideKind = Literal["nothing", "kernels", "weights", "picture", "data", "pictures", "layer", "strongest"]
BESIDES: dict[BesideKind, str] = {
    "nothing": "Nothing",
    "kernels": "Kernels",
    "weights": "Other weights",
    "picture": "Other picture",
    "data": "Picture of data",
    "pictures": "Several pictures",
    "layer": "Other layer",
    "strongest": "What excites it",
}


@dataclass(frozen=True, slots=True)
class Search:
    """Which pictures are looked through for what excites the channels."""

    data: str = "fashion-mnist-sample"  # as ``TrainConfig.data``
    split: Split = "test"
    limit: int | None = 1000  # so many pictures, a fair sample; None: all
    attempt: int = 0  # another one: it was cancelled, or failed, and is begun anew


@dataclass(frozen=True, slots=True)
class BesideWish:
    """What is wished for beside the maps; of the rest only what belongs to ``kind`` matters."""

    kind: BesideKind = "nothing"
    showing: Showing = "these"
    look: KernelLook = field(default_factory=KernelLook)
    around: int = 0  # output whose kernel is to be seen
    weights: Weights = RANDOM_WEIGHTS
    picture: Path | None = None  # None: none is chosen yet
    of_data: FoundPicture | None = None  # None: none is found yet
    layer: Identity | None = None
    difference: bool = False
    same_colors: bool = False
    search: Search = Search()
    several: Several = field(default_factory=Several)
    channel: int = 0  # that is looked at


@dataclass(frozen=True, slots=True)
class KernelsBeside:
    """The kernels that make the maps."""

    question: KernelQuestion
    look: KernelLook


@dataclass(frozen=True, slots=True)
class MapsBeside:
    """Other maps, to be compared with those that stand."""

    question: Question
    like: Answer  # those that stand
    difference: bool  # other − like is shown, where their shapes agree
    same_colors: bool  # they have the limits of ``like``
    of_data: FoundPicture | None = None  # what the other picture is of data


@dataclass(frozen=True, slots=True)
class StrongestBeside:
    """What excites the channels of the call whose maps stand."""

    question: Question  # whatever picture the maps are of
    search: Search


BesideQuestion = KernelsBeside | MapsBeside | PicturesBeside | StrongestBeside


@dataclass(frozen=True, slots=True, eq=False)
class ComparedMaps:
    """Other maps, drawn."""

    title: str  # what is shown, in words
    maps: FeatureMaps
    drawing: Drawing
    is_difference: bool  # these − those that stand, around zero


@dataclass(frozen=True, slots=True, eq=False)
class Excited:
    """Where in many pictures the channels are largest."""

    asked: StrongestBeside
    found: Strongest
    pictures: PictureSet

    def numbered(self, picture: int) -> Numbered:
        """Return which picture of the data one of ``pictures`` is."""
        label, number = int(self.pictures.part.labels[picture]), int(self.pictures.numbers[picture])
        return Numbered(self.asked.search.data, self.asked.search.split, str(label), number)


Beside = KernelDrawing | ComparedMaps | PicturesSeen | Excited


def beside_question(wish: BesideWish, answer: Answer | None) -> BesideQuestion | None:
    """Return what is to be asked beside the maps that stand; None: nothing, or it is not chosen yet."""
    if answer is None:
        return None
    base = answer.question
    match wish.kind:
        case "kernels":
            plain = replace(base, scaling=Scaling(), picture_edition=0)
            return KernelsBeside(KernelQuestion(plain, wish.showing, wish.around), wish.look)
        case "strongest":
            seen = samples()[0].file  # any will do: others take its place
            plain = replace(base, scaling=Scaling(), part=FIRST_PART, picture=seen, picture_edition=0)
            return StrongestBeside(plain, wish.search)
        case "pictures":
            plain = replace(base, picture=samples()[0].file, picture_edition=0)
            return PicturesBeside(plain, wish.several, min(wish.channel, len(answer.maps.values) - 1))
        case "weights":
            other = replace(base, weights=wish.weights)
        case "picture" if wish.picture is not None:
            other = replace(base, picture=wish.picture)
        case "data" if wish.of_data is not None:
            other = replace(base, picture=wish.of_data.file)
            return MapsBeside(other, answer, wish.difference, wish.same_colors, wish.of_data)
        case "layer":
            calls = base.inspected.report.calls
            call = next((each for each in calls if each.identity == wish.layer), None)
            if call is None:
                return None
            other = replace(base, call=call, part=FIRST_PART)
        case _:
            return None
    return MapsBeside(other, answer, wish.difference, wish.same_colors)


def compare(question: MapsBeside, maps: FeatureMaps) -> ComparedMaps:
    """Return other maps ready for the screen; where the shapes do not agree, as they are."""
    like, scaling = question.like, question.question.scaling
    here, there = _names(question, maps)
    agree = maps.values.shape == like.maps.values.shape
    if not question.difference or not agree:
        drawing = draw(maps.values, scaling, like=like.drawing if question.same_colors else None)
        why = " · another shape: no difference" if question.difference else ""
        return ComparedMaps(f"{here}{why}", maps, drawing, is_difference=False)
    with np.errstate(invalid="ignore", over="ignore"):
        change = maps.values - like.maps.values
    drawing = draw(change, replace(scaling, symmetric=True, fixed=None))
    return ComparedMaps(f"{here} − {there}", maps, drawing, is_difference=True)


def _names(question: MapsBeside, maps: FeatureMaps) -> tuple[str, str]:
    """Return what tells other maps and those that stand apart: weights, picture or layer."""
    ours, theirs = question.like.question, question.question
    if ours.call.index != theirs.call.index:
        return maps.layer or "output", question.like.maps.layer or "output"
    if question.of_data is not None:
        other = question.of_data
        said = verdict(other, maps.shares, maps.class_names).answer
        return f"{other.class_name} {other.wanted.number}. {said}", ours.picture.name
    if ours.picture != theirs.picture:
        return theirs.picture.name, ours.picture.name
    return maps.weights, question.like.maps.weights
