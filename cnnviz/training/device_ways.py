"""Which precisions and orders of computing a device has."""

from __future__ import annotations

import torch

from cnnviz.errors import CnnvizError
from cnnviz.training.config import Precision, TrainConfig


def misfits_of_device(config: TrainConfig, device: torch.device) -> dict[str, CnnvizError]:
    """Return what was asked for and the device does not have, by the names of settings."""
    unfit = {}
    if config.precision == "tf32" and not _has_tf32(device):
        what = f"TF32 needs an NVIDIA GPU since Ampere (compute capability 8.0), not {device}."
        unfit["precision"] = CnnvizError(what, "Choose the precision auto.")
    if config.precision == "fp16" and device.type not in ("cpu", "cuda"):
        what = f"float16 with scaled losses is not there on {device}."
        unfit["precision"] = CnnvizError(what, "Choose the precision auto.")
    if config.way == "graph" and device.type != "cuda":
        what = f"CUDA graphs need an NVIDIA GPU, not {device}."
        unfit["way"] = CnnvizError(what, "Choose the order of computing auto.")
    return unfit


def doubt_about(config: TrainConfig, device: torch.device) -> str:
    """Return what speaks against computing so, and does not forbid it; empty: nothing."""
    if config.precision != "fp16" or device.type != "cpu":
        return ""
    return "Most processors compute float16 many times slower than float32: the precision auto measures what is fast."


def coarser_precisions(device: torch.device) -> list[Precision]:
    """Return what may be worth its rounding, the finest first."""
    if device.type == "cpu":
        return ["bf16"] if _has_kernels_for_bf16() else []
    if device.type != "cuda":
        return ["bf16"]
    half: Precision = "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    return ["tf32", half] if _has_tf32(device) else [half]


def _has_kernels_for_bf16() -> bool:
    """Whether oneDNN has some for this CPU, be they emulated: those worth measuring.

    Where it has none, with AVX2 alone, torch's own loops take 15 times as long as float32, 40 s for a single step.
    """
    asked = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return asked is None or bool(asked())


def _has_tf32(device: torch.device) -> bool:
    is_nvidia = device.type == "cuda" and torch.version.cuda is not None
    return is_nvidia and torch.cuda.get_device_capability(device) >= (8, 0)
