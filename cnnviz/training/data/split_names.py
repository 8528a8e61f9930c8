"""Which folders, arrays and columns are meant for training and which for the test, told by their names. No torch."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal

Split = Literal["train", "val", "test"]

_WORDS: dict[str, Split] = {
    **dict.fromkeys(("train", "trains", "training", "trn", "learn", "learning", "trainval", "训练", "訓練"), "train"),
    **dict.fromkeys(("val", "valid", "validate", "validation", "dev", "devel", "development", "验证", "驗證"), "val"),
    **dict.fromkeys(("test", "tests", "testing", "tst", "eval", "evaluation", "holdout", "测试", "測試"), "test"),
}
_FILLERS = (
    "dataset", "sets", "set", "data", "images", "image", "imgs", "img", "pictures", "photos", "split", "folder", "list",
    "数据", "集",
)  # fmt: skip
_PIECE = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")  # of "trainX"


def split_of(name: str) -> Split | None:
    """Return what "Training_set", "x_train" or "imgs-val-2017" is for; None where no word or several of them say.

    What is for training and validation, such as "train_val", is for training.
    """
    pieces = _pieces(name)
    joined = (before + after for before, after in pairwise(pieces))  # of "hold-out"
    found = {split for piece in pieces if (split := _of_piece(piece)) is not None}
    found = found or {_WORDS[each] for each in joined if each in _WORDS}
    return "train" if found == {"train", "val"} else found.pop() if len(found) == 1 else None


def rest_of(name: str) -> tuple[str, ...]:
    """Return what else a name says: ("seg",) of "seg_train". The folders of one split agree in it."""
    rest = tuple(piece for piece in _pieces(name) if _of_piece(piece) is None and piece not in _FILLERS)
    return () if "".join(rest) in _WORDS else rest


def _pieces(name: str) -> list[str]:
    return [piece.casefold() for piece in _PIECE.findall(_HUMP.sub(" ", name))]


def _of_piece(piece: str) -> Split | None:
    for filler in ("", *_FILLERS):
        if piece.endswith(filler) and (word := piece.removesuffix(filler)) in _WORDS:
            return _WORDS[word]
    return None
