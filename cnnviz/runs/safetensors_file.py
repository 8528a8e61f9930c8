"""Safetensors files, read and not mapped: to look at what was mapped, and cut off since, ends the process at once.

Whoever saves weights anew, as safetensors' own functions do it, cuts the file off first.
https://huggingface.co/docs/safetensors says how one is built.
"""

from __future__ import annotations

import json
import os
from io import BufferedReader
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.files import open_file
from cnnviz.machine import check_room

if TYPE_CHECKING:
    from torch import Tensor

_LENGTH = 8  # bytes, before the header
_LONGEST_HEADER = 100_000_000  # bytes, as in safetensors' own reader
_ABOUT = "__metadata__"
_NAMES = {
    "BOOL": "bool", "U8": "uint8", "U16": "uint16", "U32": "uint32", "U64": "uint64",
    "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64",
    "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64", "C64": "complex64",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz",
}  # fmt: skip


def read_safetensors(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors of a file by name, and what it says about itself.

    Raises:
        OSError: the system does not let it be read.
        CnnvizError: there is too little memory.
        Exception: whatever a damaged header may lead to.
    """
    with open_file(file) as opened:
        size = os.fstat(opened.fileno()).st_size
        length = int.from_bytes(opened.read(_LENGTH), "little")
        if length > min(_LONGEST_HEADER, size - _LENGTH):
            raise ValueError("its header is cut short, or too long")
        header = json.loads(opened.read(length))
        about = header.pop(_ABOUT, None) or {}
        if any(not isinstance(value, str) for value in about.values()):
            raise ValueError("what it says of itself is no text")
        check_room(size - _LENGTH - length, "Close other programs.")
        found, at = {}, 0
        for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
            begin, end = entry["data_offsets"]
            if begin != at:
                raise ValueError(f"{name} does not begin where the one before it ends")
            found[name], at = _tensor(opened, entry["dtype"], entry["shape"], end - begin), end
        if at != size - _LENGTH - length:
            raise ValueError("it is longer or shorter than its header says")
    return dict(sorted(found.items())), about


def _tensor(opened: BufferedReader, kind: str, shape: list[int], size: int) -> Tensor:
    import torch

    dtype: torch.dtype = getattr(torch, _NAMES[kind])
    if any(type(each) is not int or each < 0 for each in shape) or prod(shape) * dtype.itemsize != size:
        raise ValueError(f"{size} bytes are no {kind} of shape {shape}")
    tensor = torch.empty(shape, dtype=dtype)
    if opened.readinto(tensor.reshape(-1).view(torch.uint8).numpy().data) != size:
        raise ValueError("it is cut short")
    return tensor
