"""Which calls have outputs that can be looked at as maps."""

from __future__ import annotations

from cnnviz.inspection.call import Call


def is_viewable(call: Call) -> bool:
    """Return True for a call that returned a tensor with a batch axis."""
    return call.output_shape is not None and len(call.output_shape) > 1
