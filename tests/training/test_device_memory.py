from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.training import device_memory
from cnnviz.training.device_memory import machine_bytes


def test_limit_of_a_container_is_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit, none = tmp_path / "limit", tmp_path / "none"
    limit.write_text("123456\n", "ascii")
    none.write_text("max\n", "ascii")
    monkeypatch.setattr(device_memory, "_CGROUP_LIMITS", (none, limit, tmp_path / "missing"))
    assert machine_bytes() == 123456
    monkeypatch.setattr(device_memory, "_CGROUP_LIMITS", (none,))
    assert (machine_bytes() or 0) > 2**28


def test_platform_that_does_not_say_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_name: str) -> int:
        raise ValueError

    monkeypatch.setattr(device_memory.os, "sysconf", refuse)
    assert machine_bytes() is None
