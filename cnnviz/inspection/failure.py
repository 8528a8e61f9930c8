"""Why a forward pass stopped, in the reader's words: what arrived, what was expected, what to change."""

from __future__ import annotations

import traceback
from pathlib import Path

import torch
from torch import nn

from cnnviz import units
from cnnviz.inspection.recorder import Draft
from cnnviz.inspection.report import Failure

_OURS = str(Path(__file__).parent.parent)
_TORCH = str(Path(torch.__file__).parent)


def explain(error: BaseException, drafts: list[Draft]) -> Failure:
    """Return what ``error`` means for the innermost call that failed."""
    index = max((i for i in range(len(drafts)) if _ended_by_failure(drafts, i)), default=None)
    message, hint = _message(error, drafts[index] if index is not None else None)
    return Failure(message, hint, index, _source(error))


def _ended_by_failure(drafts: list[Draft], index: int | None) -> bool:
    """False also for a call whose failure the network itself caught: something around it went on."""
    while index is not None and drafts[index].status == "failed":
        index = drafts[index].parent
    return index is None


def text_of(error: BaseException) -> str:
    """Return the first line that ``error`` says, or the name of its class."""
    try:
        return (str(error).strip() or type(error).__name__).splitlines()[0]
    except Exception:  # an exception class of the user's may fail to describe itself
        return type(error).__name__


def _message(error: BaseException, draft: Draft | None) -> tuple[str, str]:
    text = text_of(error)
    if draft is None:
        return text, ""
    name = draft.path or "the network itself"
    arrived = units.shape(draft.input_shapes[0]) if draft.input_shapes else "no tensor"
    module, shape = draft.module, draft.input_shapes[0] if draft.input_shapes else ()
    if isinstance(module, nn.Linear) and shape and shape[-1] != module.in_features:
        return (
            f"{name}: Linear expects {module.in_features} features, {shape[-1]} arrive ({arrived}).",
            f"Set in_features={shape[-1]}, or change the input size.",
        )
    if isinstance(module, nn.Conv2d) and len(shape) == 4 and shape[1] != module.in_channels:
        return (
            f"{name}: Conv2d expects {module.in_channels} channels, {shape[1]} arrive ({arrived}).",
            f"Set in_channels={shape[1]}, or give an input with {module.in_channels} channels.",
        )
    if (
        "too small" in text
        or "greater than actual input size" in text
        or "Kernel size can't be" in text
        or "smaller than kernel size" in text
    ):
        return f"{name}: {draft.kind} gets a map smaller than its kernel ({arrived}).", "Choose a larger input size."
    return f"{name}: {draft.kind} failed on {arrived}: {text}", ""


def _source(error: BaseException) -> str | None:
    """Return "file.py:31" of the innermost line that is neither PyTorch's nor ours."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((_OURS, _TORCH, "<")):
            return f"{Path(frame.filename).name}:{frame.lineno}"
    return None
