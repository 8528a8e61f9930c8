"""Numbers as people read them: "138.4 M", "30.9 GFLOPs", "64 × 112 × 112", "528 MB". ``None`` is unknown: "–"."""

from __future__ import annotations

from collections.abc import Sequence

UNKNOWN = "–"
_LONGEST = 1e10  # seconds: three centuries
_PREFIXES = ((10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "K"))


def short(number: float | None, unit: str = "") -> str:
    """Return ``number`` with three or four significant digits and an SI prefix: ``138357544`` → "138.4 M"."""
    if number is None:
        return UNKNOWN
    for size, prefix in _PREFIXES:
        if abs(number) >= size * 0.99995:
            value = number / size
            digits = 2 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
            return f"{value:.{digits}f} {prefix}{unit}"
    return f"{number:g} {unit}".rstrip()


def part(some: int, whole: int) -> str:
    """Return how many of ``whole`` these are: "1.20 M", or "all but 6" where both would read alike."""
    return short(some) if short(some) != short(whole) else f"all but {short(whole - some)}"


def exact(number: int | None) -> str:
    """Return ``number`` with its thousands apart: "138,357,544"."""
    return UNKNOWN if number is None else f"{number:,}"


def counted(number: int | None, what: str) -> str:
    """Return ``number`` with its noun: "1 picture", "3,000 pictures", "2 classes"."""
    many = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{exact(number)} {what if number == 1 else many}"


def shape(sizes: Sequence[int] | None) -> str:
    """Return the axes joined by ×: "64 × 112 × 112"; a scalar is "1"."""
    if sizes is None:
        return UNKNOWN
    return " × ".join(str(size) for size in sizes) or "1"


def size(count: int | None) -> str:
    """Return a number of bytes in powers of 1024, as file managers and torchinfo's readers know them: "528 MB"."""
    if count is None:
        return UNKNOWN
    value = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if value >= 100 or unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"


def busy(seconds: float) -> str:
    """Return what stands behind a line that says what is being done: for how long already, from half a second on."""
    return f"  ·  busy for {duration(seconds)}" if seconds >= 0.5 else ""


def duration(seconds: float | None) -> str:
    """Return a span of time as a person would say it: "0.8 s", "42 s", "3 min 05 s", "1 h 12 min"."""
    if seconds is None or not seconds < _LONGEST:  # or it is no number
        return UNKNOWN
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
