"""What the process keeps of the memory that it has freed."""

import subprocess
import sys

import pytest

from cnnviz import allocator
from cnnviz.allocator import give_back_memory
from cnnviz.machine import resident_bytes
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.events import StepsDone

pytestmark = pytest.mark.skipif(allocator._glibc() is None, reason="this C library decides by itself")

_RUN = TrainConfig("lenet", "fashion-mnist-sample", epochs=1, limit=256)
_TOLD = """
import resource
from concurrent.futures import ThreadPoolExecutor
from cnnviz.allocator import give_back_memory, memory_kept, share_one_heap
from cnnviz.machine import resident_bytes

def write(megabytes):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    assert bytearray(b"x") * (megabytes << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def fewest_faults(megabytes=48):
    '''Of the best of some: small blocks may have settled where the large one was.'''
    return min(write(megabytes) for _ in range(12))
"""


def told(code: str) -> list[int]:
    """Return the whole numbers that a process of its own prints: what others have left in this one's heap counts."""
    printed = subprocess.run([sys.executable, "-c", _TOLD + code], capture_output=True, text=True, check=True).stdout
    return [int(each) for each in printed.split()]


def resident() -> int:
    size = resident_bytes()
    assert size is not None
    return size


def test_freed_memory_goes_back_to_the_system() -> None:
    pieces = [bytearray(60_000) for _ in range(3_000)]  # below what has a mapping of its own
    full = resident()
    del pieces[:-1]  # the last stands above the others
    give_back_memory()
    assert full - resident() > 90_000_000


def test_a_step_finds_the_memory_of_the_one_before() -> None:
    before, inside, after = told("""
print(fewest_faults())
with memory_kept():
    print(fewest_faults())
print(fewest_faults())
""")
    assert inside < 100 < min(before, after)


def test_another_thread_s_step_finds_it_too() -> None:
    (faults,) = told("""
with ThreadPoolExecutor(1) as pool, memory_kept():
    print(pool.submit(fewest_faults).result())
""")
    assert faults < 100


def test_a_thread_of_the_window_finds_what_is_too_large_for_a_heap_of_its_own() -> None:
    (faults,) = told("""
share_one_heap()
with ThreadPoolExecutor(1) as pool, memory_kept():
    print(pool.submit(fewest_faults, 96).result())
""")
    assert faults < 100


def test_nothing_is_given_back_while_somebody_needs_it() -> None:
    full, kept, after = told("""
with memory_kept():
    with memory_kept():
        write(48)
    print(resident_bytes())
    give_back_memory()
    print(resident_bytes())
print(resident_bytes())
""")
    assert full - kept < 24 << 20 < full - after


def test_a_run_keeps_memory_until_its_end() -> None:
    kept = [allocator._keeping for event in train(_RUN) if _is_of_steps(event)]
    assert set(kept) == {1}
    assert not allocator._keeping


def test_a_run_with_little_room_gives_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.training.run_memory.free_bytes", lambda: 1)
    kept = [allocator._keeping for event in train(_RUN) if _is_of_steps(event)]
    assert set(kept) == {0}


def _is_of_steps(event: object) -> bool:
    return isinstance(event, StepsDone)
