from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from cnnviz.gui.workers.warmup import spare_the_collector


@pytest.fixture
def frozen_again() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("frozen_again")
def test_collector_no_longer_walks_what_was_imported() -> None:
    before = len(gc.get_objects())
    assert before > 10_000
    spare_the_collector()
    assert len(gc.get_objects()) < before / 10
    assert gc.isenabled()
