"""What stands beside the maps, as text from one start to the next, and the same wished for again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

from cnnviz.feature_maps.kernels.kernel_drawing import KernelLook
from cnnviz.feature_maps.kernels.kernel_values import SHOWINGS, Showing
from cnnviz.gui.maps.beside import BESIDES, BesideKind, BesideWish, Search
from cnnviz.gui.maps.several_pictures import FEWEST, MOST, Several
from cnnviz.inspection.call import Identity
from cnnviz.slow_disks import found
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights, WeightsKind


def wish_as_text(wish: BesideWish) -> dict[str, str]:
    """Return all that was chosen, by names of their own."""
    texts = {
        "beside": wish.kind,
        "beside_showing": wish.showing,
        "beside_each": _yes(wish.look.each),
        "beside_in_color": _yes(wish.look.in_color),
        "beside_difference": _yes(wish.difference),
        "beside_same_colors": _yes(wish.same_colors),
        "beside_weights": "|".join((wish.weights.kind, wish.weights.name, _yes(wish.weights.allow_mismatch))),
        "beside_search": "|".join((wish.search.split, str(wish.search.limit or "all"))),
        "beside_search_data": wish.search.data,
        "beside_several": "|".join(map(str, (wish.several.split, _label(wish.several), wish.several.count))),
        "beside_several_data": wish.several.data,
    }
    if wish.weights.file is not None:
        texts["beside_weights_file"] = str(wish.weights.file)
    if wish.picture is not None:
        texts["beside_picture"] = str(wish.picture)
    if wish.of_data is not None:
        texts["beside_data"] = wish.of_data.wanted.text
    if wish.layer is not None:
        texts["beside_layer"] = f"{wish.layer.number}|{_yes(wish.layer.module)}|{wish.layer.path}"
    return texts


def wish_from(texts: Mapping[str, str]) -> BesideWish:
    """Return the wish that was told, but for a picture of data, which is yet to be found.

    What cannot be read, or is no longer on disk, is as at first.
    """
    kind: BesideKind = next((each for each in BESIDES if each == texts.get("beside")), "nothing")
    showing: Showing = next((each for each in SHOWINGS if each == texts.get("beside_showing")), "these")
    return BesideWish(
        kind,
        showing,
        KernelLook(texts.get("beside_each") != "no", texts.get("beside_in_color") != "no"),
        weights=_weights(texts),
        picture=_file(texts.get("beside_picture", "")),
        layer=_layer(texts.get("beside_layer", "")),
        difference=texts.get("beside_difference") == "yes",
        same_colors=texts.get("beside_same_colors") == "yes",
        search=_search(texts),
        several=_several(texts),
    )


def _weights(texts: Mapping[str, str]) -> Weights:
    parts = texts.get("beside_weights", "").split("|")
    kind: WeightsKind | None = next((each for each in get_args(WeightsKind) if each == parts[0]), None)
    if kind is None or len(parts) != 3:
        return RANDOM_WEIGHTS
    file = _file(texts.get("beside_weights_file", ""))
    if kind in ("file", "run") and file is None:
        return RANDOM_WEIGHTS
    return Weights(kind, parts[1], file, parts[2] == "yes")


def _search(texts: Mapping[str, str]) -> Search:
    search = Search(texts.get("beside_search_data") or Search().data)
    split, _, limit = texts.get("beside_search", "").partition("|")
    count = int(limit) if limit.isascii() and limit.isdigit() and 0 < len(limit) < 10 else 0
    if limit != "all" and not count:
        return search
    return replace(search, split="train" if split == "train" else "test", limit=count or None)


def _label(several: Several) -> str:
    return "each" if several.label is None else str(several.label)


def _several(texts: Mapping[str, str]) -> Several:
    several = Several(texts.get("beside_several_data") or Several().data)
    split, label, count = [*texts.get("beside_several", "").split("|"), "", "", ""][:3]
    if not (count.isascii() and count.isdigit() and FEWEST <= int(count[:3]) <= MOST):
        return several
    known = int(label) if label.isascii() and label.isdigit() and len(label) < 10 else None
    return replace(several, split="train" if split == "train" else "test", label=known, count=int(count[:3]))


def _layer(text: str) -> Identity | None:
    number, module, path = [*text.split("|", 2), "", ""][:3]
    if not (number.isascii() and number.isdigit() and 0 < len(number) < 10):
        return None
    return Identity(path, module == "yes", int(number))


def _file(text: str) -> Path | None:
    path = Path(text)
    return path if text and found(path.exists, path) else None


def _yes(on: bool) -> str:
    return "yes" if on else "no"
