"""``cnnviz doctor``: versions, devices, display, data, weights; what is wrong and how to mend it."""

from __future__ import annotations

import argparse
import os
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from cnnviz import units
from cnnviz.assets import asset
from cnnviz.display import missing_display
from cnnviz.places import cache_folder, data_sets_folder
from cnnviz.printable import printable
from cnnviz.training.data import picture_cache
from cnnviz.training.data.data_sets import DATA_SETS
from cnnviz.training.data.layouts import locate
from cnnviz.version import __version__

_PACKAGES = ("torch", "torchvision", "PySide6-Essentials", "pyqtgraph", "torchinfo", "numpy", "pillow", "safetensors")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    what: str
    found: str
    remedy: str = ""  # empty: nothing is wrong


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command has no options."""


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001  every command is called alike
    """Print the findings; 0 even where something is missing, for the answer itself was given."""
    print(printable(as_text(examine())))
    return 0


def examine() -> list[Finding]:
    """Return every finding. Imports torch."""
    return [
        Finding("cnnviz", __version__),
        Finding("Python", f"{platform.python_version()} on {platform.platform()}"),
        *(_package(name) for name in _PACKAGES),
        *_devices(),
        _resources(),
        *_data(),
        _kept_pictures(),
        _pretrained(),
        _display(),
    ]


def as_text(findings: list[Finding]) -> str:
    """Return the findings as aligned lines, each remedy below its own."""
    width = max(len(finding.what) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{'!' if finding.remedy else ' '} {finding.what:<{width}}  {finding.found}")
        if finding.remedy:
            lines.append(f"  {'':<{width}}  → {finding.remedy}")
    return "\n".join(lines)


def _package(name: str) -> Finding:
    try:
        return Finding(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "not installed", f"pip install {name}")


def _devices() -> list[Finding]:
    import torch

    cores = f"{os.cpu_count()} cores, {torch.get_num_threads()} threads used"
    findings = [Finding("CPU", f"{platform.processor() or platform.machine()}, {cores}")]
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        findings.append(Finding(f"cuda:{index}", f"{properties.name}, {units.size(properties.total_memory)}"))
    if torch.backends.mps.is_available():
        findings.append(Finding("mps", "Apple GPU"))
    if len(findings) == 1:
        findings.append(Finding("GPU", "none that PyTorch can use; everything runs on the CPU"))
    return findings


def _resources() -> Finding:
    folder = asset("")
    return Finding("resources", str(folder), "" if folder.is_dir() else "Install cnnviz again.")


def _data() -> list[Finding]:
    found = [(data_set, locate(data_set)) for data_set in DATA_SETS]
    missing = f"not here; downloaded to {data_sets_folder()} when first used"
    return [Finding(data_set.name, str(place[0] if place else missing)) for data_set, place in found]


def _kept_pictures() -> Finding:
    kept, most = units.size(picture_cache.used_bytes()), units.size(picture_cache.LIMIT)
    return Finding("decoded pictures", f"{kept} of at most {most} in {cache_folder()}")


def _pretrained() -> Finding:
    import torch

    folder = Path(torch.hub.get_dir()) / "checkpoints"
    files = sorted(folder.glob("*.pth")) if folder.is_dir() else []
    return Finding("pretrained weights", f"{len(files)} in {folder}")


def _display() -> Finding:
    trouble = missing_display()
    return Finding("display", "named") if trouble is None else Finding("display", trouble.message, trouble.hint)
