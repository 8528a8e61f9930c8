"""Watches one forward pass: every module and every function of it, who fed whom, and what each cost.

Each module of this model is called through a stand-in of its own, which gives the tree; a function mode of this thread
sees ``torch.cat``, ``x + y`` and all other functions, and a dispatch mode the operators that they come down to, with
those that no function brings about: TorchScript's. Nothing global is touched, so another thread may train another model
meanwhile.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnnviz.foreign.randomness import is_random
from cnnviz.inspection import macs
from cnnviz.inspection.call import Identity
from cnnviz.inspection.free_operators import is_pointwise
from cnnviz.inspection.tracing.call_settings import function_settings
from cnnviz.inspection.tracing.compiled import graphs_not_demanded
from cnnviz.inspection.tracing.decisions import Decisions
from cnnviz.inspection.tracing.draft import Draft, added
from cnnviz.inspection.tracing.hooks import has_hooks, told_of_hooks
from cnnviz.inspection.tracing.leaving import HANDING_OUT, SHOWING, TELLING, WRITABLE, Leaving, refuse_to_show
from cnnviz.inspection.tracing.operators import Operators
from cnnviz.inspection.tracing.origins import Origins, Sources
from cnnviz.inspection.tracing.shortcuts import shortcut
from cnnviz.inspection.tracing.values import (
    ARRIVING,
    SILENT,
    SILENT_OPERATORS,
    bytes_of,
    function_name,
    is_data_set,
    is_work,
    plain_name,
    shape_of,
    storage_of,
    tensors,
    with_parameters,
)
from cnnviz.inspection.tracing.whereabouts import asks_place

OnOutput = Callable[[Identity, object], None]
OnCall = Callable[[Identity, Callable[..., Any], tuple[Any, ...], Mapping[str, Any]], None]
Paths = Iterable[tuple[str, nn.Module]]
_Computed = tuple[Any, int | None, bool]  # what came out, what it cost, whether it asked for numbers


class Recorder(TorchFunctionMode):
    """``with recorder.watching(modules, inputs): recorder.run(model)``; ``drafts`` then holds the calls in order.

    Args:
        on_output: called with what a call is, and its output, as each call returns.
        on_call: called with what a call is, the module or function, and its arguments, before each call.
        shortcuts: answer for meta tensors without running PyTorch's slow meta kernels.
        generator: what random functions draw from; default: the process's own.
        before: the tensors that were there before the run, see ``Origins``.
    """

    def __init__(
        self,
        on_output: OnOutput | None = None,
        shortcuts: bool = False,
        generator: torch.Generator | None = None,
        before: Sequence[weakref.ref[Tensor]] | None = None,
        on_call: OnCall | None = None,
    ) -> None:
        super().__init__()
        self.drafts: list[Draft] = []
        self.asked_place = False  # where numbers lie
        self.origins = Origins(before)
        self.decisions = Decisions(self.origins)
        self._open: list[Draft] = []  # calls under way
        self._thread = 0  # functions that run in another one are not seen
        self._atom: Draft | None = None  # the layer of torch.nn under way: its functions are no rows
        self._calls_at: dict[tuple[str, bool], int] = {}
        self._unentered: nn.Module | None = None  # the network, called, but not yet by PyTorch's own way
        self._left, self._lock = Leaving(), threading.Lock()
        self._operators = Operators(generator, self._operator, self._operator_returned, self.origins.made_here)
        self._on_output, self._on_call, self._shortcuts = on_output, on_call, shortcuts

    @contextmanager
    def watching(self, modules: Paths, inputs: list[Tensor]) -> Iterator[None]:
        """Record what runs inside, where ``inputs`` are the network's own; nothing is left, whatever was raised."""
        watched, compiled = list(modules), []
        self.origins.held_by([module for _path, module in watched])
        self._operators.unborn([each for _path, module in watched for each in module._parameters.values()])
        for path, module in watched:
            # As a method, so that a copy which the network makes of the module calls the copy.
            vars(module)["_call_impl"] = MethodType(self._stand_in(path), module)
            if "_compiled_call_impl" in vars(module):  # what model.compile() leaves: a way past the stand-in
                compiled.append((module, vars(module).pop("_compiled_call_impl")))
        self.origins.given(inputs)
        self._thread = threading.get_ident()
        try:
            with graphs_not_demanded(), self._operators, self:
                yield
        finally:
            for _path, module in watched:
                vars(module).pop("_call_impl", None)
            for module, call in compiled:
                vars(module)["_compiled_call_impl"] = call
            self._operators.put_back()

    def run(self, model: nn.Module, *args: Any, **kwargs: Any) -> Any:
        """Call the network. Its row is the first, whatever way leads into it."""
        self._unentered = model
        output = self._through("", model, model, args, kwargs)
        if is_work(output):
            self.drafts[0].self_macs, self.drafts[0].status = None, "not counted"
        return output

    def sources(self, output: Any) -> tuple[int, ...]:
        """Return the calls that made the tensors in ``output``."""
        with torch._C.DisableTorchFunction():
            return self.origins.sources(tensors(output)).calls

    def _stand_in(self, path: str) -> Callable[..., Any]:
        def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            run = partial(type(module)._call_impl, module)
            if self._unentered is module:
                self._unentered = None
                return run(*args, **kwargs)
            return self._through(path, module, run, args, kwargs)

        call.__name__ = "_call_impl"  # where a copy that the network pickles looks for its own
        return call

    def _through(self, path: str, module: nn.Module, run: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        with torch._C.DisableTorchFunction():  # our own questions about tensors are not the network's
            arrived = tensors((args, kwargs))
            draft = self._begin(path, macs.kind_of(module), module, arrived, self.origins.sources(arrived))
            self._entered(draft, module, args, kwargs)
        atom, here = macs.is_atom(module), threading.get_ident() == self._thread
        output = self._inside(draft, atom, run, args, kwargs) if here else run(*args, **kwargs)
        with torch._C.DisableTorchFunction():
            made, written = tensors(output), self._written(arrived) if atom and self._operators.written else []
            if not atom:
                self.origins.returned(draft, made)
            if not here:
                draft.self_macs = None
            self._finish(draft, output, arrived, leaf=len(self.drafts) == draft.index + 1)
            if atom:
                self.origins.written_by(written, arrived, made, is_pointwise(draft.kind))
        return output

    def _inside(self, draft: Draft, atom: bool, run: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        outermost = atom and self._atom is None
        if outermost:
            self._atom = draft
        self._open.append(draft)
        try:
            if outermost and has_hooks(draft):
                run = partial(told_of_hooks, draft, run)
            if not (outermost and self._operators.within_function):  # as what ``cond`` is given is
                return run(*args, **kwargs)
            output, cost, _asked = self._operators.watching(run, *args, **kwargs)
            draft.self_macs = added(draft.self_macs, cost)
            return output
        finally:
            self._open.pop()
            if outermost:
                self._atom = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, name = kwargs or {}, function_name(func)
        refuse_to_show(name, args)
        if name in SILENT:
            self.asked_place = self.asked_place or asks_place(func)
            output, _cost, _asked = self._operators.watching(func, *args, **kwargs)
            if name in SHOWING:
                self.decisions.told_of(args[:1], self._open[-1] if self._open else None)
            self._passed_on(*((args[1:], args[0]) if is_data_set(func) else (args, output)))
            return output
        return self._function(func, args, kwargs, partial(self._compute, func, args, kwargs))

    def _operator(self, func: Any, args: Any, kwargs: Any, run: Callable[[], Any]) -> Any:
        """An operator that no function brought about: TorchScript's, or one of C++ code."""
        if plain_name(func.__name__) not in SILENT_OPERATORS:
            return self._function(func, args, kwargs, partial(self._operators.watching, run))
        output, _cost, _asked = self._operators.watching(run)
        if getattr(func, "overloadpacket", func) not in ARRIVING:
            self._passed_on(args, output)
        return output

    def _operator_returned(self, func: Any, args: Any, output: Any) -> None:
        made, arriving = tensors(output), getattr(func, "overloadpacket", func) in ARRIVING
        if is_random(func):
            self.origins.drawn(made)
            return
        (self.origins.unseen if arriving and any(map(self._left.in_tensor, made)) else self.origins.seen)(made)
        if arriving:
            self.origins.contents.saw(made)
        if self._left and plain_name(func.__name__) in SILENT_OPERATORS:
            self.origins.also_unseen(made, args[:1])

    def _function(self, func: Any, args: Any, kwargs: Any, compute: Callable[[], _Computed]) -> Any:
        name, given = function_name(func), tensors((args, kwargs))
        if self._atom is not None:
            output, cost, asked = compute()
            self._atom.self_macs = added(self._atom.self_macs, cost)
            self._operators.written += self.origins.contents.changed(given)
            if asked:
                self.decisions.told_of((args, kwargs), self._atom)
            return output
        sources, around = self.origins.sources(given), self._open[-1] if self._open else None
        path, kind = around.path if around is not None else "", plain_name(name)
        draft = self._begin(f"{path}.{kind}".lstrip("."), kind, None, sources.tensors, sources)
        self._entered(draft, func, args, kwargs)
        by_address = self._left.by_address(name, sources.tensors)
        output, draft.self_macs, asked = compute()
        made, written = tensors(output), self._written(given)
        if by_address or self._left.in_call(name, args, kwargs):
            (around or draft).self_macs = None
        self._left.saw(name, sources.tensors, output)
        if asked or name in TELLING:
            self.decisions.told_of((args, kwargs), around)
        if draft.self_macs == 0 and not (sources.tensors and made):
            # A question such as x.max() > 0, or work on parameters and constants that multiplies nothing: no layer.
            self._calls_at[draft.path, False] -= 1
            self.drafts.pop()
            self.origins.made_of(made, with_parameters((args, kwargs)))
        else:
            draft.settings = function_settings(kind, args, kwargs)
            self._finish(draft, output, sources.tensors, leaf=True)
        self.origins.written_by(written, given, made, is_pointwise(kind))
        if name in HANDING_OUT:
            self.origins.contents.told(given if name in WRITABLE else ())
        return output

    def _written(self, given: Iterable[Tensor]) -> list[Tensor]:
        """Return what was written into by the call that was just watched, which was given these."""
        beside, self._operators.written = self._operators.written, []
        return self.origins.contents.written(given, beside)

    def _compute(self, func: Any, args: Any, kwargs: Any) -> _Computed:
        self.origins.reads((*args, *kwargs.values()))
        mapped = torch._C._functorch.peek_interpreter_stack() is not None  # vmap hides an axis from what it maps
        if self._shortcuts and not mapped and not torch.is_grad_enabled():  # gradients, which no shortcut has
            with torch._C._DisableTorchDispatch():
                output = shortcut(func, args, kwargs)
                if output is not NotImplemented:
                    return output, macs.of_shortcut(func, args, kwargs, output), False
                if func in macs.FREE and type(args[0]) is Tensor and args[0].is_meta:
                    return func(*args, **kwargs), 0, False
        return self._operators.watching(func, *args, **kwargs)

    def _begin(
        self, path: str, kind: str, module: nn.Module | None, arrived: Sequence[Tensor], sources: Sources
    ) -> Draft:
        around = self._open[-1] if self._open else None
        if sources.reads_unseen and around is not None:
            around.self_macs = None  # something ran in it that nobody watched
        with self._lock:
            number = self._calls_at[path, module is not None] = self._calls_at.get((path, module is not None), 0) + 1
            draft = Draft(
                index=len(self.drafts),
                parent=None if around is None else around.index,
                path=path,
                kind=kind,
                module=module,
                call_number=number,
                inputs_from=sources.calls,
                reads_input=sources.reads_input,
                reads_unseen=sources.reads_unseen or sources.reads_written,
                later_outputs=sources.later_outputs,
                input_shapes=tuple(map(shape_of, arrived)),
            )
            self.drafts.append(draft)
        return draft

    def _entered(self, draft: Draft, run: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if self._on_call is not None:
            self._operators.watching(self._on_call, draft.identity, run, args, kwargs)

    def _finish(self, draft: Draft, output: Any, sources: Sequence[Tensor], leaf: bool) -> None:
        outputs = tensors(output)
        draft.output_shapes = tuple(map(shape_of, outputs))
        draft.status = "not counted" if draft.self_macs is None else "complete"
        if leaf:
            memory = {storage_of(each) for each in sources}
            draft.activation_bytes = sum([bytes_of(each) for each in outputs if storage_of(each) not in memory])
            self.origins.made(outputs, draft.index)
        if self._on_output is not None:
            self._operators.watching(self._on_output, draft.identity, output)

    def _passed_on(self, args: tuple[Any, ...], output: Any) -> None:
        """A copy or a view that is no layer stands for the tensor that it was made from."""
        if self._atom is None and isinstance(output, Tensor) and args and isinstance(args[0], Tensor):
            self.origins.passed_on(args[0], output)
