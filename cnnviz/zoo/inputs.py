"""What a network takes, as it is written: ``3,224,224``, ``12:int64``, ``()`` for one number a picture. No torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cnnviz.errors import CnnvizError
from cnnviz.zoo.specs import InputShape

_SHORT = {
    "half": "float16", "float": "float32", "double": "float64", "byte": "uint8", "short": "int16", "int": "int32",
    "long": "int64", "cfloat": "complex64", "cdouble": "complex128",
}  # fmt: skip
DTYPES = ("bool", "int8", "bfloat16", *_SHORT.values())  # by PyTorch's names
_HINT = "Give C,H,W such as 3,224,224; with a kind of number 12:int64; () for one number of each picture."


Given = tuple[InputShape, tuple[InputShape, ...], tuple[str, ...]]  # the first shape, further ones, kinds of number


class Input(NamedTuple):
    """One argument of forward: its shape without the batch axis, and its kind of number; "" where nobody says."""

    shape: InputShape
    dtype: str = ""

    def __str__(self) -> str:
        shape = ",".join(map(str, self.shape)) or "()"
        return f"{shape}:{self.dtype}" if self.dtype else shape


Said = str | Sequence[int | str | Sequence[int | str] | Input]  # what ``inputs_of`` reads


def read_input(text: str) -> Input:
    """Return what ``3,224,224``, ``12:int64``, ``()``, ``():int64`` or ``:int64`` says.

    Raises:
        CnnvizError: a size is no positive whole number, or there is no such kind of number.
    """
    sizes, colon, dtype = text.strip().partition(":")
    bare = sizes.strip().removeprefix("(").removesuffix(")").strip().removesuffix(",")
    try:
        shape = tuple(int(part) for part in bare.split(",")) if bare else ()
    except ValueError:
        shape = (0,)
    if min(shape, default=1) < 1 or not (bare or "(" in sizes or colon):
        raise CnnvizError(f"{text!r} is no input shape.", _HINT)
    return Input(shape, _dtype(dtype) if colon else "")


def read_inputs(text: str) -> tuple[Input, ...]:
    """Return what ``3,16,16 ():int64`` says: inputs with spaces or semicolons between them.

    Raises:
        CnnvizError: there is none, or one of them is refused.
    """
    close = re.sub(r"\s*([,:(])\s*|\s+(?=\))", r"\1", text.replace(" (", ";(").strip())
    inputs = tuple(read_input(part) for part in re.split(r"[;\s]+", close) if part)
    if not inputs:
        raise CnnvizError("The input's shape is empty.", _HINT)
    return inputs


def inputs_of(value: object) -> tuple[Input, ...]:
    """Return the inputs that (C, H, W), ((C, H, W), ()), (12, "int64"), "12:int64" or several of these stand for.

    Raises:
        CnnvizError: it is none of these.
    """
    if _is_one(value):
        return (_one(value),)
    if isinstance(value, tuple | list) and value:
        return tuple(_one(each) for each in value)
    raise CnnvizError(f"{value} is no input shape.", "For several inputs give ((3, 224, 224), (10,)).")


def said(inputs: Sequence[Input]) -> Given:
    """Return the first shape, those of further inputs, and the kind of number of each."""
    first, *further = (each.shape for each in inputs)
    return first, tuple(further), tuple(each.dtype for each in inputs)


def _is_one(value: object) -> bool:
    if isinstance(value, str | Input):
        return True
    return (
        isinstance(value, tuple | list)
        and all(_is_size(each) for each in value[:-1])
        and (not value or _is_size(value[-1]) or _names_a_dtype(value[-1]))
    )


def _one(value: object) -> Input:
    if isinstance(value, Input):
        return value
    if isinstance(value, str):
        return read_input(value)
    if not isinstance(value, tuple | list) or not _is_one(value):
        raise CnnvizError(f"{value} is no input shape.", "For several inputs give ((3, 224, 224), (10,)).")
    sizes = value[:-1] if value and not _is_size(value[-1]) else value
    if min(sizes, default=1) < 1:
        raise CnnvizError(f"{value} is no input shape.", "Give sizes of 1 or more, such as (3, 224, 224).")
    return Input(tuple(sizes), _dtype(str(value[-1])) if len(sizes) < len(value) else "")


def _is_size(value: object) -> bool:
    return type(value) is int


def _names_a_dtype(value: object) -> bool:
    """True for "int64", and for ``torch.int64`` whose text it is."""
    name = str(value).removeprefix("torch.")
    return not isinstance(value, tuple | list | int) and (name in DTYPES or name in _SHORT)


def _dtype(text: str) -> str:
    name = text.strip().removeprefix("torch.").lower()
    name = _SHORT.get(name, name)
    if name not in DTYPES:
        raise CnnvizError(f"{text.strip()!r} is no kind of number.", f"Choose one of {', '.join(DTYPES)}.")
    return name
