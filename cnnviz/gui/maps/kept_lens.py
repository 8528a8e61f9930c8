"""The lens that one question after another is put to: it keeps a network and its outputs, up to a gigabyte."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.feature_maps.questions import HeatQuestion, PixelQuestion, Question
from cnnviz.files import Progress

if TYPE_CHECKING:
    from cnnviz.feature_maps.attribution.heat_map import HeatMap, Told
    from cnnviz.feature_maps.kernels.kernel_values import KernelQuestion, Kernels
    from cnnviz.feature_maps.pixel.arithmetic import Arithmetic
    from cnnviz.feature_maps.strongest.patches import Pictures, Strongest


class Lens(Protocol):
    """What is needed of ``feature_maps.lens.Lens``."""

    def maps(
        self, question: Question, on_progress: Progress | None = None, go_on: Callable[[], None] | None = None
    ) -> FeatureMaps: ...

    def arithmetic(self, question: PixelQuestion) -> Arithmetic: ...

    def heat(self, question: HeatQuestion, told: Told) -> HeatMap: ...

    def kernels(self, question: KernelQuestion) -> Kernels: ...

    def strongest(
        self, question: Question, pictures: Pictures, told: Told, there: int, on_progress: Progress | None = None
    ) -> Strongest: ...


def real_lens() -> Lens:
    """Return a lens. The first call pays for ``import torch``."""
    from cnnviz.feature_maps.lens import Lens as RealLens

    return RealLens()


OpensLens = Callable[[], AbstractContextManager[Lens]]  # in a worker thread: inside, the lens is nobody else's


class KeptLens:
    """One lens for all jobs until it is forgotten. Safe from any thread."""

    def __init__(self, make: Callable[[], Lens]) -> None:
        self._make = make
        self._in_use = threading.Lock()  # a lens is of one thread at a time
        self._keeping = threading.Lock()  # of the two below
        self._lens: Lens | None = None
        self._time = object()  # from one forgetting to the next

    def for_a_job(self) -> OpensLens:
        """Return what opens the lens for a job; what is forgotten until the job begins is not kept again by it."""
        return partial(self._opened, self._time)

    def forget_job(self) -> Callable[[], None]:
        """Let go of the lens and return the job that drops it: giving so much back takes a while."""
        with self._keeping:
            self._time, gone, self._lens = object(), [self._lens], None
        return gone.clear

    @contextmanager
    def _opened(self, time: object) -> Iterator[Lens]:
        lens = self._lens or self._make()
        with self._keeping:
            if time is self._time:
                self._lens = lens
        with self._in_use:
            yield lens
