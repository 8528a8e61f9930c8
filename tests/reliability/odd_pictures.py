"""Opens odd and broken pictures in every way: ``python tests/reliability/odd_pictures.py --count 200 --seed 1``.

Made from a seed: each format that Pillow writes here, whole, cut short, with bits turned, with a false size, under a
wrong ending; bombs, no bytes, a pipe, a folder, links, PostScript, huge texts, deep and endless numbers. Each is opened
for looking, as training data and in the browser of samples: what comes must be a picture, or one clear line, soon.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import struct
import sys
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin
from watched import Outcome, told, watched

from cnnviz.pictures.reading import preview, read, seen
from cnnviz.training.control import Control
from cnnviz.training.data import obtaining
from cnnviz.training.data.browsing import contents, samples_at

_WRITTEN = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "JPEG2000", "PPM", "TGA", "ICO", "PCX", "DDS",
            "ICNS", "IM", "MSP", "SGI", "SPIDER", "XBM", "QOI", "EPS", "PDF")  # fmt: skip
_MODES = ("RGB", "L", "1", "P", "RGBA", "LA", "CMYK", "I", "F", "I;16", "LAB", "YCbCr", "HSV")
_ENDINGS = (".png", ".jpg", ".gif", ".tif", ".bmp", ".webp", ".tga", ".ico", ".psd", ".fits", ".xpm", ".avif", ".jp2")
_SHAPE = (3, 32, 32)
_POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%touch MARK) (w) file\nshowpage\n"
Makers = dict[str, Callable[[random.Random], bytes]]


def odd_pictures(folder: Path, count: int, seed: int) -> Iterator[Path]:
    """Make ``count`` files in ``folder``, one after another: what is special first, then what chance makes."""
    draw = random.Random(seed)
    whole = list(_whole(draw))
    special = list(_SPECIAL.items())
    for number in range(count):
        stem = folder / f"{number:03}"
        if number < len(_UNUSUAL):
            yield _UNUSUAL[number](stem)
        elif number < len(_UNUSUAL) + len(special):
            name, make = special[number - len(_UNUSUAL)]
            file = stem.with_name(f"{stem.name}-{name}")
            file.write_bytes(make(draw))
            yield file
        else:
            name, content = whole[number % len(whole)]
            how = draw.choice(_CHANGES)
            file = stem.with_name(f"{stem.name}-{name}-{how.__name__.strip('_')}{draw.choice(_ENDINGS)}")
            file.write_bytes(how(content, draw))
            yield file


def ways(file: Path, folder: Path) -> dict[str, Callable[[], object]]:
    """Return how a picture is opened; ``folder`` holds classes of good ones, and the picture among one of them."""

    def look() -> None:
        preview(read(file))
        for shape in (_SHAPE, (1, *_SHAPE[1:])):
            seen(file, (shape[0], shape[1], shape[2]), "crop")

    def train() -> None:
        control = Control()
        source = _last(obtaining.find(str(folder), control))
        _last(obtaining.read(_last(obtaining.measure(source, 32, None, control)), control))

    def browse() -> None:
        found = contents(str(folder))
        for which in ("train", "test"):
            samples_at(found, which, range(len(found.split(which).part)), _SHAPE)

    return {"look": look, "train": train, "browse": browse}


def beside_good_ones(folder: Path, file: Path) -> Path:
    """Put ``file``, by a link, among good pictures, and return the folder of the classes."""
    for name, shade in (("bright", 220), ("dark", 30)):
        (folder / name).mkdir(parents=True)
        for at in range(5):
            Image.new("RGB", (20, 16), (shade, shade, 7 * at)).save(folder / name / f"{at}.png")
    with_ending = folder / "dark" / (file.name if file.suffix else f"{file.name}.png")
    try:
        os.link(file, with_ending, follow_symlinks=False)
    except OSError:  # a folder
        with_ending.symlink_to(file)
    return folder


def opened_in_all_ways(file: Path, folder: Path) -> list[Outcome]:
    """Return how each way of opening ended."""
    every = ways(file, beside_good_ones(folder, file))
    return [watched(f"{name} {file.name}", act) for name, act in every.items()]


def _last(news: Iterator[object]) -> object:  # type: ignore[misc]
    while True:
        try:
            next(news)
        except StopIteration as end:
            return end.value


def _whole(draw: random.Random) -> Iterator[tuple[str, bytes]]:
    for kind in _WRITTEN:
        for mode in _MODES:
            side = draw.choice((1, 3, 40, 67, 130))
            pixels = np.frombuffer(draw.randbytes(side * 40 * 4), np.uint8).reshape(side, 40, 4)
            out = io.BytesIO()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    Image.fromarray(pixels).convert("RGB").convert(mode).save(out, kind)
            except Exception:  # this format has no such mode
                continue
            yield f"{kind}-{mode.replace(';', '')}", out.getvalue()


def _kept(content: bytes, _draw: random.Random) -> bytes:
    return content


def _cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(max(len(content), 1))]


def _turned(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice((1, 4, 40))):
        changed[draw.randrange(min(len(changed), draw.choice((64, 1 << 20))))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _false_size(content: bytes, draw: random.Random) -> bytes:
    changed, at = bytearray(content), draw.randrange(4, 30)
    changed[at : at + 4] = struct.pack(draw.choice("<>") + "I", draw.choice((0, 0x7FFFFFFF, 0xFFFFFFFF, 60000)))
    return bytes(changed)


def _longer(content: bytes, draw: random.Random) -> bytes:
    return content + draw.randbytes(draw.choice((1, 5000)))


def _filled(content: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(min(len(content), 200))
    return content[:start] + draw.choice((b"\0", b"\xff", b"[")) * (len(content) - start)


_CHANGES = (_kept, _cut, _cut, _turned, _turned, _false_size, _false_size, _longer, _filled)


def _png(width: int, height: int, depth: int, color: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    parts = ((b"IHDR", head), *chunks, (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def _of_pillow(kind: str, picture: Image.Image, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)  # type: ignore[arg-type]
    return out.getvalue()


def _floats(*values: float) -> bytes:
    return _of_pillow("TIFF", Image.fromarray(np.resize(np.array(values, np.float32), (20, 20))))


def _frames(_draw: random.Random) -> bytes:
    first, *more = (Image.new("P", (300, 300), at % 255) for at in range(400))
    return _of_pillow("GIF", first, save_all=True, append_images=more)


def _jpeg_with_exif(_draw: random.Random) -> bytes:
    exif = b"Exif\0\0II*\0\x08\0\0\0" + b"\xff\xff" + b"\x12\x01\x03\0\xff\xff\xff\xff\x06\0\0\0" * 50
    return _of_pillow("JPEG", Image.new("RGB", (30, 20)), exif=exif)


def _texts(_draw: random.Random) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("bomb", "A" * 30_000_000, zip=True)
    for at in range(2000):
        text.add_text(f"key {at}", "\x1b[31m<img src=file:///etc/passwd>" * 20)
    return _of_pillow("PNG", Image.new("RGB", (9, 9)), pnginfo=text)


_SPECIAL: Makers = {
    "empty.png": lambda _: b"",
    "one-byte.jpg": lambda _: b"\xff",
    "zeros.png": lambda _: bytes(100_000),
    "words.png": lambda _: b"not a picture",
    "page.jpg": lambda _: b"<!DOCTYPE html><html>",
    "drawing.png": lambda _: b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "postscript.png": lambda _: _POSTSCRIPT,
    "postscript.eps": lambda _: _POSTSCRIPT,
    "postscript.jpg": lambda _: b"\xc5\xd0\xd3\xc6" + struct.pack("<IIIIIIH", 30, 90, 0, 0, 0, 0, 65535) + _POSTSCRIPT,
    "pickle.png": lambda _: b"\x80\x04cos\nsystem\n(S'touch MARK'\ntR.",
    "placeable.wmf": lambda _: b"\xd7\xcd\xc6\x9a\0\0" + bytes(60),
    "bomb.png": lambda _: _png(65535, 65535, 8, 2, bytes(4 << 20)),
    "bomb-just-small-enough.png": lambda _: _png(13000, 13000, 8, 2, bytes(13000 * 39001)),
    "bomb-of-bits.png": lambda _: _png(13000, 13000, 1, 0, bytes(13000 * 1626)),
    "bomb-wide.png": lambda _: _png(2**31 - 1, 1, 8, 0, bytes(1000)),
    "no-width.png": lambda _: _png(0, 10, 8, 2, bytes(1000)),
    "deep.png": lambda _: _png(30, 30, 16, 0, bytes(30 * 61)),
    "deep-color.png": lambda _: _png(30, 30, 16, 2, bytes(30 * 181)),
    "one-pixel.png": lambda _: _png(1, 1, 8, 2, bytes(4)),
    "strip.png": lambda _: _png(100_000, 1, 8, 2, bytes(300_001)),
    "tower.png": lambda _: _png(1, 100_000, 8, 2, bytes(400_000)),
    "texts.png": _texts,
    "profile.png": lambda _: _png(9, 9, 8, 2, bytes(9 * 28), (b"iCCP", b"x\0\0" + zlib.compress(bytes(60_000_000)))),
    "no-palette.png": lambda _: _png(9, 9, 8, 3, bytes(90)),
    "bad-chunk.png": lambda _: _png(9, 9, 8, 2, bytes(9 * 28), (b"tRNS", b"\0"), (b"PLTE", b"\1"), (b"gAMA", b"")),
    "nan.tif": lambda _: _floats(float("nan")),
    "endless.tif": lambda _: _floats(float("inf"), -float("inf"), float("nan"), 1.0),
    "tiny.tif": lambda _: _floats(1e-45, 3e38),
    "negative.tif": lambda _: _floats(-5.0, -4.0),
    "sixteen.tif": lambda _: _of_pillow("TIFF", Image.fromarray(np.arange(400, dtype=np.uint16).reshape(20, 20))),
    "whole-numbers.tif": lambda _: _of_pillow("TIFF", Image.fromarray(np.arange(400, dtype=np.int32).reshape(20, 20))),
    "frames.gif": _frames,
    "exif.jpg": _jpeg_with_exif,
    "cut-in-two.jpg": lambda _: _of_pillow("JPEG", Image.effect_noise((900, 900), 80))[:40_000],
    "numbers.ppm": lambda _: b"P3 60000 60000 255\n" + b"1 " * 300_000,
    "numbers-without-end.ppm": lambda _: b"P3 9 9 255\n" + b"1" * 3_000_000,
    "float.pfm": lambda _: b"Pf 20 20 -1.0\n" + struct.pack("<f", float("nan")) * 400,
    "words.xbm": lambda _: b"#define x_width 9999999999\n#define x_height 9\nstatic char x_bits[] = {\n",
    "colors.xpm": lambda _: b'/* XPM */\nstatic char *x[] = {\n"900000 900000 70000 3",\n' + b'"abc c #000",\n' * 5000,
    "cards.fits": lambda _: b"SIMPLE  =                    T".ljust(80) + b"BITPIX  =  -64".ljust(80) * 400,
    "head.psd": lambda _: b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 56, 300000, 300000, 8, 3) + bytes(5000),
    "boxes.avif": lambda _: struct.pack(">I", 16) + b"ftypavif" + bytes(4) + struct.pack(">I", 0xFFFFFFFF) + b"meta",
    "boxes.jp2": lambda _: b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I", 1) + b"jp2h" + bytes(40),
    "many.ico": lambda _: struct.pack("<HHH", 0, 1, 60000) + bytes(200_000),
    "many.icns": lambda _: b"icns" + struct.pack(">I", 99999) + (b"ic10" + struct.pack(">I", 0)) * 2000,
    "loop.tif": lambda _: b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 330, 4, 1, 8) + struct.pack("<I", 8),
    "directories.tif": lambda _: b"II*\0\x08\0\0\0" + b"\xff\xff" + b"\x00\x01\x04\0\xff\xff\xff\xff\x10\0\0\0" * 9000,
    "bidi-\u202egnp.\x1b[31mred\nline.png": lambda _: b"no picture",
    "<img src='file:///etc/passwd'>.png".replace("/", "\u2215"): lambda _: b"no picture",
}


def _pipe(stem: Path) -> Path:
    file = stem.with_suffix(".png")
    os.mkfifo(file)
    return file


def _folder(stem: Path) -> Path:
    file = stem.with_suffix(".png")
    file.mkdir()
    return file


def _link_to(where: str) -> Callable[[Path], Path]:
    def make(stem: Path) -> Path:
        file = stem.with_suffix(".png")
        file.symlink_to(where)
        return file

    return make


def _loop(stem: Path) -> Path:
    file = stem.with_suffix(".png")
    file.symlink_to(file.name)
    return file


def _unreadable(stem: Path) -> Path:
    file = stem.with_suffix(".png")
    file.write_bytes(_png(9, 9, 8, 2, bytes(9 * 28)))
    file.chmod(0)
    return file


def _not_there(stem: Path) -> Path:
    return _link_to(str(stem) + "-nowhere")(stem)


def _sparse(stem: Path) -> Path:
    file = stem.with_suffix(".png")
    with file.open("wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n")
        out.truncate(8 << 30)
    return file


_UNUSUAL: tuple[Callable[[Path], Path], ...] = (
    _pipe, _folder, _link_to("/dev/zero"), _link_to("/dev/stdin"), _link_to("/proc/self/mem"), _link_to("/"), _loop,
    _unreadable, _not_there, _sparse,
)  # fmt: skip


def main() -> int:
    """Print how it went; the exit status is 1 where there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        os.environ["XDG_DATA_HOME"] = f"{folder}/data"
        os.chdir(folder)
        (pictures := Path(folder, "pictures")).mkdir()
        outcomes: list[Outcome] = []
        for number, file in enumerate(odd_pictures(pictures, asked.count, asked.seed)):
            outcomes += opened_in_all_ways(file, Path(folder, f"data-{number}"))
        status = told(f"{asked.count} pictures of seed {asked.seed}, each opened in 3 ways", outcomes)
        status += Path(folder, "MARK").exists()
        return int(status > 0)


if __name__ == "__main__":
    sys.exit(main())
