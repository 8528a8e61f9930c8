"""A picture from the clipboard: a file that was copied, or pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QGuiApplication, QImage

from cnnviz.errors import CnnvizError
from cnnviz.files import replacing
from cnnviz.places import cache_folder

_MOST_KEPT = 20  # pasted pictures: the newest


def can_paste() -> bool:
    """Return whether the clipboard holds a picture or a file."""
    held = _held()
    return held.hasImage() or any(url.isLocalFile() for url in held.urls())


def pasted() -> Callable[[], Path]:
    """Return what gives the file that was copied, or one, in the cache, with the pixels that were.

    It is for a worker thread: to write a screenshot takes a third of a second, and the pixels of a poster many.

    Raises:
        CnnvizError: there is neither; what is returned raises it if the cache cannot be written.
    """
    held = _held()
    files = [Path(url.toLocalFile()) for url in held.urls() if url.isLocalFile() and url.toLocalFile()]
    if files:
        return lambda: files[0]
    image = QGuiApplication.clipboard().image() if held.hasImage() else QImage()
    if image.isNull():
        raise CnnvizError("The clipboard holds no picture.", "Copy a picture, or its file, and paste again.")
    return partial(_kept, image)


def _kept(image: QImage) -> Path:
    content = _png(image)
    file = cache_folder() / "pasted" / f"Pasted picture {hashlib.sha256(content).hexdigest()[:8]}.png"
    with replacing(file) as temporary:
        temporary.write_bytes(content)
    with suppress(OSError):  # another window may sweep, too
        for old in sorted(file.parent.glob("*.png"), key=lambda each: -each.stat().st_mtime)[_MOST_KEPT:]:
            old.unlink()
    return file


def _held() -> QMimeData:
    """Return what the clipboard holds; Qt, whatever its stub says, gives None for an empty one."""
    held: QMimeData | None = QGuiApplication.clipboard().mimeData()
    return QMimeData() if held is None else held


def _png(image: QImage) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub takes bytes, PySide text
    return bytes(content.data())
