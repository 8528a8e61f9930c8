"""One picture of the data, larger, and what is known of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.gui.data.class_model import ClassRow
from cnnviz.gui.data.sample_image import image_of, pixmap_of, side_on_screen
from cnnviz.gui.parts.labels import Caption, label, set_role
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.training.data.browsing import Sample

_SIDE = 112  # pixels, in text of the usual size
_HINT = "Point at a picture, or go to it with the arrow keys, to see it larger. A double click shows it to the network."


class _Enlarged(QWidget):
    """A picture at the largest whole multiple of its size that there is room for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The picture, larger")
        follow_looks(self, lambda: self.setFixedSize(self._room, self._room))

    @property
    def _room(self) -> int:
        return room_for_text(self, _SIDE)

    def show_image(self, image: QImage | None) -> None:
        """Show another picture."""
        self._image = image
        self.update()

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        return QSize(self._room, self._room)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        with QPainter(self) as painter:
            if self._image is None:
                painter.setPen(self.palette().mid().color())
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
            else:
                ratio = self.devicePixelRatioF()
                side = side_on_screen(self._image.width(), self._room, ratio)
                painter.drawPixmap(QPointF(), pixmap_of(self._image, side, ratio))


class PictureStrip(QWidget):
    """Keeps its room whatever it shows: what stands above does not move."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.enlarged = _Enlarged()
        self._class = label("", "heading", wrap=True)
        self._name = label("", "plain", wrap=True, selectable=True)
        self._facts = Caption(2)
        for text in (self._class, self._name):
            text.setMinimumWidth(1)  # a long name is wrapped, and widens nothing
        texts = QVBoxLayout()
        texts.setContentsMargins(0, 0, 0, 0)
        texts.setSpacing(4)
        for text in (self._class, self._name, self._facts):
            texts.addWidget(text)
        texts.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.enlarged, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        self.show_nothing()

    @property
    def text(self) -> str:
        """All that is said."""
        return "\n".join(each.text() for each in (self._class, self._name, self._facts) if each.text())

    def show_nothing(self) -> None:
        """Say how to see a picture here."""
        self._say(None, "", "", _HINT)

    def show_class(self, row: ClassRow) -> None:
        """Say what there is of a class."""
        shares = f"{row.counts[0]:,} to learn  ·  {row.counts[1]:,} to test"
        self._say(None, f"{row.name}  ·  label {row.label}", shares, "" if row.counts[1] else _UNTESTED)

    def show_sample(self, row: ClassRow, sample: Sample | None, shape: tuple[int, int, int], number: int) -> None:
        """Show a picture of a class.

        Args:
            row: the class.
            sample: the picture; None: it is being read.
            shape: (C, H, W) that the network sees.
            number: of the picture in its class and split.
        """
        title = f"{row.name}  ·  label {row.label}  ·  picture {number:,}"
        if sample is None:
            self._say(None, title, "Reading…", "")
        elif sample.pixels is None:
            self._say(None, title, readable_line(sample.name), f"{sample.fault} A run leaves it out.", bad=True)
        else:
            self._say(image_of(sample.pixels), title, readable_line(sample.name), _facts(sample, shape))

    def _say(self, image: QImage | None, title: str, name: str, facts: str, bad: bool = False) -> None:
        self.enlarged.show_image(image)
        self._class.setText(title)
        self._class.setVisible(bool(title))
        self._name.setText(name)
        self._name.setVisible(bool(name))
        self._facts.setText(facts)
        set_role(self._facts, "error" if bad else "caption")


_UNTESTED = "No picture of this class is in the test, which says nothing of it."


def readable_line(name: str) -> str:
    """Return a name that a line may break behind each folder and each mark of its file."""
    for mark in ("/", "_", "-", "."):
        name = name.replace(mark, f"{mark}\u200b")
    return name


def _facts(sample: Sample, shape: tuple[int, int, int]) -> str:
    """Return how large the picture is, and what becomes of it."""
    assert sample.size is not None
    assert sample.pixels is not None
    seen = (len(sample.pixels), *shape[1:])
    if sample.size == seen:
        return f"{units.shape(seen)}: the network sees it as it is."
    squashed = sample.size[1] * shape[2] != sample.size[2] * shape[1]
    how = ", its proportions changed" if squashed else ""
    return f"{units.shape(sample.size)} → the network sees {units.shape(seen)}{how}."
