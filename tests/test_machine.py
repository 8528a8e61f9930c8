from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz import machine
from cnnviz.errors import CnnvizError

GB = 2**30


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 8 GB available, whose container may be written to."""
    (tmp_path / "meminfo").write_text("MemTotal: 16777216 kB\nMemAvailable:    8388608 kB\n")
    monkeypatch.setattr(machine, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "_CGROUPS", ((tmp_path / "max", tmp_path / "current"),))
    return tmp_path


def test_free_is_what_the_kernel_says_is_available(fake: Path) -> None:
    assert machine.free_bytes() == 8 * GB


def test_container_allows_what_it_has_not_used(fake: Path) -> None:
    (fake / "max").write_text(f"{4 * GB}\n")
    (fake / "current").write_text(f"{3 * GB}\n")
    assert machine.free_bytes() == GB


def test_container_without_a_limit_changes_nothing(fake: Path) -> None:
    (fake / "max").write_text("max\n")
    (fake / "current").write_text("17\n")
    assert machine.free_bytes() == 8 * GB


def test_platform_that_does_not_say_refuses_nothing(fake: Path) -> None:
    (fake / "meminfo").unlink()
    assert machine.free_bytes() is None
    machine.check_room(10**18, "")


def test_what_cannot_be_held_is_refused_with_both_numbers(fake: Path) -> None:
    machine.check_room(8 * GB, "Buy more.")
    with pytest.raises(CnnvizError, match=r"about 9\.0 GB of memory; 8\.0 GB is free\. Buy more\."):
        machine.check_room(9 * GB, "Buy more.")


def test_limit_of_a_container_is_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit, none = tmp_path / "limit", tmp_path / "none"
    limit.write_text("123456\n", "ascii")
    none.write_text("max\n", "ascii")
    monkeypatch.setattr(machine, "_CGROUPS", tuple((each, none) for each in (none, limit, tmp_path / "missing")))
    assert machine.machine_bytes() == 123456
    monkeypatch.setattr(machine, "_CGROUPS", ((none, none),))
    assert (machine.machine_bytes() or 0) > 2**28


def test_platform_that_does_not_say_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_name: str) -> int:
        raise ValueError

    monkeypatch.setattr(machine.os, "sysconf", refuse)
    assert machine.machine_bytes() is None


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say what a process holds")
def test_limit_of_the_process_leaves_no_more_free_than_it_says() -> None:
    code = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, ({GB}, {GB}))
from cnnviz.machine import check_room, free_bytes, why_torch_failed
print(free_bytes())
check_room({2 * GB}, "")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 0 < int(done.stdout) < GB
    assert "This needs about 2.0 GB of memory" in done.stderr


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ImportError("libtorch_cpu.so: failed to map segment", name="_C", path="/v/torch/_C.so"), "too little memory"),
        (OSError("libtorch_global_deps.so: cannot open shared object file"), "Install it again"),
        (ModuleNotFoundError("No module named 'torch'", name="torch"), "Install it again"),
        (ImportError("cannot import name 'x' from 'net'", name="net", path="/home/me/net.py"), None),
        (FileNotFoundError(2, "No such file or directory", "torch.py"), None),
    ],
)
def test_pytorch_that_cannot_be_loaded_is_told_and_nothing_else_taken_for_it(
    error: ImportError | OSError, told: str | None
) -> None:
    why = machine.why_torch_failed(error)
    assert why is None if told is None else told in str(why)
