"""From a name to a report, beside building the model and asking another counter, in the same process and in turn.

    python tests/benchmarks/inspection_speed.py [NAME ...]

Peers that are not installed (fvcore, thop, ptflops) are left out. Default: every classification builder of torchvision.
The last column is the bound: construction on meta, then a forward pass with shape shortcuts and a hook before and after
every module, which records nothing.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import torch
import torchinfo
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

import cnnviz
from cnnviz.inspection.tracing.meta import build_without_weights
from cnnviz.inspection.tracing.shortcuts import shortcut
from cnnviz.zoo import ModelSpec, build, resolve

_ROUNDS = 3
_OURS, _BOUND = "cnnviz", "bound"


def _torchinfo(model: nn.Module, picture: torch.Tensor) -> None:
    torchinfo.summary(model, input_data=picture, verbose=0, device="cpu")


def _flop_counter(model: nn.Module, picture: torch.Tensor) -> None:
    with torch.no_grad(), FlopCounterMode(display=False):
        model.eval()(picture)


def _fvcore(model: nn.Module, picture: torch.Tensor) -> None:
    from fvcore.nn import FlopCountAnalysis

    FlopCountAnalysis(model.eval(), picture).unsupported_ops_warnings(False).uncalled_modules_warnings(False).total()


def _thop(model: nn.Module, picture: torch.Tensor) -> None:
    from thop import profile

    profile(model.eval(), inputs=(picture,), verbose=False)


def _ptflops(model: nn.Module, picture: torch.Tensor) -> None:
    from ptflops import get_model_complexity_info

    shape = tuple(picture.shape[1:])
    get_model_complexity_info(model.eval(), shape, as_strings=False, print_per_layer_stat=False, verbose=False)


class _Shortcuts(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = shortcut(func, args, kwargs or {})
        return func(*args, **(kwargs or {})) if output is NotImplemented else output


def _unrecorded(spec: ModelSpec) -> None:
    model = build_without_weights(lambda: build(spec)).eval()
    for module in model.modules():
        module.register_forward_pre_hook(lambda *_arrived: None)
        module.register_forward_hook(lambda *_arrived: None)
    with torch.no_grad(), _Shortcuts():
        model(torch.empty(1, *spec.input_shape, device="meta"))


_PEERS: dict[str, Callable[[nn.Module, torch.Tensor], None]] = {
    "torchinfo": _torchinfo,
    "FlopCounterMode": _flop_counter,
    "fvcore": _fvcore,
    "thop": _thop,
    "ptflops": _ptflops,
}


def _installed(peers: dict[str, Callable[[nn.Module, torch.Tensor], None]]) -> list[str]:
    found = []
    for name, count in peers.items():
        try:
            count(nn.Conv2d(3, 3, 3), torch.zeros(1, 3, 8, 8))
            found.append(name)
        except ImportError:
            continue
    return found


def _milliseconds(work: Callable[[], object]) -> float:
    gc.collect()  # else one pays for what another left behind
    begin = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begin)


def _row(name: str, peers: list[str]) -> dict[str, float]:
    spec = resolve(name)
    times: dict[str, list[float]] = {each: [] for each in (_OURS, *peers, _BOUND)}
    for _ in range(_ROUNDS):
        times[_OURS].append(_milliseconds(lambda: cnnviz.inspect(name)))
        times[_BOUND].append(_milliseconds(lambda: _unrecorded(spec)))
        for peer in peers:
            times[peer].append(_milliseconds(lambda: _PEERS[peer](build(spec), torch.zeros(1, *spec.input_shape))))  # noqa: B023
    return {each: statistics.median(found) for each, found in times.items()}


def main() -> None:
    """Print milliseconds for each network and the median ratio to each peer."""
    warnings.simplefilter("ignore")
    names = [f"torchvision/{name}" for name in sys.argv[1:]] or [
        f"torchvision/{name}" for name in models.list_models(module=models)
    ]
    cnnviz.inspect("lenet")
    peers = _installed(_PEERS)
    print(f"{'milliseconds':<34}" + "".join(f"{each:>17}" for each in (_OURS, *peers, _BOUND)), flush=True)
    rows = []
    for name in names:
        rows.append(_row(name, peers))
        print(f"{name:<34}" + "".join(f"{value:>17.1f}" for value in rows[-1].values()), flush=True)
    for peer in peers:
        ratios = sorted(row[peer] / row[_OURS] for row in rows)
        print(
            f"{peer}: median {statistics.median(ratios):.1f} times slower, least {ratios[0]:.2f}, most {ratios[-1]:.1f}"
        )
    ours, bound = (statistics.median(row[each] for row in rows) for each in (_OURS, _BOUND))
    print(f"{_OURS}: median {ours:.1f} ms, {ours / bound:.2f} times the bound's {bound:.1f} ms")


if __name__ == "__main__":
    main()
