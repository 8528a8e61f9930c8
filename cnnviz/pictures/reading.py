"""Pictures on disk → what a network sees. Pillow and numpy only: no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from cnnviz import units
from cnnviz.errors import CnnvizError

if TYPE_CHECKING:
    import numpy.typing as npt

Normalisation = tuple[tuple[float, ...], tuple[float, ...]]  # mean and standard deviation of each channel

# Plain raster formats only: Pillow hands EPS to Ghostscript, and nobody's picture needs WMF, FITS or HDF5.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "AVIF", "JPEG2000", "PPM", "TGA", "ICO", "PCX", "QOI")
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".avif", ".ppm", ".pgm", ".jp2", ".tga")
_SIDE = 2048  # pixels: a shorter side beyond twice this is read at half, a quarter, ... of its size
_NO_PICTURE_HINT = "Choose a photograph or drawing, such as a PNG or JPEG."


def read(file: Path) -> Image.Image:
    """Return the picture upright, its first frame, as "L" (grey) or "RGB", transparent parts white.

    Of a huge picture a smaller copy comes back, its shorter side still 2048 pixels or more.

    Raises:
        CnnvizError: there is no such file, it is not a picture, it is cut short, or it is too large to be read safely.
    """
    if not file.is_file():
        what = "is a folder, not a picture" if file.is_dir() else "is not there"
        raise CnnvizError(f"{file} {what}.", _NO_PICTURE_HINT)
    try:
        with Image.open(file, formats=_known_formats()) as picture:
            picture.draft(None, (_SIDE, _SIDE))
            picture.seek(0)
            picture.load()
            return _plain(_upright(_reduced(picture)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise CnnvizError(
            f"{file.name} has too many pixels to be read safely.", "Save a smaller copy of it."
        ) from error
    except PermissionError as error:
        raise CnnvizError(f"{file.name} may not be read: {error.strerror}.", "Ask its owner, or copy it.") from error
    except UnidentifiedImageError as error:
        raise CnnvizError(f"{file.name} is not a picture that can be read.", _NO_PICTURE_HINT) from error
    except Exception as error:  # Pillow's decoders raise whatever they stumble over in a broken file
        reason = str(error).rstrip(".") or type(error).__name__
        raise CnnvizError(f"{file.name} is damaged or cut short ({reason}).", "Open another picture.") from error


def prepare(
    picture: Image.Image, input_shape: tuple[int, int, int], normalisation: Normalisation | None = None
) -> npt.NDArray[np.float32]:
    """Return the picture as the network's input: (1, C, H, W), 0..1, then (x − mean) ÷ std where that is asked for.

    The largest centred part with the input's aspect is resized bilinearly with antialiasing, as torchvision's presets
    do, but nothing more is cut off. A 28×28 picture for a 28×28 input keeps its pixels.

    Args:
        picture: as ``read`` returns it.
        input_shape: (C, H, W).

    Raises:
        CnnvizError: the network takes neither 1 nor 3 channels.
    """
    channels, height, width = input_shape
    if channels not in (1, 3):
        raise CnnvizError(
            f"A picture has 1 or 3 channels; this network takes {units.shape(input_shape)}.",
            "Choose 1 (grey) or 3 (colour) input channels.",
        )
    fitted = picture.convert("L" if channels == 1 else "RGB").resize(
        (width, height), Image.Resampling.BILINEAR, box=crop_box(picture.size, width / height)
    )
    pixels = np.asarray(fitted, np.float32).reshape(height, width, channels) / 255
    if normalisation is not None:
        mean, std = (np.asarray(values, np.float32) for values in normalisation)
        pixels = (pixels - mean) / std
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32)


def crop_box(size: tuple[int, int], aspect: float) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom, in pixels, of the largest centred part whose width ÷ height is ``aspect``.

    Args:
        size: width, height.
    """
    width, height = size
    part_width, part_height = min(width, height * aspect), min(height, width / aspect)
    left, top = (width - part_width) / 2, (height - part_height) / 2
    return left, top, left + part_width, top + part_height


def preview(picture: Image.Image, longest: int = 512) -> npt.NDArray[np.uint8]:
    """Return the picture for the screen, (H, W, 3), at most ``longest`` pixels on its longer side."""
    small = picture.convert("RGB")
    small.thumbnail((longest, longest), Image.Resampling.BILINEAR)
    return np.array(small)


def _known_formats() -> list[str]:
    """AVIF, WebP and JPEG 2000 are there only where Pillow was built with them."""
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _reduced(picture: Image.Image) -> Image.Image:
    factor = min(picture.size) // _SIDE
    return picture.reduce(factor) if factor > 1 and picture.mode in ("L", "RGB", "RGBA", "CMYK") else picture


def _upright(picture: Image.Image) -> Image.Image:
    """Turn as the camera was held; a picture whose EXIF is damaged is shown as it lies."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # the pixels are good, whatever the metadata raise
        return picture


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode in ("F", "I") or picture.mode.startswith("I;16"):
        return Image.fromarray(_eight_bits(np.asarray(picture)))
    if picture.has_transparency_data:
        coloured = picture.convert("RGBA")
        white = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(white, coloured).convert("RGB")
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


def _eight_bits(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Scale grey values of more than 8 bits by the smallest of 1, 255 and 65535 that holds them, or by their range."""
    numbers = np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if values.dtype == np.uint16:
        low, high = 0.0, 65535.0
    elif low >= 0 and high <= 65535:
        low, high = 0.0, next(top for top in (1.0, 255.0, 65535.0) if high <= top)
    return np.rint((numbers - low) * (255 / (high - low))).astype(np.uint8)
