"""A model and an example input in, a Report out."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.inspection.examples import Example, example_for
from cnnviz.inspection.report import Report
from cnnviz.inspection.saved_report import saved_report
from cnnviz.inspection.tracing.failure import text_of
from cnnviz.inspection.tracing.meta import build_without_weights, copy_with_weights, copy_without_weights
from cnnviz.inspection.tracing.modules import named_modules, registered
from cnnviz.inspection.tracing.one_run import Run, recorded
from cnnviz.inspection.working_inputs import needs_numbers, undrawn, working_kinds, working_spec
from cnnviz.machine import free_bytes
from cnnviz.zoo import ModelSpec, build, resolve
from cnnviz.zoo.inputs import Given, Said, inputs_of, said
from cnnviz.zoo.specs import ConstructionError

_Make = Callable[[], nn.Module]
_ExampleFor = Callable[[nn.Module], Example]
_LARGEST_BATCH = 1_000_000_000
_FLOAT_BYTES = 4
_log = logging.getLogger(__name__)
Target = str | ModelSpec | nn.Module


def inspect(
    target: Target,
    input_shape: Said | None = None,
    inputs: tuple[Any, ...] | Mapping[str, Any] | None = None,
    *,
    batch: int = 1,
    options: Mapping[str, object] | None = None,
    train_mode: bool = False,
) -> Report:
    """Run a network once without computing anything and return what it did.

    Args:
        target: an architecture's name, a file's ("net.py:Net", "net.pt2"), a resolved spec, or any module, which is
            not changed.
        input_shape: (C, H, W), the batch axis left out, or a tuple of such shapes, one for each input; default: the
            architecture's own. A file that does not say ``input_shape = (C, H, W)`` gets the first likely one that
            works. Inputs of which no shape is given are like the last. ``(12, "int64")`` says the kind of number too,
            which is found by trying otherwise; ``()`` is one number for each of the batch.
        inputs: example inputs instead, by position or by name, for a module that takes other things than tensors.
        batch: pictures at once, at least 1.
        options: of a named architecture.
        train_mode: run as in training, with auxiliary heads; default: eval mode.

    Raises:
        CnnvizError: the name, an option, the input shape or the batch is refused, or the network cannot be built. A
            forward pass that fails is no error: the report is then partial.
    """
    if not 1 <= batch <= _LARGEST_BATCH:
        raise CnnvizError(f"The batch cannot be {batch}.", f"Choose between 1 and {_LARGEST_BATCH:,}.")
    given = None if input_shape is None else said(inputs_of(input_shape))
    if isinstance(target, str):
        target = with_working_input(resolve(target, options, *(given or ())), shape_is_said=given is not None)
    if isinstance(target, ModelSpec):
        return _of_spec(target, batch, train_mode)
    _refuse_other(target)
    if inputs is not None:
        example = Example((), inputs) if isinstance(inputs, Mapping) else Example(inputs)
        return _of_module(target, lambda _model: example, train_mode)
    return _of_shapes(target, given, batch, train_mode)


def _of_spec(spec: ModelSpec, batch: int, train_mode: bool, trying: bool = False) -> Report:
    if (saved := saved_report(spec, batch, train_mode)) is not None:
        return saved
    make = partial(build, spec)
    makers = partial(build_without_weights, make), partial(undrawn, make)
    example = partial(example_for, shapes=spec.inputs, batch=batch, dtypes=spec.dtypes)
    return _run(spec.name, *makers, example, train_mode, trying)


def _of_shapes(model: nn.Module, given: Given | None, batch: int, train_mode: bool) -> Report:
    """Inspect a module on inputs of these shapes, whose kinds of number are found by trying where nobody says them."""
    if given is None:
        raise CnnvizError("The input's shape is not known.", "Give input_shape=(C, H, W), or inputs=(tensor, …).")
    first, further, dtypes = given

    def run(kinds: tuple[str, ...], trying: bool = True) -> Report:
        example = partial(example_for, shapes=(first, *further), batch=batch, dtypes=kinds)
        return _of_module(model, example, train_mode, trying)

    report = run(dtypes, trying=False)
    found = None if report.error is None else working_kinds(model, dtypes, report, run)
    return report if found is None else run(found, trying=False)


def _of_module(model: nn.Module, example: _ExampleFor, train_mode: bool, trying: bool = False) -> Report:
    copies = partial(copy_without_weights, model), partial(copy_with_weights, model)
    return _run(type(model).__name__, *copies, example, train_mode, trying)


def with_working_input(spec: ModelSpec, shape_is_said: bool = False) -> ModelSpec:
    """Return ``spec`` with inputs that its network takes, where these were only guessed; else as it is.

    A network of the user's that works with none of the likely inputs keeps the guess: its report says what is wrong.

    Args:
        spec: the network.
        shape_is_said: only the kinds of number are looked for; default: the shape too, where its file does not say it.

    Raises:
        CnnvizError: the network's file fails.
    """
    return working_spec(spec, shape_is_said, partial(_of_spec, batch=1, train_mode=False, trying=True))


def _run(name: str, make_meta: _Make, make_real: _Make, example: _ExampleFor, train_mode: bool, trying: bool) -> Report:
    """Run on meta; run a real, initialised copy where numbers may matter: only a failure that it shares is the user's.

    ``trying``: another example would do as well, so run for real only what cannot be told without numbers.
    """
    try:
        run, arriving = _on_meta(name, make_meta, example, train_mode)
        if run.failure is None and not (run.is_real or _has_room(run.report)):
            return replace(run.report, decided_by_data=(0,))  # it may do otherwise, and nobody can see it here
        if run.is_real or (trying and run.failure is not None and not needs_numbers(run.failure)):
            return _doubted(run.report, arriving)
    except ConstructionError as error:
        _log.info("%s cannot be built on meta: %s", name, error)
    except CnnvizError:
        raise
    except Exception as error:  # what cannot be built or copied on meta may still be built for real
        _log.info("%s cannot be built on meta: %s", name, error)
    report = _run_for_real(name, make_real, example, train_mode, drawn=True)
    if report.error is None:
        return report
    other = _run_for_real(name, make_real, example, train_mode, drawn=False)  # zeros are an index of everything
    return report if other.error is not None else other


def _has_room(report: Report) -> bool:
    """True where memory holds the weights and what the layers return."""
    totals, free = report.totals, free_bytes()
    return free is None or _FLOAT_BYTES * (totals.params + totals.buffers) + totals.activation_bytes < free


def _on_meta(name: str, make: _Make, example_for: _ExampleFor, train_mode: bool) -> tuple[Run, Example]:
    """Run without numbers: again where tensors are met of which has to be known whether they were there before."""
    model = make()
    example = example_for(model).on("meta")
    run = recorded(name, model, make, example, train_mode, on_meta=True, recall=False)
    return (recorded(name, make(), make, example, train_mode, on_meta=True) if run.doubtful else run), example


def _run_for_real(name: str, make_real: _Make, example: _ExampleFor, train_mode: bool, drawn: bool) -> Report:
    try:
        model = make_real()
        _refuse_endless(model)
    except CnnvizError:
        raise
    except Exception as error:
        message = f"{name} cannot be built: {text_of(error)}"
        raise CnnvizError(message, "Choose another input size or option.") from error
    arriving = _in_memory(example(model), _place_of(model), drawn)
    return _doubted(recorded(name, model, make_real, arriving, train_mode, on_meta=False).report, arriving)


def _place_of(model: nn.Module) -> str:
    """Return the device that its first weight is on."""
    return next(
        (str(each.device) for module in model.modules() for each in module._parameters.values() if each is not None),
        "cpu",
    )


def _in_memory(example: Example, device: str, drawn: bool) -> Example:
    try:
        return example.on(device, drawn)
    except RuntimeError as error:
        message = "This network has to be run for real, and there is no memory for its input."
        raise CnnvizError(message, "Choose a smaller batch or input.") from error


def _doubted(report: Report, example: Example) -> Report:
    """Say of a failed run with too many or too few inputs so, before the remedy that the failing layer suggests."""
    if report.error is None:
        return report
    hint = report.error.hint or (_SAY_THE_KIND if _ABOUT_KINDS.search(report.error.message) else "")
    return replace(report, error=replace(report.error, hint=f"{example.doubt} {hint}".strip()))


_ABOUT_KINDS = re.compile(r"dtype|scalar type|indices|[ie]nteger|(Float|Long|Int|Byte|Bool|Complex)(Tensor|\b)")
_SAY_THE_KIND = "No kind of number that was tried works as its input: say it behind the shape, such as 12:int64."


def _refuse_other(target: object) -> None:
    if not isinstance(target, nn.Module):
        name = getattr(target, "__name__", type(target).__name__)
        hint = f"Call it: {name}()." if isinstance(target, type) else "Give a torch.nn.Module, or a name: resnet18."
        raise CnnvizError(f"{name} is no network.", hint)
    _refuse_endless(target)


def _refuse_endless(model: nn.Module) -> None:
    try:
        named_modules(model), registered(model)
    except Exception as error:  # RecursionError, or what a class makes of modules()
        message = f"The modules of {type(model).__name__} cannot be listed: {text_of(error)}."
        raise CnnvizError(message, "PyTorch must be able to go through model.modules().") from error
