"""Which device computes, and what it is called."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from cnnviz.errors import CnnvizError


def choose_device(name: str) -> torch.device:
    """Return the device of this name; "auto" is the best there is: CUDA, then Apple's MPS, then the CPU.

    Raises:
        CnnvizError: there is no such device on this machine.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if _has_mps() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise CnnvizError(f"There is no device {name!r}.", f"Choose one of {', '.join(available())}.") from None
    if str(device) not in available() and f"{device}:0" not in available():
        raise CnnvizError(f"This machine has no {name}.", f"Choose one of {', '.join(available())}.")
    return device


def available() -> tuple[str, ...]:
    """Return what ``choose_device`` accepts here besides "auto": "cpu", "mps", "cuda:0", …"""
    cuda = tuple(f"cuda:{index}" for index in range(torch.cuda.device_count())) if torch.cuda.is_available() else ()
    return (*cuda, *(("mps",) if _has_mps() else ()), "cpu")


def device_name(device: torch.device) -> str:
    """Return what a person calls it: "NVIDIA H100 80GB HBM3", "AMD EPYC 9R14 (2 threads)"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return f"{platform.processor() or 'Apple'} GPU"
    threads = torch.get_num_threads()
    return f"{_cpu_model()} ({threads} thread{'s' if threads > 1 else ''})"


def synchronize(device: torch.device) -> None:
    """Return when everything asked of ``device`` is done; at once for the CPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def _has_mps() -> bool:
    return torch.backends.mps.is_available()


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine() or "CPU"
