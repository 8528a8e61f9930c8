"""Which files hold the weights that a path stands for: one, or the parts that one was cut into."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from cnnviz.errors import CnnvizError

# As Hugging Face's libraries name them (transformers.utils, huggingface_hub.constants); the safe ones first.
_INDEX = ".index.json"
_USUAL = ("model.safetensors", f"model.safetensors{_INDEX}", "pytorch_model.bin", f"pytorch_model.bin{_INDEX}")
_ENDINGS = ((".safetensors",), (".bin", ".pth", ".pt", ".ckpt"))
_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})(\.\w+)")  # "model-00001-of-00002.safetensors"
_LARGEST_INDEX = 1 << 26  # bytes
_TELLING = (".json", ".jsonl", ".toml", ".txt", ".md")  # of files that stand beside weights and tell of them


def place_of(path: Path) -> Path:
    """Return where weights are meant to be by ``path``: there, or for a file that tells of some, in its folder."""
    name = path.name.lower()
    tells = name.endswith(_TELLING) and not name.endswith(_INDEX)
    return path.parent if tells and path.is_file() else path


def files_of(path: Path) -> tuple[Path, ...]:
    """Return the files that hold the weights: ``path`` itself, those of a folder, or all parts of one that was cut.

    Raises:
        CnnvizError: a folder holds none, or several of which it does not say which; an index of parts is damaged.
    """
    if path.is_dir():
        return _of_folder(path)
    if path.name.lower().endswith(_INDEX):
        return _of_index(path)
    part = _PART.fullmatch(path.name)
    index = path.with_name(f"{part[1]}{part[4]}{_INDEX}") if part is not None else path
    return _of_index(index) if part is not None and index.is_file() else (path,)


def about_model(file: Path) -> dict[str, str]:
    """Return what the JSON files beside a Hugging Face model say of it, as a run says it of its weights.

    ``normalisation`` is JSON: mean and standard deviation of each channel; ``class_names`` a list. Nothing beside any
    other file is read.
    """
    if file.name.lower() not in _USUAL and _PART.fullmatch(file.name) is None:
        return {}
    found: dict[str, object] = {}
    config, pictures = _json(file.with_name("config.json")), _json(file.with_name("preprocessor_config.json"))
    timm = config.get("pretrained_cfg")
    if isinstance(timm, dict) and "mean" in timm and "std" in timm:
        found["normalisation"] = (timm["mean"], timm["std"])
    if isinstance(names := config.get("label_names"), list):
        found["class_names"] = names
    if isinstance(names := config.get("id2label"), dict) and all(str(at) in names for at in range(len(names))):
        found["class_names"] = [names[str(at)] for at in range(len(names))]
    if "image_mean" in pictures and pictures.get("do_normalize", True):
        found["normalisation"] = (pictures["image_mean"], pictures.get("image_std"))
    return {name: json.dumps(value) for name, value in found.items()}


def _of_folder(folder: Path) -> tuple[Path, ...]:
    try:
        there = {file.name.lower(): file for file in sorted(folder.iterdir()) if file.is_file()}
    except OSError as error:
        raise CnnvizError(f"{folder} cannot be read: {error.strerror or error}.", "Choose another folder.") from error
    usual = next((there[name] for name in _USUAL if name in there), None)
    if usual is not None:
        return files_of(usual)
    for endings in _ENDINGS:
        indexes = [file for name, file in there.items() if name.endswith(tuple(f"{end}{_INDEX}" for end in endings))]
        files = indexes or [file for name, file in there.items() if name.endswith(endings)]
        if len(files) == 1:
            return files_of(files[0])
        if _are_all_parts(files):
            return tuple(files)
        if files:
            names = ", ".join(file.name for file in files[:4])
            raise CnnvizError(f"{folder} holds several files of weights: {names}.", "Choose one of them.")
    raise CnnvizError(
        f"{folder} is a folder without weights.",
        "Choose a run folder, a folder with model.safetensors or pytorch_model.bin, or a file of weights.",
    )


def _are_all_parts(files: Iterable[Path]) -> bool:
    parts = [_PART.fullmatch(file.name) for file in files]
    known = [part for part in parts if part is not None]
    same = {(part[1], part[3], part[4]) for part in known}
    return (
        len(known) == len(parts)
        and len(same) == 1
        and {int(part[2]) for part in known} == set(range(1, int(known[0][3]) + 1))
    )


def _of_index(index: Path) -> tuple[Path, ...]:
    """Return the parts that an index names; they lie beside it, wherever their names would lead."""
    parts = _json(index).get("weight_map")
    names = sorted(set(map(str, parts.values()))) if isinstance(parts, dict) else []
    if not names or any(name != Path(name).name or name in (".", "..") for name in names):
        raise CnnvizError(f"{index} is damaged: it names no files beside it.", "Choose another file of weights.")
    missing = [name for name in names if not index.with_name(name).is_file()]
    if missing:
        raise CnnvizError(
            f"{missing[0]} is not there, one of the {len(names)} parts that {index.name} names.",
            f"Put it into {index.parent}.",
        )
    return tuple(index.with_name(name) for name in names)


def _json(file: Path) -> dict[str, object]:
    """Return what a JSON file says; nothing where it is none."""
    try:
        content = json.loads(file.read_text("utf-8")) if file.stat().st_size <= _LARGEST_INDEX else None
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
