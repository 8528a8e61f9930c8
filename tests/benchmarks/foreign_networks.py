"""Networks that nobody here wrote: the smallest of each of timm's families, beside an independent count.

    python tests/benchmarks/foreign_networks.py [--all] [NAME ...]

Needs timm. Parameters are compared with the sum over ``model.parameters()``, MACs with half of what PyTorch's
``FlopCounterMode`` counts, run by itself on meta, or for real where a network refuses meta. ``--all`` takes every
architecture of timm instead, built on meta where that can be done, which needs half an hour.
"""

from __future__ import annotations

import copy
import sys
import time
import warnings
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

import timm
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import cnnviz


@dataclass(frozen=True, slots=True)
class Result:
    """One network, counted twice."""

    verdict: str  # "equal", "differs", "partial", "not counted", "fails"
    reason: str
    params: int
    macs: int | None  # ours
    counted: int | None  # by FlopCounterMode; None: it cannot run the network
    seconds: float  # ours


def smallest_of_each_family() -> list[str]:
    """Return for each of timm's modules the network with the fewest parameters. Builds all of them on meta."""
    return [min(timm.list_models(module=module), key=_size) for module in timm.list_modules() if _has_models(module)]


def _has_models(module: str) -> bool:
    return bool(timm.list_models(module=module))


def _size(name: str) -> int:
    try:
        with torch.device("meta"):
            return sum(each.numel() for each in timm.create_model(name).parameters())
    except Exception:  # some constructors compute: they are not the smallest for that
        return sys.maxsize


def independent_macs(model: nn.Module, shape: tuple[int, ...]) -> int | None:
    """Return half of FlopCounterMode's FLOPs. Gradients stay on: without them attention is one function, uncounted."""
    for device in ("meta", "cpu"):
        try:
            other = copy.deepcopy(model).to(device).eval()
            with FlopCounterMode(display=False) as counter:
                other(torch.zeros(1, *shape, device=device))
            return int(counter.get_total_flops()) // 2
        except Exception:  # whatever a network raises
            continue
    return None


def build(name: str, on_meta: bool) -> nn.Module:
    """Return a network of timm, without memory for its weights where it is wanted and can be done."""
    if on_meta:
        with suppress(Exception), torch.device("meta"):  # constructors that compute raise all sorts of errors
            return timm.create_model(name)
    return timm.create_model(name)


def result_of(name: str, on_meta: bool = False) -> Result:
    """Build a network, inspect it, and count it again."""
    model = build(name, on_meta)
    shape = tuple(model.pretrained_cfg.get("input_size") or (3, 224, 224))
    params = sum(each.numel() for each in model.parameters())
    counted = independent_macs(model, shape)
    begin = time.perf_counter()
    try:
        report = cnnviz.inspect(model, input_shape=shape)
    except Exception as error:  # this is what is looked for
        return Result("fails", repr(error)[:200], params, None, counted, time.perf_counter() - begin)
    seconds, macs = time.perf_counter() - begin, report.totals.macs
    if report.error is not None:
        return Result("partial", f"{report.error.message} {report.error.source}"[:200], params, macs, counted, seconds)
    if macs is None:
        unknown = [call.path for call in report.calls if call.self_macs is None]
        return Result("not counted", ", ".join(unknown)[:200], params, macs, counted, seconds)
    equal = report.totals.params == params and macs == counted
    reason = "" if equal else f"parameters {report.totals.params:,} and {params:,}, MACs {macs:,} and {counted}"
    return Result("equal" if equal else "differs", reason, params, macs, counted, seconds)


def main() -> None:
    """Print a line for each network, those that are not equal once more with the reason, and how many there are."""
    warnings.simplefilter("ignore")
    every = "--all" in sys.argv
    names = [each for each in sys.argv[1:] if each != "--all"]
    names = names or (timm.list_models() if every else smallest_of_each_family())
    print(f"{'network':<42}{'parameters':>14}{'MACs':>18}{'FlopCounterMode/2':>20}{'seconds':>9}  verdict", flush=True)
    results = {}
    for name in names:
        result = results[name] = result_of(name, on_meta=every)
        macs, counted = (f"{each:,}" if each is not None else "–" for each in (result.macs, result.counted))
        line = f"{name:<42}{result.params:>14,}{macs:>18}{counted:>20}{result.seconds:>9.2f}  {result.verdict}"
        print(line, flush=True)
    print()
    for name, result in results.items():
        if result.verdict != "equal":
            print(f"{name}: {result.verdict}: {result.reason}")
    verdicts = Counter(result.verdict for result in results.values())
    complete = len(results) - verdicts["partial"] - verdicts["fails"]
    print(f"{len(results)} networks: {complete} complete, " + ", ".join(f"{n} {what}" for what, n in verdicts.items()))


if __name__ == "__main__":
    main()
