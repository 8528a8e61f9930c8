from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz.errors import CnnvizError
from cnnviz.pictures.preprocessing import Preprocessing, prepare, seen_box
from cnnviz.pictures.reading import header, preview, read
from cnnviz.pictures.samples import samples, suited


def save(picture: Image.Image, file: Path, **options: object) -> Path:
    picture.save(file, **options)
    return file


def grey(values: list[list[int]]) -> Image.Image:
    return Image.fromarray(np.array(values, np.uint8))


def test_a_picture_of_the_inputs_size_keeps_its_pixels(tmp_path: Path) -> None:
    pixels = np.arange(28 * 28, dtype=np.uint32).reshape(28, 28).astype(np.uint8)
    seen = prepare(read(save(Image.fromarray(pixels), tmp_path / "a.png")), (1, 28, 28))
    assert seen.shape == (1, 1, 28, 28)
    assert seen.dtype == np.float32
    assert np.array_equal(seen[0, 0], pixels.astype(np.float32) / 255)


def test_normalisation_subtracts_the_mean_and_divides_by_the_deviation_of_each_channel() -> None:
    picture = Image.new("RGB", (4, 4), (255, 0, 51))
    seen = prepare(picture, (3, 4, 4), Preprocessing("crop", ((0.5, 0.25, 0.2), (0.5, 0.5, 0.1))))
    assert seen[0, :, 0, 0] == pytest.approx([1.0, -0.5, 0.0], abs=1e-6)


def test_a_wide_picture_loses_its_left_and_right_ends() -> None:
    picture = Image.new("L", (30, 10), 0)
    picture.paste(255, (10, 0, 20, 10))
    assert prepare(picture, (1, 10, 10)).min() == 1
    assert seen_box((30, 10), 1.0) == (10, 0, 20, 10)
    assert seen_box((10, 30), 2.0) == (0, 12.5, 10, 17.5)


def test_resizing_equals_what_training_does_to_a_28_pixel_picture() -> None:
    picture = read(suited((1, 224, 224)).file)
    expected = np.asarray(picture.resize((224, 224), Image.Resampling.BILINEAR), np.float32) / 255
    assert np.array_equal(prepare(picture, (1, 224, 224))[0, 0], expected)


def test_grey_and_colour_are_turned_into_what_the_network_takes() -> None:
    assert prepare(Image.new("L", (5, 5), 51), (3, 2, 2)) == pytest.approx(np.full((1, 3, 2, 2), 0.2), abs=1e-6)
    assert prepare(Image.new("RGB", (5, 5), "white"), (1, 2, 2)) == pytest.approx(np.ones((1, 1, 2, 2)))


@pytest.mark.parametrize("channels", [0, 2, 4, 64])
def test_other_channels_than_grey_and_colour_are_refused(channels: int) -> None:
    with pytest.raises(CnnvizError, match=r"1 or 3 channels.*Choose 1"):
        prepare(Image.new("L", (5, 5)), (channels, 5, 5))


def test_one_pixel_becomes_an_even_picture(tmp_path: Path) -> None:
    seen = prepare(read(save(Image.new("L", (1, 1), 102), tmp_path / "a.png")), (1, 28, 28))
    assert seen == pytest.approx(np.full((1, 1, 28, 28), 0.4), abs=1e-6)


def test_a_line_of_pixels_is_not_blown_up_before_it_is_cropped(tmp_path: Path) -> None:
    seen = prepare(read(save(Image.new("L", (20_000, 1), 255), tmp_path / "a.png")), (1, 224, 224))
    assert seen.min() == 1


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    picture.putpixel((1, 0), (255, 0, 0, 255))
    shown = preview(read(save(picture, tmp_path / "a.png")))
    assert shown.tolist() == [[[255, 255, 255], [255, 0, 0]]]


def test_transparency_of_a_palette_is_white(tmp_path: Path) -> None:
    picture = Image.new("P", (2, 1), 0)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    picture.putpixel((1, 0), 1)
    shown = preview(read(save(picture, tmp_path / "a.gif", transparency=0)))
    assert shown.tolist() == [[[255, 255, 255], [255, 0, 0]]]


def test_sixteen_bits_are_scaled_not_cut(tmp_path: Path) -> None:
    picture = Image.fromarray(np.array([[0, 32896, 65535]], np.uint16))
    assert np.asarray(read(save(picture, tmp_path / "a.png"))).tolist() == [[0, 128, 255]]


def test_a_dark_sixteen_bit_picture_stays_dark(tmp_path: Path) -> None:
    picture = Image.fromarray(np.array([[0, 200, 257]], np.uint16))
    assert np.asarray(read(save(picture, tmp_path / "a.png"))).tolist() == [[0, 1, 1]]


def test_floating_point_pictures_are_scaled_by_what_holds_them(tmp_path: Path) -> None:
    for top, name in ((1.0, "unit"), (255.0, "byte")):
        picture = Image.fromarray(np.array([[0, top / 2, top, np.nan]], np.float32))
        shown = np.asarray(read(save(picture, tmp_path / f"{name}.tif")))
        assert shown.tolist() == [[0, 128, 255, 0]]


def test_one_bit_pictures_are_black_and_white(tmp_path: Path) -> None:
    picture = Image.fromarray(np.array([[True, False]]))
    assert np.asarray(read(save(picture, tmp_path / "a.png"))).tolist() == [[255, 0]]


def test_the_cameras_orientation_is_followed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: top is at the right
    file = save(Image.new("RGB", (40, 20)), tmp_path / "a.jpg", exif=exif)
    assert read(file).size == (20, 40)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_does_not_hide_the_picture(tmp_path: Path) -> None:
    file = save(Image.new("RGB", (40, 20)), tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff rubbish")
    assert read(file).size == (40, 20)


def test_of_an_animation_the_first_frame_is_read(tmp_path: Path) -> None:
    frames = [Image.new("L", (3, 3), shade) for shade in (255, 0)]
    file = tmp_path / "a.gif"
    frames[0].save(file, save_all=True, append_images=frames[1:])
    assert preview(read(file)).min() == 255


def test_a_huge_photograph_is_read_smaller(tmp_path: Path) -> None:
    file = save(Image.new("L", (9000, 8500), 9), tmp_path / "a.jpg", quality=20)
    assert read(file).size == (2250, 2125)


def test_a_huge_drawing_is_reduced(tmp_path: Path) -> None:
    file = save(Image.new("L", (4200, 4100), 9), tmp_path / "a.png")
    assert read(file).size == (2100, 2050)


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [10_000, 60_000, 2**31 - 1])
def test_a_decompression_bomb_is_refused(tmp_path: Path, side: int) -> None:
    file = tmp_path / "bomb.png"
    file.write_bytes(png_that_claims(side, side))
    with pytest.raises(CnnvizError, match=r"too many pixels|damaged") as caught:
        read(file)
    assert caught.value.hint


BROKEN = {
    "text.png": b"this is no picture\n",
    "empty.png": b"",
    "html.jpg": b"<!DOCTYPE html><html></html>",
    "script.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(id) run\n",
    "nothing.png": png_that_claims(0, 10),
    "noise.bin": bytes(range(256)) * 8,
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_picture_is_refused_with_its_name_and_a_hint(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(BROKEN[name])
    with pytest.raises(CnnvizError, match=name) as caught:
        read(file)
    assert caught.value.hint


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "tif", "webp"])
def test_a_picture_that_is_cut_short_is_refused(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    file = save(Image.fromarray(noise), tmp_path / f"a.{suffix}")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(CnnvizError, match=r"damaged or cut short|not a picture"):
        read(file)


def test_folders_missing_files_and_pipes_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, words in (
        ("", "is a folder"),
        ("gone.png", "is not there"),
        ("pipe", "is not there"),
        ("a\0b", "not there"),
    ):
        with pytest.raises(CnnvizError, match=words):
            read(tmp_path / name)


def test_every_sample_can_be_read_and_is_what_it_says() -> None:
    assert len(samples()) == 12
    for sample in samples():
        picture = read(sample.file)
        assert (picture.mode, min(picture.size) >= 300) == (("RGB", True) if sample.photograph else ("L", False))


def test_the_first_sample_suits_the_network() -> None:
    assert suited((3, 224, 224)).photograph
    assert not suited((1, 28, 28)).photograph


def test_a_header_decodes_no_bomb(tmp_path: Path) -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    content = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    with pytest.raises(CnnvizError, match="too many pixels"):
        header(tmp_path / "bomb.png")


@pytest.mark.skipif(not os.access("/proc/kmsg", os.R_OK), reason="needs a queue that the system calls a file")
def test_queue_is_not_waited_for() -> None:
    with pytest.raises(CnnvizError):
        read(Path("/proc/kmsg"))
