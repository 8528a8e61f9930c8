"""Which folders, arrays and columns are meant for training and which for the test, told by their names. No torch."""

from __future__ import annotations

import re
from typing import Literal

Split = Literal["train", "val", "test"]

_WORDS: dict[str, Split] = {
    **dict.fromkeys(("train", "trains", "training", "trn", "learn", "learning"), "train"),
    **dict.fromkeys(("val", "valid", "validate", "validation", "dev", "devel", "development"), "val"),
    **dict.fromkeys(("test", "tests", "testing", "tst", "eval", "evaluation", "holdout"), "test"),
}
_FILLERS = ("dataset", "sets", "set", "data", "images", "image", "imgs", "img", "pictures", "photos", "split", "folder")
_PIECE = re.compile(r"[^\W\d_]+")


def split_of(name: str) -> Split | None:
    """Return what "Training_set", "x_train" or "imgs-val-2017" is for; None where no word or several of them say."""
    found = {split for piece in _pieces(name) if (split := _of_piece(piece)) is not None}
    return found.pop() if len(found) == 1 else None


def rest_of(name: str) -> tuple[str, ...]:
    """Return what else a name says: ("seg",) of "seg_train". The folders of one split agree in it."""
    return tuple(piece for piece in _pieces(name) if _of_piece(piece) is None and piece not in _FILLERS)


def _pieces(name: str) -> list[str]:
    return [piece.casefold() for piece in _PIECE.findall(name)]


def _of_piece(piece: str) -> Split | None:
    for filler in ("", *_FILLERS):
        if piece.endswith(filler) and (word := piece.removesuffix(filler)) in _WORDS:
            return _WORDS[word]
    return None
