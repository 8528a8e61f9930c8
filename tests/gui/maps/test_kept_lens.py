from __future__ import annotations

import gc
import weakref

from cnnviz.gui.maps.kept_lens import KeptLens


class Seer:
    """Stands for a lens, which is kept by what it holds."""


def test_a_lens_is_kept_from_job_to_job_until_it_is_forgotten() -> None:
    kept = KeptLens(Seer)  # type: ignore[arg-type]  # nothing is asked of it
    with kept.for_a_job()() as first:
        pass
    with kept.for_a_job()() as again:
        assert first is again
    held = weakref.ref(first)
    del first, again
    assert held() is not None
    kept.forget_job()()
    gc.collect()
    assert held() is None


def test_a_job_that_was_late_keeps_nothing_of_a_network_that_is_no_more() -> None:
    kept = KeptLens(Seer)  # type: ignore[arg-type]  # nothing is asked of it
    late = kept.for_a_job()
    kept.forget_job()()
    with late() as lens:
        held = weakref.ref(lens)
    del lens
    gc.collect()
    assert held() is None
    with kept.for_a_job()() as newer:
        pass
    with kept.for_a_job()() as again:
        assert again is newer
