"""Captured values are those of a plain forward pass. CNNVIZ_EVERY_NETWORK=1 takes all networks at their own sizes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnnviz.feature_maps.capture import capture
from cnnviz.feature_maps.picture_input import picture_input
from cnnviz.inspection.examples import Example
from cnnviz.inspection.tracer import inspect
from cnnviz.inspection.tracing.values import tensors
from cnnviz.pictures.preprocessing import Preprocessing
from cnnviz.pictures.samples import suited
from cnnviz.zoo import ModelSpec, resolve
from cnnviz.zoo.textbook import TEXTBOOK
from cnnviz.zoo.weights import built

EVERY = os.environ.get("CNNVIZ_EVERY_NETWORK") == "1"
SMALL = ("lenet", "course-mnist")
TORCHVISION = (
    "alexnet", "vgg11_bn", "resnet18", "densenet121", "squeezenet1_1", "shufflenet_v2_x0_5", "mobilenet_v2",
    "mobilenet_v3_small", "efficientnet_b0", "mnasnet0_5",
)  # fmt: skip


class _Copies(TorchFunctionMode):
    """Copies of what every function returned, as bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[bytes] = Counter()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        with torch._C.DisableTorchFunction():
            for each in tensors(made):
                self.seen[_bits(each)] += 1
        return made


def _bits(tensor: Tensor) -> bytes:
    return (
        str(tuple(tensor.shape)).encode() + tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    )


def plain(model: nn.Module, pixels: Tensor) -> dict[tuple[str, int], tuple[Tensor, ...]]:
    """Return copies of what each call of each module returns, by path and number of the call."""
    found: dict[tuple[str, int], tuple[Tensor, ...]] = {}
    calls: Counter[str] = Counter()

    def keep(path: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            calls[path] += 1
            found[path, calls[path]] = tuple(each.detach().clone() for each in tensors(output))

        return hook

    handles = [module.register_forward_hook(keep(path)) for path, module in model.named_modules()]
    with torch.no_grad():
        model.eval()(pixels)
    for handle in handles:
        handle.remove()
    return found


def pictures(spec: ModelSpec) -> dict[str, Tensor]:
    """Return a real, a random and a constant picture, (1, C, H, W)."""
    real = picture_input(suited(spec.input_shape).file, spec, Preprocessing())
    drawn = np.random.default_rng(0).normal(size=real.shape).astype(np.float32)
    return {
        name: torch.from_numpy(each)
        for name, each in (("real", real), ("random", drawn), ("constant", np.full_like(real, 0.5)))
    }


def check(spec: ModelSpec) -> int:
    """Compare every call for every picture; return how many there were."""
    model, last, checked = built(spec), inspect(spec).calls[-1].identity, 0
    for name, pixels in pictures(spec).items():
        expected = plain(model, pixels)
        captured = capture(model, Example((pixels,)), last, 2**33)
        modules = {(call.path, call.number): found for call, found in captured.items() if call.module}
        assert modules.keys() == expected.keys()
        for at, found in modules.items():
            assert list(map(_bits, found)) == list(map(_bits, expected[at])), (spec.name, name, at)
        del expected
        functions = [found for call, found in captured.items() if not call.module]
        if functions:
            with _Copies() as copies, torch.no_grad():
                model(pixels)
            for found in functions:
                assert all(_bits(each) in copies.seen for each in found), (spec.name, name)
        checked += len(captured)
    print(f"{spec.name}: {checked} calls of 3 pictures")
    return checked


@pytest.mark.parametrize("name", [entry.name for entry in TEXTBOOK] if EVERY else SMALL)
def test_a_textbook_networks_maps_are_those_of_a_plain_pass(name: str) -> None:
    assert check(resolve(name)) >= 3 * 5


@pytest.mark.parametrize("name", TORCHVISION if EVERY else TORCHVISION[2:3] + TORCHVISION[4:6])
def test_torchvisions_maps_are_those_of_a_plain_pass_in_place_layers_included(name: str) -> None:
    spec = resolve(f"torchvision/{name}") if EVERY else resolve(f"torchvision/{name}", None, (3, 64, 64))
    assert check(spec) >= 3 * 20
