"""What is looked at, written as a picture or as numbers: the name of the file says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.files import replacing

if TYPE_CHECKING:
    from PIL import Image


def write(file: Path, numbers: Mapping[str, Any], picture: Callable[[], Image.Image]) -> None:
    """Write ``numbers`` where ``file`` ends in .npz, the picture where it ends in .png; numpy needs no pickle to read.

    Raises:
        CnnvizError: the name ends otherwise, or the file cannot be written.
    """
    match file.suffix.lower():
        case ".npz":
            with replacing(file) as temporary, temporary.open("wb") as opened:
                np.savez_compressed(opened, **numbers)
        case ".png":
            drawn = picture()
            with replacing(file) as temporary:
                drawn.save(temporary, "PNG")
        case _:
            raise CnnvizError(
                f"{file.name} ends neither in .png nor in .npz.", "Choose .png (picture) or .npz (numbers)."
            )
