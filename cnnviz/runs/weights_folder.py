"""Which files hold the weights that a path stands for: one, or the parts that one was cut into."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole

# As Hugging Face's libraries name them (transformers.utils, huggingface_hub.constants); the safe ones first.
_INDEX = ".index.json"
_USUAL = ("model.safetensors", f"model.safetensors{_INDEX}", "pytorch_model.bin", f"pytorch_model.bin{_INDEX}")
_ENDINGS = ((".safetensors",), (".bin", ".pth", ".pt", ".ckpt"))
_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})(\.\w+)")  # "model-00001-of-00002.safetensors"
_LARGEST_INDEX = 1 << 26  # bytes
_MOST_PARTS = 1000
_OTHER_STATE = re.compile(r"optim|sched|scaler|rng_state|random_states|training_args", re.IGNORECASE)
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
    if (part := _PART.fullmatch(path.name)) is None:
        return (path,)
    index = path.with_name(f"{part[1]}{part[4]}{_INDEX}")
    if index.is_file():
        return _of_index(index)
    names = [f"{part[1]}-{at:05}-of-{part[3]}{part[4]}" for at in range(1, min(int(part[3]), _MOST_PARTS) + 1)]
    return _all_there(path.parent, names, "belong together")


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
        found = [file for name, file in there.items() if name.endswith(endings)]
        files = indexes or [file for file in found if not _OTHER_STATE.search(file.name)] or found
        if len(files) == 1:
            return files_of(files[0])
        if files and all(_PART.fullmatch(file.name) for file in files):
            return files_of(files[0])
        if files:
            names = ", ".join(file.name for file in files[:4])
            raise CnnvizError(f"{folder} holds several files of weights: {names}.", "Choose one of them.")
    if ".metadata" in there:
        hint = "Convert it: python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER weights.pth"
        raise CnnvizError(f"{folder} is a checkpoint of torch.distributed, in pieces.", hint)
    hint = "Choose a run folder, a folder with model.safetensors or pytorch_model.bin, or a file of weights."
    if inner := _with_weights(folder):
        hint = f"Choose a folder in it, such as {inner}."
    raise CnnvizError(f"{folder} is a folder without weights.", hint)


def _in_order(folder: Path) -> list[tuple[int, str]]:
    """``checkpoint-10`` comes after ``checkpoint-5``."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", folder.name)]


def _with_weights(folder: Path) -> str | None:
    """Return the name of the last folder within that holds weights: "checkpoint-500"."""
    for inner in sorted((each for each in folder.iterdir() if each.is_dir()), key=_in_order, reverse=True):
        with suppress(OSError):
            if any(file.name.endswith(tuple(end for ends in _ENDINGS for end in ends)) for file in inner.iterdir()):
                return inner.name
    return None


def _of_index(index: Path) -> tuple[Path, ...]:
    """Return the parts that an index names; they lie beside it, wherever their names would lead."""
    parts = _json(index).get("weight_map")
    names = sorted(set(map(str, parts.values()))) if isinstance(parts, dict) else []
    if not names or any(name != Path(name).name or name in (".", "..") for name in names):
        raise CnnvizError(f"{index} is damaged: it names no files beside it.", "Choose another file of weights.")
    return _all_there(index.parent, names, f"{index.name} names")


def _all_there(folder: Path, names: Sequence[str], told: str) -> tuple[Path, ...]:
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        message = f"{missing[0]} is not there, one of the {len(names)} parts that {told}."
        raise CnnvizError(message, f"Put it into {folder}.")
    return tuple(folder / name for name in names)


def _json(file: Path) -> dict[str, object]:
    """Return what a JSON file says; nothing where it is none."""
    try:
        content = json.loads(read_whole(file, _LARGEST_INDEX))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
