"""Pixels as a network sees them → an image for the screen: whole screen pixels for each of theirs, or fewer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap


def image_of(pixels: npt.NDArray[np.uint8]) -> QImage:
    """Return the picture, with a copy of its own.

    Args:
        pixels: (C, H, W), C is 1 or 3.
    """
    channels, height, width = pixels.shape
    if channels == 1:
        plain = np.ascontiguousarray(pixels[0])
        return QImage(plain.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
    plain = np.ascontiguousarray(pixels.transpose(1, 2, 0))
    return QImage(plain.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def side_on_screen(size: int, room: int, ratio: float) -> float:
    """Return the side, in the widget's pixels, at which a picture is shown: a whole multiple of its own where it fits.

    Args:
        size: of the picture, its own pixels.
        room: the widget's pixels.
        ratio: screen pixels for each of the widget's.
    """
    times = int(room * ratio / size)
    return times * size / ratio if times else float(room)


def pixmap_of(image: QImage, side: float, ratio: float) -> QPixmap:
    """Return the picture at this side: each pixel a sharp square where it grows, a mean where it shrinks."""
    target = max(1, round(side * ratio))
    grows = target >= image.width()
    way = Qt.TransformationMode.FastTransformation if grows else Qt.TransformationMode.SmoothTransformation
    scaled = image.scaled(target, target, Qt.AspectRatioMode.IgnoreAspectRatio, way)
    made = QPixmap.fromImage(scaled)
    made.setDevicePixelRatio(ratio)
    return made
