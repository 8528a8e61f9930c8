"""A model and an example input in, a Report out."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError
from cnnviz.inspection.failure import explain
from cnnviz.inspection.freezing import freeze
from cnnviz.inspection.meta import build_without_weights, copy_without_weights
from cnnviz.inspection.recorder import Draft, OnOutput, Recorder, undisturbed
from cnnviz.inspection.report import Failure, Report, Totals
from cnnviz.zoo import ModelSpec, build, resolve
from cnnviz.zoo.randomness import OwnRandomness

_Make = Callable[[], nn.Module]
_log = logging.getLogger(__name__)
Target = str | ModelSpec | nn.Module


def inspect(
    target: Target,
    input_shape: Sequence[int] | None = None,
    inputs: tuple[Any, ...] | None = None,
    *,
    batch: int = 1,
    options: Mapping[str, object] | None = None,
    train_mode: bool = False,
) -> Report:
    """Run a network once without computing anything and return what it did.

    Args:
        target: an architecture's name, a resolved spec, or any module; a module is not changed.
        input_shape: (C, H, W), the batch axis left out; default: the architecture's own.
        inputs: example inputs instead, for a module that takes other things than one picture.
        options: of a named architecture.
        train_mode: run as in training, with auxiliary heads; default: eval mode.

    Raises:
        CnnvizError: the name, an option or the input shape is refused. A forward pass that fails is no error:
            the report is then partial.
    """
    if isinstance(target, str):
        target = resolve(target, options, None if input_shape is None else tuple(input_shape))
    if isinstance(target, ModelSpec):
        make = partial(build, target)
        example: tuple[Any, ...] = (torch.empty(batch, *target.input_shape, device="meta"),)
        return _run(target.name, partial(build_without_weights, make), partial(_undrawn, make), example, train_mode)
    example = _example(input_shape, batch) if inputs is None else inputs
    copies = partial(copy_without_weights, target), partial(copy.deepcopy, target)
    return _run(type(target).__name__, *copies, example, train_mode)


def watch(model: nn.Module, inputs: tuple[Any, ...], on_output: OnOutput) -> object:
    """Run ``model`` on real ``inputs`` and call ``on_output(index, output)`` as each call of the report finishes.

    Indices are those of ``inspect``'s report. Copy what you keep: a later layer may write in place. What ``on_output``
    raises ends the run. The model is in eval mode meanwhile.
    """
    with undisturbed(model), Recorder(on_output).watching(model, inputs):
        return model(*inputs)


def _run(name: str, make_meta: _Make, make_real: _Make, example: tuple[Any, ...], train_mode: bool) -> Report:
    """Run on meta; where that cannot be done, run a real, initialised copy."""
    try:
        report = _record(name, make_meta(), _moved(example, "meta"), train_mode, shortcuts=True)
        if report.error is None or not _needs_numbers(report.error):
            return report
    except CnnvizError:
        raise
    except Exception as error:  # what cannot be built or copied on meta may still be built for real
        _log.info("%s cannot be built on meta: %s", name, error)
    return _record(name, make_real(), _moved(example, "cpu"), train_mode, shortcuts=False)


def _needs_numbers(failure: Failure) -> bool:
    """True when a run failed for want of data, not for a fault of the network."""
    text = failure.message.lower()
    return any(word in text for word in ("meta", "not implemented", "data-dependent", "fake"))


def _undrawn(make: _Make) -> nn.Module:
    with OwnRandomness(seed=0):
        return make()


def _example(input_shape: Sequence[int] | None, batch: int) -> tuple[Any, ...]:
    if input_shape is None:
        raise CnnvizError("The input's shape is not known.", "Give input_shape=(C, H, W), or inputs=(tensor, …).")
    return (torch.zeros(batch, *input_shape),)


def _moved(value: Any, device: str) -> Any:
    if isinstance(value, Tensor):
        if value.is_meta and device != "meta":
            return torch.zeros(value.shape, dtype=value.dtype, device=device)
        return value.to(device)
    if isinstance(value, tuple | list):
        return type(value)(_moved(each, device) for each in value)
    if isinstance(value, dict):
        return {key: _moved(each, device) for key, each in value.items()}
    return value


def _record(name: str, model: nn.Module, example: tuple[Any, ...], train_mode: bool, shortcuts: bool) -> Report:
    recorder = Recorder(shortcuts=shortcuts)
    failure = None
    with undisturbed(model, train_mode):
        try:
            with recorder.watching(model, example):
                model(*example)
        except Exception as error:
            failure = explain(error, recorder.drafts)
    return _report(name, model, example, recorder.drafts, failure)


def _report(
    name: str, model: nn.Module, example: tuple[Any, ...], drafts: list[Draft], failure: Failure | None
) -> Report:
    calls = freeze(drafts)
    parameters = list(model.parameters())
    totals = Totals(
        params=sum(each.numel() for each in parameters),
        trainable_params=sum(each.numel() for each in parameters if each.requires_grad),
        buffers=sum(each.numel() for each in model.buffers()),
        macs=calls[0].macs if calls and failure is None else None,
        activation_bytes=sum(call.activation_bytes for call in calls),
    )
    shapes = tuple(tuple(each.shape) for each in example if isinstance(each, Tensor))
    return Report(name, shapes, calls, totals, failure)
