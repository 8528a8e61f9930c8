"""The four files of a small data set, as MNIST's are."""

from __future__ import annotations

import numpy as np

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"
IDX_FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)


def idx_bytes(values: np.ndarray) -> bytes:
    """The IDX form of an array of unsigned bytes."""
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes((0, 0, 8, values.ndim)) + sizes + values.astype(np.uint8).tobytes()


def idx_arrays(train: int = 12, test: int = 6, size: int = 8, classes: int = 3) -> dict[str, np.ndarray]:
    """The four arrays of a small data set, by IDX name; every class occurs."""
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (count, size, size), np.uint8) for count in (train, test)]
    labels = [np.arange(count, dtype=np.uint8) % classes for count in (train, test)]
    return dict(zip(IDX_FILES, (images[0], labels[0], images[1], labels[1]), strict=True))
