"""Weights that somebody trained: those that come with cnnviz, and torchvision's of ImageNet.

The latter are fetched into torch.hub's own folder, so that the cache is shared with torchvision.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from cnnviz.downloads import download
from cnnviz.errors import CnnvizError
from cnnviz.files import Progress
from cnnviz.pictures.preprocessing import Normalisation
from cnnviz.runs.weights_filling import PartlyFitsError
from cnnviz.runs.weights_fit import todays_name
from cnnviz.zoo import catalog
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.shipped_weights import ShippedWeights, shipped_for, shipped_with

if TYPE_CHECKING:
    from torch import Tensor

_PREFIX = "torchvision/"
_CLASSES = 1000
_found_good: dict[Path, tuple[str, tuple[int, ...]]] = {}  # in this process: the digest, and what changes with a file
# With pretrained weights, torchvision's builders of these two undo ImageNet's normalisation inside the network. Ours do
# not, so that the calls stay those of the report: the picture is normalised to match instead.
_HALVES = {"torchvision/googlenet", "torchvision/inception_v3"}


def names(spec: ModelSpec) -> list[str]:
    """Return what the weights are called that there are for this network, torchvision's first."""
    published = [each.name for each in catalog.find(spec.name).weights]
    return published + [each.name for each in shipped_with(spec)]


def check_offered(spec: ModelSpec, name: str, allow_mismatch: bool = False) -> None:
    """Return if there are weights of this name for this very network.

    Raises:
        PartlyFitsError: they are of the network with other options or classes, and that is not allowed.
        CnnvizError: there are none.
    """
    if ours := shipped_for(spec, name):
        _check_same(spec, ours[0], allow_mismatch)
        return
    offered = names(spec)
    if not offered:
        some = "torchvision's classification networks have some, and the networks that were trained for cnnviz."
        raise CnnvizError(f"There are no pretrained weights for {spec.name}.", some)
    if name not in offered:
        hint = f"There are: {', '.join(offered)}."
        raise CnnvizError(f"There are no pretrained weights {name!r} for {spec.name}.", hint)
    if spec.num_classes != _CLASSES and not allow_mismatch:
        raise PartlyFitsError(
            f"The pretrained weights of {spec.name} have {_CLASSES} classes; this network has {spec.num_classes}.",
            f"Set Classes to {_CLASSES}, or load what fits alone (--allow-mismatch; in the window: What fits of it).",
        )


def fetch(spec: ModelSpec, name: str, on_progress: Progress | None = None, allow_mismatch: bool = False) -> Path:
    """Return the weights' file, downloaded unless it is there. What ``on_progress`` raises ends the download.

    Raises:
        CnnvizError: these weights are not offered for this network, they cannot be downloaded, or the file that is
            there is another one by now.
    """
    check_offered(spec, name, allow_mismatch)
    if ours := shipped_for(spec, name):
        return ours[0].file
    url = str(_entry(spec, name).url)
    file = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    if not file.is_file():
        download(url, file, "sha256", lambda found, _arrived: found.startswith(_digest(url)), on_progress)
    elif not _holds(file, _digest(url)):
        what = f"{file} is not what torchvision published: its checksum differs, so it is not read."
        raise CnnvizError(what, "Delete it and choose these weights again: they are then downloaded again.")
    return file


def read(file: Path) -> dict[str, Tensor]:
    """Return the tensors of a file that ``fetch`` returned, by the names that the network's state has today.

    Raises:
        CnnvizError: the file is damaged.
    """
    try:
        state: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch's reader raises whatever it stumbles over in a broken file
        raise CnnvizError(f"{file} is damaged.", "Delete it; it is then downloaded again.") from error
    return {todays_name(name): tensor for name, tensor in state.items()}


def published_as(spec: ModelSpec, file: Path) -> str:
    """Return the name of the network's published weights that ``file`` is, by its name and content; "": of none."""
    if not file.is_file():
        return ""
    for weights in catalog.find(spec.name).weights if spec.name.startswith(_PREFIX) else ():
        url = str(_entry(spec, weights.name).url)
        if file.name == url.rpartition("/")[2] and (digest := _digest(url)):
            return weights.name if _holds(file, digest) else ""
    return ""


def normalisation(spec: ModelSpec, name: str) -> Normalisation:
    """Return mean and standard deviation of each channel that these weights expect their pictures to be brought to."""
    if spec.name in _HALVES:
        return (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
    preset = _entry(spec, name).transforms()
    return tuple(preset.mean), tuple(preset.std)


def class_names(spec: ModelSpec, name: str) -> tuple[str, ...]:
    """Return the names of ImageNet's 1000 classes in the order of the logits.

    None where only features were trained, or where the network has other classes.
    """
    return () if spec.num_classes != _CLASSES else tuple(_entry(spec, name).meta["categories"] or ())


def _check_same(spec: ModelSpec, ours: ShippedWeights, allow_mismatch: bool) -> None:
    if ours.are_of(spec) or allow_mismatch:
        return
    other = [f"{name}={value}" for name, value in ours.options.items() if spec.options.get(name) != value]
    other += ["input " + ",".join(map(str, ours.input_shape))] if spec.input_shape != ours.input_shape else []
    raise PartlyFitsError(
        f"The weights {ours.name} are of {spec.name} with {', '.join(other)}.",
        "Set that, or load what fits alone (--allow-mismatch; in the window: What fits of it).",
    )


def _holds(file: Path, digest: str) -> bool:
    """Return whether the SHA-256 of a file begins so; one that has not changed since it was found so is not read."""
    status = file.stat()
    stamp = status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
    if _found_good.get(file) != (digest, stamp):
        with file.open("rb") as opened:
            if not hashlib.file_digest(opened, "sha256").hexdigest().startswith(digest):
                return False
        _found_good[file] = digest, stamp
    return True


def _digest(url: str) -> str:
    """Return the beginning of the SHA-256 that torchvision puts into the names of its files."""
    match = re.search(r"-([0-9a-f]{8,})\.[a-z]+$", url)
    return match.group(1) if match is not None else ""


def _entry(spec: ModelSpec, name: str) -> Any:
    from torchvision.models import get_model_weights

    return get_model_weights(spec.name.removeprefix(_PREFIX))[name]
