"""Guards for every test: no display is needed and no thread outlives its test."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from tempfile import mkdtemp

import pytest

os.environ["QT_QPA_PLATFORM"] = os.environ.get("CNNVIZ_TEST_PLATFORM", "offscreen")

os.environ["CNNVIZ_CACHE"] = mkdtemp(prefix="cnnviz-test-")
os.environ["CNNVIZ_CONFIG_FOLDER"] = mkdtemp(prefix="cnnviz-test-")

_LIBRARY_THREADS = ("pydevd", "tqdm", "asyncio", "QThread-default")


@pytest.fixture(autouse=True)
def no_thread_outlives_its_test() -> Iterator[None]:
    """Fail a test that leaves a Python thread behind; one that is just ending gets seconds, on a loaded machine."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 10
    for thread in _new_threads(before):
        thread.join(max(0.0, deadline - time.monotonic()))
    left = [thread.name for thread in _new_threads(before)]
    assert not left, f"threads outlived the test: {left}"


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before
        and thread.is_alive()
        and not isinstance(thread, threading._DummyThread)  # of a QThread: never ends for Python
        and not thread.name.startswith(_LIBRARY_THREADS)
    ]
