"""How much memory there is to train in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """The memory of the device that device "auto" trains on."""

    name: str  # "NVIDIA H100", "this machine"
    size: int  # bytes


def device_memory() -> DeviceMemory | None:
    """Return the memory of the best device; None where the platform does not say. Imports torch."""
    import torch

    if torch.cuda.is_available():
        return DeviceMemory(torch.cuda.get_device_name(), torch.cuda.get_device_properties(0).total_memory)
    size = machine_bytes()
    return None if size is None else DeviceMemory("this machine", size)


def machine_bytes() -> int | None:
    """Return the bytes of main memory that this process may use; None where the platform does not say."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return None
    return min([whole, *_limits()])


def _limits() -> list[int]:
    """What a container allows."""
    limits = []
    for file in _CGROUP_LIMITS:
        try:
            limits.append(int(file.read_text("ascii")))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return limits
