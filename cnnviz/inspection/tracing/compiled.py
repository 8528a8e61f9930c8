"""Functions that ``torch.compile`` made run uncompiled while they are watched: compiled, nobody sees into them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def graphs_not_demanded() -> Iterator[None]:
    """Inside, this thread's compiled functions may run uncompiled though they say ``fullgraph=True``.

    PyTorch compiles nothing under a dispatch mode, and raises where a whole graph was demanded and none was compiled.
    It counts the graphs for the outermost such function alone: to count already stands for being inside of one. The
    count is the thread's.
    """
    count = getattr(torch._C._dynamo.eval_frame, "set_fullgraph_compiled_frame_count", None)
    before = None if count is None else count(0)
    try:
        yield
    finally:
        if count is not None:
            count(before)
