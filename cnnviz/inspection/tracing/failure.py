"""Why a forward pass stopped, in the reader's words: what arrived, what was expected, what to change."""

from __future__ import annotations

import re
import traceback
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from math import prod
from pathlib import Path

import torch
from torch import nn

from cnnviz import units
from cnnviz.inspection.call import Shape
from cnnviz.inspection.kinds.kind import Reads, Role
from cnnviz.inspection.kinds.table import kind_named
from cnnviz.inspection.report import Failure
from cnnviz.inspection.tracing.draft import Draft, ended_by_failure

_OURS = str(Path(__file__).parents[2])
_TORCH = str(Path(torch.__file__).parent)
_OFTEN = 20  # times that a line is under way at once
_LONGEST = 400  # characters of an error's first line: one may print a whole tensor


def explain(error: BaseException, drafts: list[Draft]) -> tuple[Failure, bool]:
    """Return what ``error`` means for the innermost call that failed, and whether the shapes alone prove it."""
    index = max((i for i in range(len(drafts)) if ended_by_failure(drafts, i)), default=None)
    message, hint, proven = _message(error, drafts[index] if index is not None else None)
    return Failure(message, hint, index, _source(error)), proven


def text_of(error: BaseException) -> str:
    """Return the first line that ``error`` says, or the name of its class."""
    try:
        text = (str(error).strip() or type(error).__name__).splitlines()[0][:_LONGEST]
    except BaseException:  # an exception class of the user's may fail to describe itself, or exit
        return type(error).__name__
    return f"{type(error).__name__}: {text}" if isinstance(error, KeyError | StopIteration) else text


def _message(error: BaseException, draft: Draft | None) -> tuple[str, str, bool]:
    text = text_of(error)
    if draft is None:
        return text, "", False
    name = draft.path or "the network itself"
    understood = _wrong_axes(draft) or _wrong_size(draft) or _map_too_small(draft, text) or _unlike_shapes(draft)
    if understood is not None:
        what, hint = understood
        return f"{name}: {what}", hint, True
    arrived = units.shape(draft.input_shapes[0]) if draft.input_shapes else "no tensor"
    if isinstance(error, RecursionError) and _calls_itself(error):
        return f"{name}: {draft.kind} calls itself without end.", "Let it call its layers, and end somewhere.", False
    remedy = _A_DICTIONARY if draft.module is None and _names_a_key(error) else _remedy(draft, text)
    return f"{name}: {draft.kind} failed on {arrived}: {text}", remedy, False


_KEY = re.compile(r"""\[\s*[a-z]?["']""")  # in x["image"]
_A_DICTIONARY = (
    'Its input is a dictionary: in Python, cnnviz.inspect(model, inputs=({"image": tensor},)) with all of its keys.'
)


def _names_a_key(error: BaseException) -> bool:
    """True where the line of the user's that failed takes something out of a dictionary."""
    users = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame)]
    return bool(users) and _KEY.search(users[-1].line or "") is not None


def _calls_itself(error: BaseException) -> bool:
    """True where the user's own lines come back and back on the way to the failure: not PyTorch's, nor ours."""
    lines = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame)]
    return max(Counter(lines).values(), default=0) > _OFTEN


def _is_users(frame: traceback.FrameSummary) -> bool:
    return not frame.filename.startswith((_OURS, _TORCH, "<"))


def _wrong_axes(draft: Draft) -> tuple[str, str] | None:
    """The network's own input, with axes that its first convolution does not know."""
    shape = draft.input_shapes[0] if draft.input_shapes else ()
    kind = kind_named(draft.kind)
    wanted = _AXES[kind.rank] if kind.reads is Reads.CONVOLUTION else ""
    if draft.module is None or not wanted or not draft.reads_input or len(shape) == kind.rank + 2:
        return None
    if len(shape) == kind.rank + 1 and shape[0] == _expected(draft.module, kind.expects):
        return None  # without a batch axis, which PyTorch takes too
    what = f"{draft.kind} expects inputs of {wanted}, {units.shape(shape[1:])} arrive, the batch axis left out."
    return what, f"Give the input as {wanted}, without a batch axis."


_AXES = {1: "C,L", 2: "C,H,W", 3: "C,T,H,W"}


def _wrong_size(draft: Draft) -> tuple[str, str] | None:
    """A layer that was made for another number of features or channels than arrive."""
    shape = draft.input_shapes[0] if draft.input_shapes else ()
    kind = kind_named(draft.kind)
    expected = _expected(draft.module, kind.expects) if draft.module is not None and kind.expects else 0
    if kind.reads is Reads.ALL:
        return _wrong_features(expected, shape) if expected else None
    axes = (kind.rank + 2,) if kind.rank else range(2, 9)  # with the batch axis
    if not expected or len(shape) not in axes or shape[1] == expected:
        return None
    arrive = f"{units.exact(shape[1])} arrive ({units.shape(shape)})"
    what = f"{draft.kind} expects {units.counted(expected, 'channel')}, {arrive}."
    return what, f"Set {kind.expects}={shape[1]}, or give an input with {units.counted(expected, 'channel')}."


def _expected(module: nn.Module, setting: str) -> int:
    """Return the channels or features that must arrive: the weight's, whatever the setting still says."""
    said = getattr(module, setting, 0)
    weight = module._parameters.get("weight")
    if weight is None or nn.parameter.is_lazy(weight) or not isinstance(said, int):
        return 0 if weight is not None else said
    groups = getattr(module, "groups", 1)
    transposed = getattr(module, "transposed", False)
    held = weight.shape[0] if weight.dim() == 1 or transposed else weight.shape[1] * groups
    return said if held == said else 0


def _wrong_features(expected: int, shape: Shape) -> tuple[str, str] | None:
    if not shape or shape[-1] == expected:
        return None
    what = (
        f"Linear expects {units.counted(expected, 'feature')}, {units.exact(shape[-1])} arrive ({units.shape(shape)})."
    )
    flat = prod(shape[1:])
    if len(shape) < 4:
        return what, f"Set in_features={shape[-1]}, or change the input size."
    if flat == expected:
        return what, "Flatten before it: nn.Flatten(), or x.flatten(1)."
    return what, f"Flatten before it, nn.Flatten(), and set in_features={flat}."


def _map_too_small(draft: Draft, text: str) -> tuple[str, str] | None:
    signs = ("too small", "greater than actual input size", "Kernel size can't be", "smaller than kernel size")
    if not any(sign in text for sign in signs) or not draft.input_shapes:
        return None
    arrived = units.shape(draft.input_shapes[0])
    return f"{draft.kind} gets a map smaller than its kernel ({arrived}).", "Choose a larger input size."


def _unlike_shapes(draft: Draft) -> tuple[str, str] | None:
    """Two branches that meet and do not fit."""
    role = kind_named(draft.kind).role
    if draft.module is not None or len(draft.input_shapes) < 2 or Role.JOIN not in role:
        return None
    if _fit(draft.input_shapes, Role.CONCATENATION in role):
        return None
    left, right = draft.input_shapes[:2]
    what = f"{draft.kind} joins {' and '.join(map(units.shape, draft.input_shapes[:4]))}, which do not fit."
    if Role.CONCATENATION in role:
        return what, "All but the joined axis must be equal: see stride and padding of the branches."
    if len(left) == len(right) == 4:
        return what, "Let the shortcut change its shape too: a 1×1 convolution with the block's channels and stride."
    return what, "Make both branches return the same shape."


def _fit(shapes: Sequence[Shape], joined: bool) -> bool:
    """True where these can be put side by side along some axis, or else broadcast to one shape."""
    if joined:
        unlike = [len(set(sizes)) > 1 for sizes in zip(*shapes, strict=False)]
        return len({len(shape) for shape in shapes}) == 1 and sum(unlike) <= 1
    aligned = zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1)
    return all(len(set(sizes) - {1}) <= 1 for sizes in aligned)


def _remedy(draft: Draft, text: str) -> str:
    """Return what usually helps where a function fails; "" where nothing can be said."""
    if any(sign in text for sign in ("CUDA", "cuda", "NVIDIA")):
        return "Let forward go where its input is: x.device in place of a device by name."
    if Role.RESHAPE in kind_named(draft.kind).role and draft.module is None:
        return "Keep the batch axis and let the rest be counted: x.flatten(1)."
    return ""


def _source(error: BaseException) -> str | None:
    """Return "file.py:31" of the innermost line that is neither PyTorch's nor ours."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if _is_users(frame):
            return f"{Path(frame.filename).name}:{frame.lineno}"
    return None
