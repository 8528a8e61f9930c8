"""From a name to a report, beside building the model and asking another counter, in the same process and in turn.

    python tests/benchmarks/inspection_speed.py [NAME ...]

Peers that are not installed (fvcore, thop, ptflops) are left out. Default: every classification builder of torchvision.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable

import torch
import torchinfo
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

import cnnviz
from cnnviz.zoo import architectures, find

_ROUNDS = 3
_OURS = "cnnviz"


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
    begin = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begin)


def _row(name: str, peers: list[str]) -> dict[str, float]:
    size = find(name).input_shape
    times: dict[str, list[float]] = {each: [] for each in (_OURS, *peers)}
    for _ in range(_ROUNDS):
        times[_OURS].append(_milliseconds(lambda: cnnviz.inspect(name)))
        for peer in peers:
            build = lambda: models.get_model(name.partition("/")[2], weights=None)  # noqa: E731
            times[peer].append(_milliseconds(lambda: _PEERS[peer](build(), torch.zeros(1, *size))))  # noqa: B023
    return {each: statistics.median(found) for each, found in times.items()}


def main() -> None:
    """Print milliseconds for each network and the median ratio to each peer."""
    warnings.simplefilter("ignore")
    names = [f"torchvision/{name}" for name in sys.argv[1:]] or [
        entry.name for entry in architectures() if entry.group == "torchvision" and "vit_h" not in entry.name
    ]
    cnnviz.inspect("lenet")
    peers = _installed(_PEERS)
    print(f"{'milliseconds':<34}" + "".join(f"{each:>17}" for each in (_OURS, *peers)), flush=True)
    rows = []
    for name in names:
        rows.append(_row(name, peers))
        print(f"{name:<34}" + "".join(f"{value:>17.1f}" for value in rows[-1].values()), flush=True)
    for peer in peers:
        ratios = sorted(row[peer] / row[_OURS] for row in rows)
        print(
            f"{peer}: median {statistics.median(ratios):.1f} times slower, least {ratios[0]:.2f}, most {ratios[-1]:.1f}"
        )
    print(f"{_OURS}: median {statistics.median(row[_OURS] for row in rows):.1f} ms")


if __name__ == "__main__":
    main()
