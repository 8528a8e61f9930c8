"""Letters on pictures: in the first font of this machine that has them all. Pillow's own knows little but ASCII."""

from __future__ import annotations

from functools import cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_FONTS = (  # Linux, Windows, macOS; then those with the letters of Chinese, Japanese and Korean
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "segoeui.ttf", "arial.ttf", "Arial.ttf",
    "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "wqy-zenhei.ttc", "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf", "msyh.ttc", "YuGothM.ttc", "malgun.ttf", "PingFang.ttc", "Hiragino Sans GB.ttc",
    "Arial Unicode.ttf",
)  # fmt: skip
_PLAIN = str.maketrans(
    {"−": "-", "–": "-", "×": "x", "·": ".", "…": "...", "→": "->", "Σ": "sum", "÷": "/", "∞": "inf"}
)
_NO_LETTER = "\uffff"


def printed(text: str) -> str:
    """Return the text as it can be drawn in a line: what no font of this machine has is written with what it has."""
    line = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    return line if _font_of(frozenset(line)) is not None else line.translate(_PLAIN)


def font_for(text: str, size: int) -> Font:
    """Return a font for what ``printed`` returned, ``size`` pixels high; letters that none has become boxes."""
    name = _font_of(frozenset(text)) or _best()
    return ImageFont.load_default(size) if name is None else _opened(name, size)


def width_of(text: str, size: int) -> float:
    """Return how many pixels wide the text is, as ``printed`` returned it."""
    return font_for(text, size).getlength(text)


@cache
def _font_of(letters: frozenset[str]) -> str | None:
    return next((name for name in _found() if all(_has(name, each) for each in letters)), None)


def _best() -> str | None:
    """Return the font with the most letters: the last that was found."""
    return _found()[-1] if _found() else None


@cache
def _found() -> tuple[str, ...]:
    return tuple(name for name in _FONTS if _is_there(name))


def _is_there(name: str) -> bool:
    try:
        _opened(name, 16)
    except (OSError, ValueError):
        return False
    return True


@cache
def _opened(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(name, size)


@cache
def _has(name: str, letter: str) -> bool:
    font = _opened(name, 16)
    mask, none = font.getmask(letter), font.getmask(_NO_LETTER)
    return letter == " " or (mask.size, bytes(mask)) != (none.size, bytes(none))
