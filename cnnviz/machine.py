"""Memory and devices of this machine, found and put into words: one place for all that ask.

No torch until a device is asked for. Linux promises memory that it does not have, and ends the process that then uses
it: nothing can be caught. So what is going to need much asks here first.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz import units
from cnnviz.errors import MORE_MEMORY, CnnvizError

if TYPE_CHECKING:
    import torch

_MEMINFO = Path("/proc/meminfo")
_CGROUPS = (  # what a container allows, and what it has used of that: version 2, version 1
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """The memory of the device that device "auto" trains on."""

    name: str  # "NVIDIA H100", "this machine"
    size: int  # bytes


def check_room(needed: int, hint: str) -> None:
    """Refuse what cannot be held; say nothing where the platform does not tell what is free.

    Args:
        needed: bytes of main memory.
        hint: what to do about it.

    Raises:
        CnnvizError: less than that is free.
    """
    free = free_bytes()
    if free is not None and needed > free:
        raise CnnvizError(f"This needs about {units.size(needed)} of memory; {units.size(free)} is free.", hint)


def free_bytes() -> int | None:
    """Return the bytes of main memory that can be had without swapping; None where the platform does not say."""
    free = [_available(), _left_to_process()] if _MEMINFO.is_file() else []
    for limit, used in _CGROUPS:
        with suppress(OSError, ValueError):  # not there, or "max"
            free.append(int(limit.read_text("ascii")) - int(used.read_text("ascii")))
    return min((value for value in free if value is not None), default=None)


def resident_bytes() -> int | None:
    """Return the bytes that this process holds, its resident set; None where the platform does not say cheaply."""
    if sys.platform != "linux":
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    import resource

    return pages * resource.getpagesize()


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
    return min([whole, *_container_limits()])


def choose_device(name: str) -> torch.device:
    """Return the device of this name; "auto" is the best there is: CUDA, then Apple's MPS, then the CPU.

    Raises:
        CnnvizError: there is no such device on this machine.
    """
    import torch

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
    import torch

    cuda = tuple(f"cuda:{index}" for index in range(torch.cuda.device_count())) if torch.cuda.is_available() else ()
    return (*cuda, *(("mps",) if _has_mps() else ()), "cpu")


def device_name(device: torch.device) -> str:
    """Return what a person calls it: "NVIDIA H100 80GB HBM3", "AMD EPYC 9R14 (2 threads)"."""
    import platform

    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return f"{platform.processor() or 'Apple'} GPU"
    threads = torch.get_num_threads()
    return f"{_cpu_model()} ({units.counted(threads, 'thread')})"


def device_in_words() -> str:
    """Return what a run on device "auto" will use. Imports torch."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    if torch.backends.mps.is_available():
        return "Apple GPU"
    return f"CPU, {units.counted(torch.get_num_threads(), 'thread')}"


def _available() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in _MEMINFO.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    return None


def _left_to_process() -> int | None:
    """Return the bytes of address space left under ``ulimit -v``; None where there is no such limit."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    with suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        return max(0, limit - pages * resource.getpagesize())
    return None


def _container_limits() -> list[int]:
    limits = []
    for limit, _used in _CGROUPS:
        with suppress(OSError, ValueError):  # not there, or "max"
            limits.append(int(limit.read_text("ascii")))
    return limits


def why_torch_failed(error: ImportError | OSError) -> CnnvizError | None:
    """Return why PyTorch cannot be loaded; None: ``error`` is about something else."""
    about = f"{getattr(error, 'name', '')} {getattr(error, 'path', '')} {error}"
    if "torch" not in about or getattr(error, "errno", None) is not None:
        return None
    if "map segment" in str(error) or "allocate memory" in str(error):
        return CnnvizError(f"PyTorch cannot be loaded: there is too little memory for it ({error}).", MORE_MEMORY)
    return CnnvizError(f"PyTorch cannot be loaded: {error}.", "Install it again: pip install torch torchvision")


def _has_mps() -> bool:
    import torch

    return torch.backends.mps.is_available()


def _cpu_model() -> str:
    import platform

    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine() or "CPU"
