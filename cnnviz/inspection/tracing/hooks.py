"""What hooks make of a layer: other numbers than its kind's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnviz.inspection.tracing.draft import Draft
from cnnviz.inspection.tracing.values import tensors, version_of

_Marks = list[tuple[int, int]]


def has_hooks(draft: Draft) -> bool:
    """True for a layer that somebody has hooked."""
    module = draft.module
    return module is not None and bool(module._forward_hooks or module._forward_pre_hooks)


def told_of_hooks(draft: Draft, run: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what ``run``, which calls a layer and its hooks, does, and note whether a hook changed what comes or goes.

    What hooks do to weights alone, as ``spectral_norm``'s do, changes neither.
    """
    module: Any = draft.module
    met: list[_Marks] = []

    def forward(*given: Any, **named: Any) -> Any:
        met.append(_marks((given, named)))
        output = type(module).forward(module, *given, **named)
        met.append(_marks(output))
        return output

    arriving = _marks((args, kwargs))
    vars(module)["forward"] = forward
    try:
        output = run(*args, **kwargs)
    finally:
        vars(module).pop("forward", None)
    draft.reads_unseen = draft.reads_unseen or met != [arriving, _marks(output)]
    return output


def _marks(value: Any) -> _Marks:
    """Which tensors these are, and how often each was written into."""
    return [(id(each), version_of(each)) for each in tensors(value)]
