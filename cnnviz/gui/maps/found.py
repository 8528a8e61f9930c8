"""What the jobs of the feature-map page were asked, and what they have answered so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnviz.feature_maps.answers import Answer, PictureError, WeightsError
from cnnviz.feature_maps.questions import HeatQuestion, PixelQuestion, Question
from cnnviz.zoo.weights_source import Weights

if TYPE_CHECKING:
    from cnnviz.errors import CnnvizError
    from cnnviz.feature_maps.attribution.heat_map import HeatMap
    from cnnviz.feature_maps.pixel.arithmetic import Arithmetic
    from cnnviz.gui.maps.beside import Beside, BesideQuestion
    from cnnviz.gui.maps.epochs import Epochs
    from cnnviz.gui.maps.previews import Preview, Source
    from cnnviz.zoo.catalog import ModelSpec


@dataclass(frozen=True, slots=True)
class Filling:
    """Weights in a network."""

    spec: ModelSpec
    weights: Weights
    edition: int


@dataclass(frozen=True, slots=True)
class BesideFound:
    """What was asked beside the maps, and answered."""

    asking: BesideQuestion | None = None  # under way
    asked: BesideQuestion | None = None  # the last that was answered or refused
    answer: Beside | CnnvizError | None = None  # how

    def ask(self, question: BesideQuestion) -> BesideFound:
        """Something is asked; it takes the place of what was before it."""
        return replace(self, asking=question)

    def take(self, answer: Beside | CnnvizError) -> BesideFound:
        """It was answered, or refused."""
        return BesideFound(None, self.asking, answer)


@dataclass(frozen=True, slots=True)
class Found:
    """An answer stands until the next, a refusal beside it; what was refused is not tried again by itself."""

    reading: Source | None = None  # under way
    preview: Preview | None = None
    unreadable: tuple[Source, ...] = ()
    asking: Question | None = None  # under way
    answer: Answer | None = None
    refused: Question | None = None  # until the user wants something else
    misfits: tuple[Filling, ...] = ()  # weights that cannot be had: the wanted ones, and those before
    message: CnnvizError | None = None  # why; until the user wants something else
    taking_apart: PixelQuestion | None = None  # under way
    taken_apart: PixelQuestion | None = None  # the last that was answered or refused
    arithmetic: Arithmetic | CnnvizError | None = None  # how
    heating: HeatQuestion | None = None  # under way
    heated: HeatQuestion | None = None  # the last that was answered or refused
    heat: HeatMap | CnnvizError | None = None  # its answer
    beside: BesideFound = BesideFound()
    epochs: Epochs | None = None  # of the run that was looked through last

    def forgive(self) -> Found:
        """The user wants something else: what was wrong before is no longer of interest."""
        return replace(self, refused=None, message=None)

    def forgive_picture(self) -> Found:
        """A picture is chosen: it may be one that could not be read."""
        return replace(self.forgive(), unreadable=())

    def forgive_weights(self) -> Found:
        """Weights are chosen, or a network that they may fit."""
        return replace(self.forgive(), misfits=())

    def read(self, source: Source) -> Found:
        """A picture is being read."""
        return replace(self, reading=source)

    def take_preview(self, preview: Preview) -> Found:
        """It could be read."""
        return replace(self, reading=None, preview=preview)

    def refuse_picture(self, error: CnnvizError) -> Found:
        """It could not."""
        unreadable = self.unreadable if self.reading is None else (*self.unreadable, self.reading)
        return replace(self, reading=None, unreadable=unreadable, message=error)

    def ask(self, question: Question) -> Found:
        """A question is asked; it takes the place of one before it."""
        return replace(self, asking=question, refused=None)

    def take_answer(self, answer: Answer) -> Found:
        """It was answered."""
        return replace(self, asking=None, answer=answer)

    def ask_pixel(self, question: PixelQuestion) -> Found:
        """One number is being taken apart; it takes the place of one before it."""
        return replace(self, taking_apart=question)

    def take_arithmetic(self, arithmetic: Arithmetic | CnnvizError) -> Found:
        """It was, or could not be."""
        return replace(self, taking_apart=None, taken_apart=self.taking_apart, arithmetic=arithmetic)

    def ask_heat(self, question: HeatQuestion) -> Found:
        """Evidence is being looked for; it takes the place of a search before it."""
        return replace(self, heating=question)

    def take_heat(self, heat: HeatMap | CnnvizError) -> Found:
        """It was found, or could not be."""
        return replace(self, heating=None, heated=self.heating, heat=heat)

    def refuse_question(self, error: CnnvizError) -> Found:
        """It was refused: for its weights or its picture, which are not tried again, or for anything else."""
        misfits, unreadable, preview = self.misfits, self.unreadable, self.preview
        if isinstance(error, WeightsError) and self.asking is not None:
            misfits = (*misfits[-1:], filling_of(self.asking))
        if isinstance(error, PictureError) and preview is not None and self.asking is not None:
            unreadable = (*unreadable, preview.source) if preview.source.file == self.asking.picture else unreadable
        return replace(self, asking=None, refused=self.asking, misfits=misfits, unreadable=unreadable, message=error)


def filling_of(question: Question) -> Filling:
    """Return the weights that a question is about."""
    return Filling(question.inspected.spec, question.weights, question.weights_edition)
