"""How much memory is free. Stdlib only.

Linux promises memory that it does not have, and ends the process that then uses it: nothing can be caught. So what is
going to need much asks here first.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from cnnviz import units
from cnnviz.errors import CnnvizError

_MEMINFO = Path("/proc/meminfo")
_CGROUPS = (  # what a container allows, and what it has used of that: version 2, version 1
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)


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
    free = [_available()] if _MEMINFO.is_file() else []
    for limit, used in _CGROUPS:
        with suppress(OSError, ValueError):  # not there, or "max"
            free.append(int(limit.read_text("ascii")) - int(used.read_text("ascii")))
    return min((value for value in free if value is not None), default=None)


def _available() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in _MEMINFO.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    return None
