"""Watches one forward pass: every module and every function of it, who fed whom, and what each cost.

Each module of this model is called through a stand-in of its own, which gives the tree; a function mode of this thread
sees ``torch.cat``, ``x + y`` and all other functions. Nothing global is touched, so another thread may train another
model meanwhile.
"""

from __future__ import annotations

import dataclasses
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnnviz.inspection import macs
from cnnviz.inspection.call import CallStatus, SettingValue, Shape
from cnnviz.inspection.tracing.call_settings import function_settings
from cnnviz.inspection.tracing.shortcuts import shortcut

OnOutput = Callable[[int, object], None]
Paths = Iterable[tuple[str, nn.Module]]
_FROM_INPUT = -1  # the producer of the network's own inputs

# Functions that read facts about a tensor or only move it; they are no layers of the picture.
_SILENT = frozenset(
    {
        "__get__", "__set__", "__len__", "__repr__", "size", "dim", "numel", "stride", "data_ptr", "is_contiguous",
        "is_floating_point", "to", "type", "type_as", "float", "half", "contiguous", "detach", "clone",
        "requires_grad_",
    }
)  # fmt: skip
_NO_TENSORS = frozenset({nn.Parameter, int, float, bool, str, type(None), torch.dtype, torch.device, torch.Size})
_SEQUENCES = (tuple, list)
_OPERATOR_NAMES = ("add", "sub", "mul", "div", "truediv", "matmul", "pow", "floordiv", "mod")


@dataclass(slots=True)
class Draft:
    """A call while it is being watched; the report freezes it."""

    index: int
    parent: int | None
    path: str
    kind: str
    module: nn.Module | None
    call_number: int
    inputs_from: tuple[int, ...]
    reads_input: bool
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...] = ()
    self_macs: int | None = 0
    activation_bytes: int = 0
    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    status: CallStatus = "failed"  # until it returns


class Recorder(TorchFunctionMode):
    """``with recorder.watching(modules, inputs):`` run the model once; ``drafts`` then holds the calls in order.

    Args:
        on_output: called with the index and the output of each call that has returned.
        shortcuts: answer for meta tensors without running PyTorch's slow meta kernels.
        generator: what random functions draw from; default: the process's own.
    """

    def __init__(
        self, on_output: OnOutput | None = None, shortcuts: bool = False, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.drafts: list[Draft] = []
        self._open: list[Draft] = []  # calls under way
        self._thread = 0  # functions that run in another one are not seen
        self._atom: Draft | None = None  # the layer of torch.nn under way: its functions are no rows
        self._calls_at: dict[str, int] = {}
        self._producers: dict[int, tuple[weakref.ref[Tensor], int]] = {}
        self._on_output = on_output
        self._shortcuts = shortcuts
        self._generator = generator

    @contextmanager
    def watching(self, modules: Paths, inputs: list[Tensor]) -> Iterator[None]:
        """Record what runs inside, where ``inputs`` are the network's own.

        Nothing of it is left afterwards, whatever the forward pass raised.
        """
        watched = list(modules)
        for path, module in watched:
            # As a method, so that a copy which the network makes of the module calls the copy.
            vars(module)["_call_impl"] = MethodType(self._stand_in(path), module)
        self._produced(inputs, _FROM_INPUT)
        self._thread = threading.get_ident()
        try:
            with self:
                yield
        finally:
            for _path, module in watched:
                vars(module).pop("_call_impl", None)

    def sources(self, output: Any) -> tuple[int, ...]:
        """Return the calls that made the tensors in ``output``."""
        return self._origin(tensors(output))[0]

    def _stand_in(self, path: str) -> Callable[..., Any]:
        def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            with torch._C.DisableTorchFunction():  # our own questions about tensors are not the network's
                arrived = tensors((args, kwargs))
                draft = self._begin(path, macs.kind_of(module), module, arrived)
            if threading.get_ident() != self._thread:
                draft.self_macs = None
            outermost = self._atom is None and macs.is_atom(module)
            if outermost:
                self._atom = draft
            self._open.append(draft)
            try:
                output = type(module)._call_impl(module, *args, **kwargs)  # type: ignore[no-untyped-call]  # torch's
            finally:
                self._open.pop()
                if outermost:
                    self._atom = None
            with torch._C.DisableTorchFunction():
                self._finish(draft, output, arrived, leaf=len(self.drafts) == draft.index + 1)
            return output

        call.__name__ = "_call_impl"  # where a copy that the network pickles looks for its own
        return call

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in _SILENT:
            output = func(*args, **kwargs)
            self._passed_on(args, output)
            return output
        if self._atom is not None:
            output, cost = self._compute(func, args, kwargs)
            self._atom.self_macs = _sum(self._atom.self_macs, cost)
            return output
        sources = [each for each in tensors((args, kwargs)) if self._producer(each) is not None]
        return self._function(name, func, args, kwargs, sources)

    def _function(self, name: str, func: Any, args: Any, kwargs: Any, sources: list[Tensor]) -> Any:
        path = self._open[-1].path if self._open else ""
        kind = plain_name(name)
        draft = self._begin(f"{path}.{kind}".lstrip("."), kind, None, sources)
        output, draft.self_macs = self._compute(func, args, kwargs)
        if draft.self_macs == 0 and not (sources and tensors(output)):
            # A question such as x.max() > 0, or work on parameters and constants that multiplies nothing: no layer.
            self._calls_at[draft.path] -= 1
            self.drafts.pop()
            return output
        draft.settings = function_settings(kind, args, kwargs)
        self._finish(draft, output, sources, leaf=True)
        return output

    def _compute(self, func: Any, args: Any, kwargs: Any) -> tuple[Any, int | None]:
        if torch._C._functorch.peek_interpreter_stack() is not None:  # vmap hides an axis from the functions it maps
            return macs.count_operators(func, args, kwargs, self._generator)
        if self._shortcuts and not torch.is_grad_enabled():  # the network asks for gradients, which no shortcut has
            output = shortcut(func, args, kwargs)
            if output is not NotImplemented:
                return output, macs.of_shortcut(func, args, kwargs, output)
        return macs.count(func, args, kwargs, self._generator)

    def _begin(self, path: str, kind: str, module: nn.Module | None, sources: list[Tensor]) -> Draft:
        number = self._calls_at[path] = self._calls_at.get(path, 0) + 1
        inputs_from, reads_input = self._origin(sources)
        draft = Draft(
            index=len(self.drafts),
            parent=self._open[-1].index if self._open else None,
            path=path,
            kind=kind,
            module=module,
            call_number=number,
            inputs_from=inputs_from,
            reads_input=reads_input,
            input_shapes=tuple(map(_shape, sources)),
        )
        self.drafts.append(draft)
        return draft

    def _finish(self, draft: Draft, output: Any, sources: list[Tensor], leaf: bool) -> None:
        outputs = tensors(output)
        draft.output_shapes = tuple(map(_shape, outputs))
        draft.status = "not counted" if draft.self_macs is None else "complete"
        if leaf:
            memory = {_storage(each) for each in sources}
            draft.activation_bytes = sum([each.nbytes for each in outputs if _storage(each) not in memory])
            self._produced(outputs, draft.index)
        if self._on_output is not None:
            self._on_output(draft.index, output)

    def _origin(self, sources: list[Tensor]) -> tuple[tuple[int, ...], bool]:
        """Return the calls that made these tensors, and whether some are the network's own input."""
        producers = dict.fromkeys(map(self._producer, sources))
        reads_input = _FROM_INPUT in producers
        return tuple([each for each in producers if each is not None and each != _FROM_INPUT]), reads_input

    def _producer(self, tensor: Tensor) -> int | None:
        known = self._producers.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else None

    def _passed_on(self, args: tuple[Any, ...], output: Any) -> None:
        """A copy or a view that is no layer stands for the tensor that it was made from."""
        if isinstance(output, Tensor) and args and isinstance(args[0], Tensor):
            index = self._producer(args[0])
            if index is not None:
                self._produced([output], index)

    def _produced(self, made: list[Tensor], index: int) -> None:
        for tensor in made:
            self._producers[id(tensor)] = (weakref.ref(tensor), index)


def tensors(value: Any) -> list[Tensor]:
    """Return the tensors in nested tuples, lists, mappings and dataclasses, parameters left out."""
    kind = type(value)
    if kind is Tensor:  # almost all are; asking for a subclass is slow
        return [value]
    if kind in _NO_TENSORS:
        return []
    if isinstance(value, Tensor):
        return [] if isinstance(value, nn.Parameter) else [value]
    if isinstance(value, _SEQUENCES):
        return [tensor for each in value for tensor in tensors(each)]
    if isinstance(value, Mapping):
        return [tensor for each in value.values() for tensor in tensors(each)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [tensor for each in dataclasses.fields(value) for tensor in tensors(getattr(value, each.name, None))]
    return []


def plain_name(name: str) -> str:
    """Return "add" for ``__iadd__``, ``__radd__`` and ``add_``; "conv2d" for ``conv2d.default``."""
    bare = name.partition(".")[0].strip("_")
    return bare[1:] if bare[1:] in _OPERATOR_NAMES and bare[0] in "ir" else bare


def _shape(tensor: Tensor) -> Shape:
    try:
        return tuple(tensor.shape)
    except RuntimeError:  # a nested tensor's rows are of several lengths
        return ()


def _storage(tensor: Tensor) -> int:
    try:
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError):  # sparse tensors, and those inside torch.func, show none
        return id(tensor)


def _sum(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else left + right


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Inside, ``model`` is in eval mode and nothing records gradients; each module's own flag comes back."""
    flags = [(module, module.training) for module in model.modules()]
    with torch.no_grad():
        try:
            model.eval()
            yield
        finally:
            for module, flag in flags:
                module.training = flag
