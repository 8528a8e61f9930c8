"""What a view shows, to be saved or copied: it stands still, and is drawn where it is wanted, in any thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn.sheet import Sheet, as_picture
from cnnviz.feature_maps.drawn.sheet_svg import as_svg
from cnnviz.feature_maps.picture_or_numbers import write
from cnnviz.files import replacing

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True, eq=False)
class Export:
    """A light picture with a title, the numbers that it shows, and, where it is drawn of lines, the drawing."""

    name: str  # proposed for the file: "vgg11 block1.0"
    image: Callable[[], Image.Image]
    numbers: Callable[[], Mapping[str, Any]]  # arrays and texts that numpy saves without pickle
    svg: Callable[[], str] | None = None

    @property
    def endings(self) -> tuple[str, ...]:
        """What the file's name may end in."""
        return (".png", ".npz") if self.svg is None else (".png", ".svg", ".npz")

    def save(self, file: Path) -> None:
        """Write a picture, a drawing, or the numbers: the name of ``file`` says which.

        Raises:
            CnnvizError: the name ends otherwise, the picture would be too large, or the file cannot be written.
        """
        ending = file.suffix.lower()
        if ending not in self.endings:
            raise CnnvizError(f"{file.name} ends in none of {', '.join(self.endings)}.", "Choose one of these.")
        if ending == ".svg" and self.svg is not None:
            text = self.svg()
            with replacing(file) as temporary:
                temporary.write_text(text, "utf-8")
            return
        write(file, self.numbers() if ending == ".npz" else {}, self.image)


def of_sheet(name: str, make: Callable[[], Sheet], numbers: Callable[[], Mapping[str, Any]]) -> Export:
    """Return a sheet as a picture or a drawing, and its numbers."""
    return Export(name, lambda: as_picture(make()), numbers, lambda: as_svg(make()))
