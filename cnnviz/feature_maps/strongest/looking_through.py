"""One pass over pictures: where each channel of a layer is largest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import torch

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.attribution.heat_map import Told
from cnnviz.feature_maps.axes import as_maps
from cnnviz.feature_maps.capture import capture
from cnnviz.feature_maps.output_layout import Layout, layout_of
from cnnviz.feature_maps.strongest.patches import PATCHES, Pictures, Strongest
from cnnviz.feature_maps.subject import Subject
from cnnviz.inspection.receptive_field import UNKNOWN, Field, fields
from cnnviz.pictures.preprocessing import as_input

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    from cnnviz.feature_maps.lens import GoOn
    from cnnviz.inspection.call import Call

    Maps = npt.NDArray[np.float32]

_ACTIVATIONS = 64 * 2**20  # bytes that the largest output of a batch may have
_MOST = 64  # pictures in a batch
_ALIKE = 1e-3  # of the largest: a batch's outputs may differ so much from those of its pictures alone


def look_through(subject: Subject, call: Call, pictures: Pictures, told: Told, there: int | None = None) -> Strongest:
    """Return where the channels of a call are largest; in memory are one batch, and the places found so far.

    Args:
        subject: the network with its weights; its own picture does not matter.
        call: whose output.
        pictures: all of them are looked at.
        told: how many of how many are done, also while the network runs; what it raises ends the work.
        there: how many the data have, where ``pictures`` are some of them.

    Raises:
        CnnvizError: no picture can be read, the network fails, or the call returns no tensor.
    """
    _, channels, height, width = subject.pixels.shape
    unread: list[str] = []
    stream = _inputs(subject, pictures, (channels, height, width), unread)
    first = list(islice(stream, 2))
    if not first:
        raise CnnvizError(f"No picture of {pictures.title} can be read.", unread[0] if unread else "Choose other data.")
    best, done = _Best(subject, call), 0

    def go_on() -> None:
        told(done, len(pictures))

    size = batch_size(subject, call, [values for _, values in first], go_on)
    stream = chain(first, stream)
    while batch := list(islice(stream, size)):
        output = _output(subject, call, np.concatenate([values for _, values in batch]), go_on)
        for at, (number, _) in enumerate(batch):
            best.take(number, output if size == 1 else output[at : at + 1])
        done = batch[-1][0] + 1
    done = len(pictures)
    go_on()
    remarks = (f"{units.counted(len(unread), 'picture')} could not be read: {unread[0]}",) if unread else ()
    return Strongest(
        call.path, call.index, best.values, best.pictures, best.rows, best.columns, best.lowest,
        best.field, (channels, height, width), subject.origin.fit, len(pictures) - len(unread),
        there or len(pictures), pictures.title, subject.weights, (*subject.origin.notes, *remarks),
    )  # fmt: skip


def batch_size(subject: Subject, call: Call, inputs: list[Maps], go_on: GoOn) -> int:
    """Return how many pictures may go through the network at once: 1 where one changes what becomes of another.

    Args:
        subject: the network.
        call: whose output is wanted.
        inputs: of two pictures, or of the only one.
        go_on: what it raises ends the work.
    """
    largest = max((prod(shape) for each in subject.report.calls for shape in each.output_shapes), default=1)
    most = min(_MOST, _ACTIVATIONS // (4 * max(1, largest)))
    if most < 2 or len(inputs) < 2:
        return 1
    one, other = (_output(subject, call, each, go_on) for each in inputs)
    if one.ndim < 2 or len(one) != 1 or one.shape != other.shape:
        return 1
    try:
        both = _output(subject, call, np.concatenate(inputs), go_on)
    except CnnvizError:
        go_on()  # maybe it was this that ended it
        return 1
    expected = torch.cat([one, other])
    room = _ALIKE * float(expected[expected.isfinite()].abs().max()) if expected.isfinite().any() else 0.0
    is_same = both.shape == expected.shape and torch.allclose(both, expected, rtol=0, atol=room, equal_nan=True)
    return most if is_same else 1


def _inputs(
    subject: Subject, pictures: Pictures, shape: tuple[int, int, int], unread: list[str]
) -> Iterator[tuple[int, Maps]]:
    """Give number and input of each picture that can be read; why others cannot goes to ``unread``."""
    how = subject.origin.preprocessing
    for number in range(len(pictures)):
        try:
            pixels = pictures.pixels(number, shape, how.fit)
        except CnnvizError as error:
            unread.append(error.message)
            continue
        yield number, as_input(pixels, how.normalisation)


def _output(subject: Subject, call: Call, values: Maps, go_on: GoOn) -> Tensor:
    """Return what the call returns for pictures (N, C, H, W)."""
    shown = replace(subject, pixels=values)
    found = capture(shown.model, shown.example, call.identity, 0, go_on)
    outputs = found.get(call.identity, ())
    if not outputs:
        what = "returned no tensor, or was not reached with these pictures."
        raise CnnvizError(f"{_named(call)} {what}", "Choose another layer.")
    return outputs[0]


def _refuse_slices(call: Call, layout: Layout) -> None:
    """What is seen a slice at a time would be looked through in its first slice alone."""
    if layout.slices > 1:
        what = f"returns {layout.slices:,} slices of each map: the strongest places are not known for these."
        raise CnnvizError(f"{_named(call)} {what}", "Choose a layer that returns one map for each channel.")


def _named(call: Call) -> str:
    return f"{call.path or 'The network'} ({call.kind})"


class _Best:
    """The strongest places so far, (C, K) each."""

    def __init__(self, subject: Subject, call: Call) -> None:
        self._subject, self._call = subject, call
        self._layout: Layout | None = None  # of the outputs
        self.values: Maps = np.empty((0, 0), np.float32)
        self.lowest: Maps = np.empty(0, np.float32)
        self.pictures = self.rows = self.columns = np.empty((0, 0), np.int64)

    @property
    def field(self) -> Field:
        """What each place sees of a picture."""
        has_places = self._layout is not None and self._layout.has_places
        return fields(self._subject.report.calls)[self._call.index] if has_places else UNKNOWN

    def take(self, number: int, output: Tensor) -> None:
        """Look at what the call returned for one picture: of equals, the first stays in front."""
        size = self._subject.pixels.shape[2:]
        self._layout = layout_of(output.shape, size, self._subject.report.calls, self._call)
        _refuse_slices(self._call, self._layout)
        maps = as_maps(output, size, self._layout)
        self._make_room(len(maps))
        flat = maps.reshape(len(maps), -1)
        known = np.isfinite(flat)
        flat, low = (flat, flat) if known.all() else (np.where(known, flat, -np.inf), np.where(known, flat, np.inf))
        self.lowest = np.minimum(self.lowest, low.min(1))
        at = flat.argmax(1)
        highest = flat[np.arange(len(maps)), at]
        for channel in np.flatnonzero(highest > self.values[:, -1]):
            self._insert(int(channel), float(highest[channel]), number, *divmod(int(at[channel]), maps.shape[2]))

    def _make_room(self, channels: int) -> None:
        if not self.lowest.size:
            self.values = np.full((channels, PATCHES), -np.inf, np.float32)
            self.lowest = np.full(channels, np.inf, np.float32)
            self.pictures, self.rows, self.columns = (np.full((channels, PATCHES), -1, np.int64) for _ in range(3))
        if channels != len(self.lowest):
            raise CnnvizError(
                f"This layer returns {channels:,} maps for a picture and {len(self.lowest):,} for another.",
                "Choose another layer.",
            )

    def _insert(self, channel: int, value: float, number: int, row: int, column: int) -> None:
        own = self.values[channel]
        rank = int(np.searchsorted(-own, -value, side="right"))
        for kept, new in ((self.pictures, number), (self.rows, row), (self.columns, column), (self.values, value)):
            kept[channel, rank + 1 :] = kept[channel, rank:-1].copy()
            kept[channel, rank] = new
