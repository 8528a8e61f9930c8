"""One forward pass, watched: on a model of ours for a report, or on a real picture for its feature maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from cnnviz.foreign.blame import is_ours
from cnnviz.foreign.guard import foreign_code
from cnnviz.foreign.process_state import process_state_kept
from cnnviz.foreign.randomness import drawn_apart
from cnnviz.inspection.call import Shape
from cnnviz.inspection.examples import Example
from cnnviz.inspection.report import Failure, Part, Report, Totals
from cnnviz.inspection.tracing.draft import Draft, swallowed_failure
from cnnviz.inspection.tracing.failure import explain
from cnnviz.inspection.tracing.freezing import freeze
from cnnviz.inspection.tracing.gradients import gradients, wants_gradients
from cnnviz.inspection.tracing.modules import (
    Loose,
    Named,
    buffers_of,
    modules_and_loose,
    named_modules,
    parameters_of,
    set_flag,
    set_mode,
    unregistered,
    unsized,
)
from cnnviz.inspection.tracing.origins import tensors_there
from cnnviz.inspection.tracing.recorder import OnCall, OnOutput, Recorder
from cnnviz.inspection.tracing.strangers import strangers
from cnnviz.inspection.tracing.values import elements, tensors
from cnnviz.inspection.unused import never_ran, part


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a forward pass."""

    report: Report
    doubtful: bool  # tensors were met of which nobody knows whether they were there before
    is_real: bool  # a run on real numbers would have done the same

    @property
    def failure(self) -> Failure | None:
        """Why it stopped."""
        return self.report.error


def recorded(
    name: str,
    model: nn.Module,
    make: Callable[[], nn.Module],
    example: Example,
    train_mode: bool,
    on_meta: bool,
    recall: bool = True,
) -> Run:
    """Run ``model``, see ``record``; recording gradients, what ``make`` makes, where it differentiates in its run."""
    run = record(name, model, example, train_mode, on_meta, recall)
    if run.failure is None or not wants_gradients(run.failure.message):
        return run
    return record(name, make(), example, train_mode, on_meta, recall, differentiate=True)


def record(
    name: str,
    model: nn.Module,
    example: Example,
    train_mode: bool,
    on_meta: bool,
    recall: bool = True,
    differentiate: bool = False,
) -> Run:
    """Run ``model``, which is ours: a copy, or built for this.

    Args:
        name: of the report.
        model: on the example's device.
        example: what it is called with.
        train_mode: run as in training.
        on_meta: nothing is computed, and PyTorch's slow meta kernels are answered for.
        recall: note first which tensors there are, to know those that nobody sees being made.
        differentiate: record gradients.
    """
    before = tensors_there(model, example.args, example.kwargs) if recall else None
    recorder = Recorder(shortcuts=on_meta, generator=torch.Generator().manual_seed(0), before=before)
    code, chance, failure, proven = foreign_code(), drawn_apart(), None, True
    outputs_from: tuple[int, ...] = ()
    arriving = tensors((example.args, example.kwargs))
    try:
        set_mode(model, train_mode)
        watching = recorder.watching(named_modules(model), arriving)
        with process_state_kept(), chance, code, gradients(model, differentiate), watching:
            outputs_from = recorder.sources(recorder.run(model, *example.args, **example.kwargs))
    except KeyboardInterrupt:  # the user's; a network's own is a QuitError by now
        raise
    except BaseException as error:  # GeneratorExit too: the network's, not ours
        if is_ours(error):
            raise
        failure, proven = explain(error, recorder.drafts)
    proven = proven and not (code.threads_failed or recorder.asked_place or swallowed_failure(recorder.drafts))
    shapes = tuple(tuple(each.shape) for each in arriving)
    report = _report(name, model, shapes, recorder, failure, outputs_from, chance.was_drawn_from)
    return Run(report, recorder.origins.doubtful, is_real=proven)


def watch(
    model: nn.Module,
    example: Example,
    on_output: OnOutput,
    on_call: OnCall | None = None,
    differentiate: bool = False,
) -> object:
    """Run ``model`` on a real ``example`` and call ``on_output(identity, output)`` as each call finishes.

    What a call is, is what ``inspect``'s report says of it; numbers may let another run make other calls. A network
    that differentiates in its run runs twice. Copy what you keep: a later layer may write in place. What ``on_output``
    raises ends the run. The model is in eval mode meanwhile, and has the values afterwards that it had before.

    Args:
        model: the user's may be given.
        example: on the model's device.
        on_output: of each call that finishes.
        on_call: called with what a call is, the module or function and its arguments, before each call.
        differentiate: record gradients; of what needs them.
    """
    try:
        return _watched(model, example, on_output, on_call, differentiate)
    except RuntimeError as error:
        if differentiate or not wants_gradients(str(error)):
            raise
    return _watched(model, example, on_output, on_call, differentiate=True)


def _watched(
    model: nn.Module, example: Example, on_output: OnOutput, on_call: OnCall | None, differentiate: bool
) -> object:
    arriving = tensors((example.args, example.kwargs))
    recorder = Recorder(on_output, generator=torch.Generator().manual_seed(0), on_call=on_call)
    watching = recorder.watching(named_modules(model), arriving)
    recording = gradients(model, differentiate)
    with process_state_kept(), drawn_apart(), foreign_code(), in_eval_mode(model), recording, watching:
        return recorder.run(model, *example.args, **example.kwargs)


@contextmanager
def in_eval_mode(model: nn.Module) -> Iterator[None]:
    """Inside, ``model`` is in eval mode; each module's own flag comes back."""
    flags = [(module, module.training) for _path, module in named_modules(model)]
    try:
        set_mode(model, False)
        yield
    finally:
        for module, flag in flags:
            set_flag(module, flag)


def _report(
    name: str,
    model: nn.Module,
    shapes: tuple[Shape, ...],
    recorder: Recorder,
    failure: Failure | None,
    outputs_from: tuple[int, ...],
    by_chance: bool,
) -> Report:
    named, loose = modules_and_loose(model)
    idle = never_ran([module for _path, module in named], recorder.drafts)
    calls, held_elsewhere = freeze(recorder.drafts, named, loose)
    may_choose = by_chance or recorder.decisions.asked_constant or recorder.asked_place
    return Report(
        name,
        shapes,
        calls,
        _totals(model, recorder.drafts, calls[0].macs if calls and failure is None else None),
        failure,
        never_ran=idle,
        unregistered=tuple(_hidden(named, loose, recorder.origins.strangers)),
        outputs_from=outputs_from,
        unsized=tuple(unsized(named)),
        held_elsewhere=held_elsewhere,
        decided_by_data=tuple(sorted({*recorder.decisions.by_numbers, *([0] if idle and may_choose else [])})),
    )


def _hidden(modules: Named, parameters: Loose, read: Mapping[int, nn.Parameter]) -> list[Part]:
    """Return the modules, then the parameters, that PyTorch does not know of, and what was read from outside."""
    known = {id(each) for _path, each in parameters}
    return [
        *(part(path, module) for path, module in unregistered(modules)),
        *(Part(path, "Parameter", elements(each)) for path, each in parameters),
        *strangers(modules[0][1], [each for key, each in read.items() if key not in known]),
    ]


def _totals(model: nn.Module, drafts: Sequence[Draft], macs: int | None) -> Totals:
    """PyTorch's own methods say what a model holds; the user may have others of the same names."""
    parameters = parameters_of(model)
    return Totals(
        params=sum([elements(each) for each in parameters]),
        trainable_params=sum([elements(each) for each in parameters if each.requires_grad]),
        buffers=sum([elements(each) for each in buffers_of(model)]),
        macs=macs,
        activation_bytes=sum([draft.activation_bytes for draft in drafts]),
    )
