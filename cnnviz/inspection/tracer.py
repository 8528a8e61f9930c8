"""A model and an example input in, a Report out."""

from __future__ import annotations

from collections.abc import Sequence
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

Target = str | ModelSpec | nn.Module


def inspect(
    target: Target,
    input_shape: Sequence[int] | None = None,
    inputs: tuple[Any, ...] | None = None,
    *,
    batch: int = 1,
    options: dict[str, object] | None = None,
) -> Report:
    """Run a network once without computing anything and return what it did.

    Args:
        target: an architecture's name, a resolved spec, or any module; a module is not changed.
        input_shape: (C, H, W), the batch axis left out; default: the architecture's own.
        inputs: example inputs instead, for a module that takes other things than one picture.
        options: of a named architecture.

    Raises:
        CnnvizError: the name, an option or the input shape is refused. A forward pass that fails is no error:
            the report is then partial.
    """
    if isinstance(target, nn.Module):
        return _inspect_module(target, _example(input_shape, inputs, batch), type(target).__name__)
    if isinstance(target, str):
        target = resolve(target, options, None if input_shape is None else tuple(input_shape))
    example = (torch.empty(batch, *target.input_shape, device="meta"),)
    return _on_meta_or_real(
        partial(build_without_weights, partial(build, target)), partial(_seeded, target), example, target.name
    )


def watch(model: nn.Module, inputs: tuple[Any, ...], on_output: OnOutput) -> object:
    """Run ``model`` on real ``inputs`` and call ``on_output(index, output)`` as each call of the report finishes.

    Indices are those of ``inspect``'s report. Copy what you keep: a later layer may write in place. What ``on_output``
    raises ends the run. The model is in eval mode meanwhile.
    """
    with undisturbed(model), Recorder(on_output).watching(model, inputs):
        return model(*inputs)


def _example(input_shape: Sequence[int] | None, inputs: tuple[Any, ...] | None, batch: int) -> tuple[Any, ...]:
    if inputs is not None:
        return inputs
    if input_shape is None:
        raise CnnvizError("The input's shape is not known.", "Give input_shape=(C, H, W), or inputs=(tensor, …).")
    return (torch.zeros(batch, *input_shape),)


def _inspect_module(model: nn.Module, example: tuple[Any, ...], name: str) -> Report:
    return _on_meta_or_real(partial(copy_without_weights, model), lambda: model, example, name)


def _on_meta_or_real(make_meta: Any, make_real: Any, example: tuple[Any, ...], name: str) -> Report:
    """Run on meta; where that cannot be done, run a real, initialised copy."""
    try:
        report = _record(make_meta(), _moved(example, "meta"), name, shortcuts=True)
    except CnnvizError:
        raise
    except Exception:  # what cannot be built or copied on meta may still be built for real
        report = None
    if report is None or (report.error is not None and _needs_numbers(report.error)):
        report = _record(make_real(), _moved(example, "cpu"), name, shortcuts=False)
    return report


def _needs_numbers(failure: Failure) -> bool:
    """True when a run failed for want of data, not for a fault of the network."""
    text = failure.message.lower()
    return any(word in text for word in ("meta", "not implemented", "data-dependent", "fake"))


def _seeded(spec: ModelSpec) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        return build(spec)


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


def _record(model: nn.Module, example: tuple[Any, ...], name: str, shortcuts: bool) -> Report:
    recorder = Recorder(shortcuts=shortcuts)
    failure = None
    with undisturbed(model):
        try:
            with recorder.watching(model, example):
                model(*example)
        except Exception as error:
            failure = explain(error, recorder.drafts)
    return _report(model, example, name, recorder.drafts, failure)


def _report(
    model: nn.Module, example: tuple[Any, ...], name: str, drafts: list[Draft], failure: Failure | None
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
