"""A model and an example input in, a Report out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError
from cnnviz.inspection.failure import explain, text_of
from cnnviz.inspection.fitting import likely_inputs
from cnnviz.inspection.freezing import freeze
from cnnviz.inspection.meta import build_without_weights, copy_with_weights, copy_without_weights
from cnnviz.inspection.recorder import Draft, OnOutput, Recorder, tensors, undisturbed
from cnnviz.inspection.report import Failure, Report, Shape, Totals
from cnnviz.inspection.unused import never_ran
from cnnviz.zoo import ModelSpec, build, find, resolve
from cnnviz.zoo.foreign import foreign_code
from cnnviz.zoo.nouns import ConstructionError
from cnnviz.zoo.randomness import seeded

_T = TypeVar("_T", bound=Tensor)
_Make = Callable[[], nn.Module]
_Example = Callable[[nn.Module], tuple[Any, ...]]
_LARGEST_BATCH = 1_000_000_000
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
        target: an architecture's name, a file's ("net.py:Net", "net.pt2"), a resolved spec, or any module, which is
            not changed.
        input_shape: (C, H, W), the batch axis left out; default: the architecture's own. A file that does not say
            ``input_shape = (C, H, W)`` gets the first likely one that works.
        inputs: example inputs instead, for a module that takes other things than one picture.
        batch: pictures at once, at least 1.
        options: of a named architecture.
        train_mode: run as in training, with auxiliary heads; default: eval mode.

    Raises:
        CnnvizError: the name, an option, the input shape or the batch is refused, or the network cannot be built. A
            forward pass that fails is no error: the report is then partial.
    """
    if not 1 <= batch <= _LARGEST_BATCH:
        raise CnnvizError(f"The batch cannot be {batch}.", f"Choose between 1 and {_LARGEST_BATCH:,}.")
    if isinstance(target, str):
        target = resolve(target, options, None if input_shape is None else tuple(input_shape))
        target = fitted(target) if input_shape is None else target
    if isinstance(target, ModelSpec):
        make = partial(build, target)
        makers = partial(build_without_weights, make), partial(_undrawn, make)
        return _run(target.name, *makers, partial(_batch_for, target.input_shape, batch), train_mode)
    _refuse_script(target)
    example = _example(target, input_shape, batch) if inputs is None else inputs
    copies = partial(copy_without_weights, target), partial(copy_with_weights, target)
    return _run(type(target).__name__, *copies, lambda _model: example, train_mode)


def fitted(spec: ModelSpec) -> ModelSpec:
    """Return ``spec`` with an input that its network takes, where that was only guessed; else as it is.

    A network of the user's that works with none of the likely inputs keeps the guess: its report says what is wrong.

    Raises:
        CnnvizError: the network's file fails.
    """
    if not find(spec.name).input_is_guess:
        return spec
    make = partial(build_without_weights, partial(build, spec))
    try:
        for shape in likely_inputs(make(), spec.input_shape):
            model = make()  # anew: lazy layers take the size of the first input they see
            failure = _record(spec.name, model, _batch_for(shape, 1, model), False, shortcuts=True).error
            if failure is None or _needs_numbers(failure):
                return replace(spec, input_shape=shape)
    except CnnvizError as error:
        if not isinstance(error, ConstructionError):
            raise
    except Exception as error:  # as in _run: inspecting it for real says what is wrong
        _log.info("%s cannot be built on meta, so no input was tried: %s", spec.name, error)
    return spec


def watch(model: nn.Module, inputs: tuple[Any, ...], on_output: OnOutput) -> object:
    """Run ``model`` on real ``inputs`` and call ``on_output(index, output)`` as each call of the report finishes.

    Indices are those of ``inspect``'s report. Copy what you keep: a later layer may write in place. What ``on_output``
    raises ends the run. The model is in eval mode meanwhile.
    """
    with foreign_code(), undisturbed(model), Recorder(on_output).watching(model.named_modules(), inputs):
        return model(*inputs)


def _run(name: str, make_meta: _Make, make_real: _Make, example: _Example, train_mode: bool) -> Report:
    """Run on meta; where that cannot be done, run a real, initialised copy."""
    try:
        model = make_meta()
        report = _record(name, model, _moved(example(model), "meta"), train_mode, shortcuts=True)
        if report.error is None or not _needs_numbers(report.error):
            return report
    except ConstructionError as error:
        _log.info("%s cannot be built on meta: %s", name, error)
    except CnnvizError:
        raise
    except Exception as error:  # what cannot be built or copied on meta may still be built for real
        _log.info("%s cannot be built on meta: %s", name, error)
    try:
        model = make_real()
    except CnnvizError:
        raise
    except Exception as error:
        message = f"{name} cannot be built: {text_of(error)}"
        raise CnnvizError(message, "Choose another input size or option.") from error
    return _record(name, model, _moved(example(model), "cpu"), train_mode, shortcuts=False)


def _batch_for(shape: Sequence[int], batch: int, model: nn.Module) -> tuple[torch.Tensor, ...]:
    return (torch.empty(batch, *shape, dtype=_input_dtype(model), device="meta"),)


def _needs_numbers(failure: Failure) -> bool:
    """True when a run failed for want of data, not for a fault of the network."""
    text = failure.message.lower()
    return any(word in text for word in ("meta", "not implemented", "data-dependent", "fake"))


def _undrawn(make: _Make) -> nn.Module:
    with seeded(0):
        return make()


def _refuse_script(model: nn.Module) -> None:
    script = next((path for path, each in model.named_modules() if isinstance(each, torch.jit.ScriptModule)), None)
    if script is not None:
        message = f"{script or 'The network'} is compiled to TorchScript, which cannot be looked into."
        raise CnnvizError(message, "Give the module as it was before torch.jit.script or torch.jit.trace.")


def _example(model: nn.Module, input_shape: Sequence[int] | None, batch: int) -> tuple[Any, ...]:
    if input_shape is None:
        raise CnnvizError("The input's shape is not known.", "Give input_shape=(C, H, W), or inputs=(tensor, …).")
    if min(input_shape, default=1) < 1:
        raise CnnvizError(f"{tuple(input_shape)} is no input shape.", "Give sizes of 1 or more, such as (3, 224, 224).")
    return (torch.zeros(batch, *input_shape, dtype=_input_dtype(model), device="meta"),)


def _input_dtype(model: nn.Module) -> torch.dtype:
    """Return what the first layer with parameters reads: whole numbers before an embedding, else its own type."""
    for module in model.modules():
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            return torch.int64
        for parameter in module.parameters(recurse=False):
            return parameter.dtype if parameter.is_floating_point() or parameter.is_complex() else torch.float32
    return torch.float32


def _moved(value: Any, device: str) -> Any:
    if isinstance(value, Tensor):
        if value.is_meta and device != "meta":
            return torch.zeros(value.shape, dtype=value.dtype, device=device)
        return value.to(device)
    if isinstance(value, tuple | list):
        moved = [_moved(each, device) for each in value]
        return type(value)(*moved) if hasattr(value, "_fields") else type(value)(moved)
    if isinstance(value, dict):
        return {key: _moved(each, device) for key, each in value.items()}
    return value


def _record(name: str, model: nn.Module, example: tuple[Any, ...], train_mode: bool, shortcuts: bool) -> Report:
    """Run ``model``, which is ours: a copy, or built for this."""
    recorder = Recorder(shortcuts=shortcuts, generator=torch.Generator().manual_seed(0))
    failure: Failure | None = None
    outputs_from: tuple[int, ...] = ()
    try:
        with foreign_code(), torch.no_grad(), recorder.watching(model.train(train_mode).named_modules(), example):
            outputs_from = recorder.sources(model(*example))
    except KeyboardInterrupt:  # the user's; a network's own is a QuitError by now
        raise
    except BaseException as error:  # GeneratorExit too: the network's, not ours
        failure = explain(error, recorder.drafts)
    shapes = tuple(tuple(each.shape) for each in tensors(example))
    return _report(name, model, shapes, recorder.drafts, failure, outputs_from)


def _report(
    name: str,
    model: nn.Module,
    shapes: tuple[Shape, ...],
    drafts: list[Draft],
    failure: Failure | None,
    outputs_from: tuple[int, ...],
) -> Report:
    modules = list(model.modules())
    parameters = _distinct(module._parameters for module in modules)
    calls = freeze(drafts, parameters)
    totals = Totals(
        params=sum([each.numel() for each in parameters]),
        trainable_params=sum([each.numel() for each in parameters if each.requires_grad]),
        buffers=sum([each.numel() for each in _distinct(module._buffers for module in modules)]),
        macs=calls[0].macs if calls and failure is None else None,
        activation_bytes=sum([call.activation_bytes for call in calls]),
    )
    return Report(name, shapes, calls, totals, failure, never_ran(modules, drafts), outputs_from)


def _distinct(held: Iterable[Mapping[str, _T | None]]) -> list[_T]:
    """Return the tensors that modules hold, each once."""
    return list({id(tensor): tensor for each in held for tensor in each.values() if tensor is not None}.values())
