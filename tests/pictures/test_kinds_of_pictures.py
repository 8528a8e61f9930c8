"""Kinds of picture files: read by content, to the same pixels for looking and for training."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin, features

from cnnviz.errors import CnnvizError
from cnnviz.pictures.opening import FORMATS, opened, suffixes
from cnnviz.pictures.preprocessing import Preprocessing, fit_of, prepare, seen_box
from cnnviz.pictures.reading import Header, header, read, seen

RANDOM = np.random.default_rng(0)
NOISE = RANDOM.integers(0, 256, (24, 36, 3)).astype(np.uint8)


def kinds() -> dict[str, Image.Image]:
    """A picture of each kind that Pillow knows apart."""
    colour, grey = Image.fromarray(NOISE), Image.fromarray(NOISE[..., 0])
    palette = colour.quantize(16)
    greys = Image.fromarray(NOISE[..., 0] // 64)
    greys.putpalette(np.repeat(np.arange(256, dtype=np.uint8), 3).tobytes())
    return {
        "rgb.png": colour, "grey.png": grey, "bit.png": grey.convert("1"), "palette.png": palette, "greys.gif": greys,
        "alpha.png": colour.convert("RGBA"), "grey_alpha.png": grey.convert("LA"), "cmyk.jpg": colour.convert("CMYK"),
        "cmyk.tif": colour.convert("CMYK"), "lab.tif": colour.convert("RGB"), "deep.png": deep(np.uint16),
        "whole.tif": deep(np.int32), "float.tif": Image.fromarray(NOISE[..., 0].astype(np.float32) / 255),
        "a.bmp": colour, "a.ppm": colour, "a.pgm": grey, "a.tga": colour, "a.pcx": colour, "a.sgi": colour,
        "a.ico": colour, "a.dds": colour, "a.webp": colour, "a.jp2": colour, "a.avif": colour, "a.im": colour,
        "a.msp": grey.convert("1"), "a.xbm": grey.convert("1"), "a.qoi": colour, "a.jfif": colour, "a.pfm": None,
    }  # fmt: skip


def deep(kind: type) -> Image.Image:
    return Image.fromarray((NOISE[..., 0].astype(np.int64) * 257).astype(kind))


@pytest.mark.parametrize("name", kinds())
def test_header_says_what_reading_gives(tmp_path: Path, name: str) -> None:
    picture, file = kinds()[name], tmp_path / name
    try:
        (picture or Image.fromarray(NOISE[..., 0].astype(np.float32))).save(file)
    except (KeyError, OSError, ValueError) as error:
        pytest.skip(f"this Pillow does not write it: {error}")
    got, said = read(file), header(file)
    assert (said.height, said.width) == (got.height, got.width)
    assert got.mode == ("L" if said.channels == 1 else "RGB")


@pytest.mark.parametrize("name", ["deep.png", "whole.tif", "float.tif", "grey_alpha.png"])
def test_grey_of_any_depth_is_the_same_grey(tmp_path: Path, name: str) -> None:
    kinds()[name].save(tmp_path / name)
    assert np.array_equal(np.asarray(read(tmp_path / name)), NOISE[..., 0])


@pytest.mark.parametrize("ending", ["", ".png", ".jpg", ".txt", ".eps"])
def test_content_tells_a_picture_and_not_its_ending(tmp_path: Path, ending: str) -> None:
    for kind in ("PNG", "JPEG", "WEBP", "TIFF"):
        Image.fromarray(NOISE).save(tmp_path / f"a{ending}", kind)
        assert read(tmp_path / f"a{ending}").size == (36, 24)


def test_nothing_is_read_that_another_program_would_decode() -> None:
    assert not {"EPS", "WMF", "BUFR", "GRIB", "HDF5", "PDF"} & set(FORMATS)
    assert not {".eps", ".ps", ".wmf", ".h5"} & suffixes()
    assert {".png", ".jpg", ".jfif", ".tif", ".tga"} <= suffixes()


ENTRY = struct.Struct("<HHI4s")


def exif(*entries: tuple[int, int, int, bytes], tail: bytes = b"") -> bytes:
    body = b"".join(ENTRY.pack(*each) for each in entries)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + b"\0\0\0\0" + tail


TURNED = (0x0112, 3, 1, b"\6\0\0\0")
BEHIND = [struct.pack("<I", 8 + 2 + 12 * count + 4) for count in range(3)]
SOUND_TURN = {
    "plain": exif(TURNED),
    "rational without a denominator": exif(TURNED, (0x011A, 5, 1, BEHIND[2]), tail=struct.pack("<II", 1, 0)),
    "negative rational": exif(TURNED, (0x011A, 10, 1, BEHIND[2]), tail=struct.pack("<ii", -1, 0)),
    "five undefined": exif(TURNED, (0x9286, 3, 5, BEHIND[2]), tail=struct.pack("<5H", 1, 2, 3, 4, 5)),
    "offset beyond the end": exif(TURNED, (0x010F, 2, 900, struct.pack("<I", 60_000))),
    "a maker's note of nonsense": exif(TURNED, (0x927C, 7, 4, b"\xff\xff\xff\xff")),
    "sub-IFD that leads to itself": exif(TURNED, (0x8769, 4, 1, struct.pack("<I", 8))),
}
NO_TURN = {
    "text": exif((0x0112, 2, 4, b"six\0")),
    "number of another kind": exif((0x0112, 12, 1, BEHIND[1]), tail=struct.pack("<d", 6.5)),
    "out of range": exif((0x0112, 3, 1, b"\x09\0\0\0")),
    "nothing": exif((0x0112, 3, 0, b"\0\0\0\0")),
    "cut": exif(TURNED, TURNED)[:20],
    "rubbish": b"Exif\0\0II*\0\xff\xff\xff\xff rubbish",
    "empty": b"Exif\0\0",
}


@pytest.mark.parametrize("kind", [*SOUND_TURN, *NO_TURN])
def test_damaged_metadata_turn_a_picture_only_where_they_say_so(tmp_path: Path, kind: str) -> None:
    Image.fromarray(NOISE).save(tmp_path / "a.jpg", exif=SOUND_TURN.get(kind) or NO_TURN[kind])
    expected = (24, 36) if kind in SOUND_TURN else (36, 24)
    assert read(tmp_path / "a.jpg").size == expected
    assert (header(tmp_path / "a.jpg").width, header(tmp_path / "a.jpg").height) == expected


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["png", "tif", "webp", "jpg"])
def test_every_orientation_is_undone_in_every_format_that_has_one(tmp_path: Path, kind: str, orientation: int) -> None:
    upright = np.zeros((16, 32), np.uint8)
    upright[:4, :8] = 255
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the turn that the camera made
    stored = Image.fromarray(upright)
    if orientation > 1:
        stored = stored.transpose(Image.Transpose(back[orientation]))
    meta = Image.Exif()
    meta[0x0112] = orientation
    stored.save(tmp_path / f"a.{kind}", exif=meta, quality=95)
    got = np.asarray(read(tmp_path / f"a.{kind}").convert("L"))
    assert got.shape == upright.shape
    assert np.abs(got.astype(int) - upright).mean() < 6
    assert header(tmp_path / f"a.{kind}").width == 32


@pytest.mark.parametrize("fit", ["crop", "squash"])
def test_network_sees_the_same_pixels_of_a_file_and_of_a_picture(tmp_path: Path, fit) -> None:
    Image.fromarray(NOISE).save(tmp_path / "a.png")
    pixels = seen(tmp_path / "a.png", (3, 16, 12), fit)
    expected = prepare(read(tmp_path / "a.png"), (3, 16, 12), Preprocessing(fit))
    assert np.array_equal(pixels[None].astype(np.float32) / 255, expected)


def test_squashed_picture_keeps_its_ends_and_a_cropped_one_loses_them() -> None:
    picture = Image.new("L", (30, 10), 0)
    picture.paste(255, (10, 0, 20, 10))
    assert prepare(picture, (1, 10, 10), Preprocessing("crop")).min() == 1
    assert prepare(picture, (1, 10, 10), Preprocessing("squash")).min() == 0
    assert seen_box((30, 10), 1.0, "squash") == (0, 0, 30, 10)


def test_large_jpeg_for_a_small_input_is_decoded_small(tmp_path: Path) -> None:
    large = Image.fromarray(NOISE).resize((3600, 2400))
    large.save(tmp_path / "a.jpg", quality=95)
    with opened(tmp_path / "a.jpg") as picture:
        picture.draft(None, (128, 128))
        assert picture.size == (450, 300)
    small = seen(tmp_path / "a.jpg", (3, 64, 64), "squash").astype(int)
    plain = np.asarray(large.resize((64, 64), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    assert np.abs(small - plain).mean() < 1


def test_photograph_beyond_the_limit_is_read_where_its_draft_is_not(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("cnnviz.pictures.opening.MOST_PIXELS", 100_000)
    Image.new("L", (2000, 1000), 9).save(tmp_path / "a.jpg")
    assert seen(tmp_path / "a.jpg", (1, 28, 28), "squash").shape == (1, 28, 28)
    Image.new("L", (2000, 1000), 9).save(tmp_path / "a.png")
    with pytest.raises(CnnvizError, match=r"a.png has too many pixels to be read safely: 2,000 × 1,000"):
        seen(tmp_path / "a.png", (1, 28, 28), "squash")


@pytest.mark.parametrize(
    ("about", "fit"),
    [
        ({}, "crop"), ({"fit": "squash"}, "squash"), ({"fit": "crop", "input_shape": "", "data": ""}, "crop"),
        ({"input_shape": "[1, 28, 28]", "data": "x"}, "squash"), ({"fit": "nonsense"}, "crop"),
    ],
)  # fmt: skip
def test_weights_say_what_of_a_picture_they_saw(about: dict[str, str], fit: str) -> None:
    assert fit_of(about) == fit


def test_avif_and_webp_are_read_where_pillow_has_them() -> None:
    assert {".webp"} <= suffixes() or not features.check("webp")


def test_a_png_tells_its_size_without_being_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(NOISE).save(tmp_path / "a.png")
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda _self: pytest.fail("decoded"))
    assert header(tmp_path / "a.png") == Header(24, 36, 3)


@pytest.mark.parametrize("after", [b"IHDR", b"IDAT"])
def test_a_png_is_turned_wherever_it_says_so(tmp_path: Path, after: bytes) -> None:
    noted = exif(TURNED).removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(noted)) + b"eXIf" + noted + struct.pack(">I", zlib.crc32(b"eXIf" + noted))
    Image.fromarray(NOISE).save(tmp_path / "a.png")
    plain = (tmp_path / "a.png").read_bytes()
    begin = plain.rindex(after) - 4
    end = begin + 12 + struct.unpack_from(">I", plain, begin)[0]
    (tmp_path / "a.png").write_bytes(plain[:end] + chunk + plain[end:])
    assert header(tmp_path / "a.png") == Header(36, 24, 3)
    assert read(tmp_path / "a.png").size == (24, 36)
