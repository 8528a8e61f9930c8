"""What a run begins with that is not in its settings: the data and the network's file as they are, in short."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.training.data.image_data import ImageData, TrainAndTest
from cnnviz.zoo.own.own_names import own_name

_MOST_BYTES = 1 << 28  # of the pictures that are compared: all of CIFAR-10's are, of more some bytes of each picture
_MOST_READ = 1 << 32  # bytes of pictures in a file, some of which are compared; of more not each picture is looked at
_BACK = "Put the data back as they were, or begin a new run."


def begun_with(config: TrainConfig, data: TrainAndTest) -> dict[str, object]:
    """Return the number of training images, and what tells other labels, other pictures and another file."""
    halves = (data.train, data.test)
    return {
        "images": len(data.train),
        "labels": _digest(*(half.labels for half in halves), np.array(data.train.class_names)),
        "pictures": _digest(*(_some(half) for half in halves)),
        "source": _source(config),
    }


def refuse_others(before: Mapping[str, object], now: Mapping[str, object]) -> None:
    """Return unless the data are not those that the run began with.

    Raises:
        CnnvizError: there are more or fewer pictures, or they show something else.
    """
    if before.get("images") != now["images"]:
        message = f"The run was begun with {before.get('images')} training images, and there are {now['images']} now."
        raise CnnvizError(message, _BACK)
    if before.get("labels") not in (None, now["labels"]):
        message = "Pictures have other labels than when the run began, or there are other pictures for the test."
        raise CnnvizError(message, _BACK)


def what_is_new(before: Mapping[str, object], now: Mapping[str, object], config: TrainConfig) -> Iterator[str]:
    """Say what was changed since the run began, and may be meant to be."""
    if before.get("pictures") not in (None, now["pictures"]):  # earlier versions looked at others of very many
        yield "Pictures look otherwise than when the run began: from here on it learns from those."
    own = own_name(config.model)
    if own is not None and before.get("source") not in (None, now["source"]):
        yield f"{own.file.name} was changed since the run began, which goes on with the network that it makes now."


def _some(half: ImageData) -> np.ndarray:
    images = half.images[:: -(-max(half.images.nbytes, 1) // _MOST_READ)]
    step = -(-max(images.nbytes, 1) // _MOST_BYTES)
    return images if step == 1 else images.reshape(len(images), -1)[:, ::step]


def _digest(*arrays: np.ndarray) -> int:
    found = 0
    for array in arrays:
        found = zlib.crc32(str(array.shape).encode(), found)
        found = zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data, found)
    return found


def _source(config: TrainConfig) -> int | None:
    own = own_name(config.model)
    with suppress(OSError):
        return None if own is None else zlib.crc32(own.file.read_bytes())
    return None
