"""Networks without numbers: built, or copied, on PyTorch's meta device, where a tensor has a shape and no memory."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from cnnviz.foreign.randomness import standing_in
from cnnviz.inspection.tracing.copied_references import lead_to_copies
from cnnviz.inspection.tracing.modules import named_modules, registered

_FACTORIES = frozenset({torch.empty, torch.zeros, torch.ones, torch.rand, torch.randn, torch.full})
_SMALL = 1024  # elements: constructors call .item() on small tensors (torchvision's regnets), never on weights
_FILLS = frozenset(
    {
        nn.init.uniform_, nn.init.normal_, nn.init.constant_, nn.init.kaiming_uniform_, nn.init.kaiming_normal_,
        nn.init.xavier_uniform_, nn.init.xavier_normal_, nn.init.trunc_normal_, nn.init.ones_, nn.init.zeros_,
        torch.Tensor.uniform_, torch.Tensor.normal_, torch.Tensor.fill_, torch.Tensor.zero_,
        torch.Tensor.mul_, torch.Tensor.add_, torch.Tensor.erfinv_, torch.Tensor.clamp_,
    }
)  # fmt: skip
_DRAWS = frozenset(
    {
        torch.rand, torch.randn, torch.randint, torch.randperm, torch.normal, torch.bernoulli, torch.multinomial,
        torch.Tensor.uniform_, torch.Tensor.normal_, torch.Tensor.bernoulli_, torch.Tensor.random_,
        torch.Tensor.exponential_, torch.Tensor.bernoulli, torch.Tensor.multinomial,
        nn.init.uniform_, nn.init.normal_, nn.init.kaiming_uniform_,
    }
)  # fmt: skip


class WithoutWeights(TorchFunctionMode):
    """Inside, this thread creates large tensors on meta and leaves them unfilled; small ones draw from a generator."""

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self._generator = generator

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in _FILLS:
            data = args[0] if args else kwargs.get("tensor")
            if isinstance(data, torch.Tensor) and data.is_meta:
                return data
        if (
            func in _FACTORIES
            and kwargs.get("device") is None
            and (func is torch.empty or _elements(args, kwargs) >= _SMALL)
        ):
            kwargs = {**kwargs, "device": "meta"}
        elif func in _DRAWS and kwargs.get("generator") is None and kwargs.get("device") is None and not _on_it(args):
            kwargs = {**kwargs, "generator": self._generator}
        return func(*args, **kwargs)


def build_without_weights(builder: Callable[[], nn.Module]) -> nn.Module:
    """Return what ``builder`` returns, wholly on meta. Costs no memory and draws no random number.

    Raises:
        NotImplementedError: there are lazy layers in it.
    """
    generator = torch.Generator()
    with standing_in(generator), WithoutWeights(generator):
        model = builder()
    _move_to_meta(model)
    return model


def _move_to_meta(model: nn.Module) -> None:
    """``model.to("meta")``, which is slow: almost all is there already. Tied tensors stay tied."""
    moved: dict[int, Any] = {}
    for _path, module in named_modules(model):
        for held in (module._parameters, module._buffers):
            for name, tensor in held.items():
                if tensor is None or (tensor.is_meta and not nn.parameter.is_lazy(tensor)):
                    continue
                if nn.parameter.is_lazy(tensor):
                    raise NotImplementedError("lazy layers forget that they are lazy when they are moved to meta")
                if id(tensor) not in moved:
                    moved[id(tensor)] = _on_meta(tensor)
                held[name] = moved[id(tensor)]


def _on_meta(tensor: torch.Tensor) -> torch.Tensor:
    data = tensor.detach().to("meta")
    return nn.Parameter(data, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else data


def copy_without_weights(model: nn.Module) -> nn.Module:
    """Return a copy of ``model`` on meta; tied parameters stay tied, the model itself is not touched."""
    modules = [module for _path, module in named_modules(model)]
    kept = [each for module in modules for each in (*module._parameters.values(), *module._buffers.values())]
    return _copy(model, {id(each): _on_meta(each) for each in (*kept, *_computed(modules)) if each is not None})


def copy_with_weights(model: nn.Module) -> nn.Module:
    """Return a copy of ``model`` where it is. What cannot be copied, such as a lock or an open file, is shared.

    What it holds on meta gets numbers, small and positive: of those that it was meant to have, nobody knows.
    """
    modules = [module for _path, module in named_modules(model)]
    lazy = {id(each): _lazy_copy(each) for module in modules for each in _lazy_buffers(module)}
    computed = {id(each): each.detach().clone() for each in _computed(modules)}
    return _copy(model, {**lazy, **computed, **_copies_of_arrays(modules), **_with_numbers(modules)})


def _with_numbers(modules: Sequence[nn.Module]) -> dict[int, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    holders = [held for each in modules for held in (each._parameters, each._buffers, vars(each))]
    held = {id(value): value for holder in holders for value in holder.values() if isinstance(value, torch.Tensor)}
    return {at: _drawn(each, generator) for at, each in held.items() if each.is_meta and not nn.parameter.is_lazy(each)}


def _drawn(tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    made = torch.zeros(tensor.shape, dtype=tensor.dtype)
    if tensor.is_floating_point():
        made.uniform_(0, 0.1, generator=generator)
    return nn.Parameter(made, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else made


def _copies_of_arrays(modules: Sequence[nn.Module]) -> dict[int, Any]:
    """Arrays that modules keep beside a tensor of the same memory, as ``torch.from_numpy`` makes, stay its array."""
    arrays = [each for module in modules for each in vars(module).values() if isinstance(each, np.ndarray)]
    made: dict[int, Any] = {}
    held = [each for module in modules for each in (*vars(module).values(), *module._buffers.values())]
    for tensor in (each for each in held if arrays and isinstance(each, torch.Tensor)):
        for array in (each for each in arrays if _is_same_memory(each, tensor)):
            made[id(tensor)] = copied = made.get(id(tensor), tensor.detach().clone())
            made[id(array)] = copied.numpy()
    return made


def _is_same_memory(array: Any, tensor: torch.Tensor) -> bool:
    try:
        return bool(array.__array_interface__ == tensor.detach().numpy().__array_interface__)
    except (TypeError, RuntimeError):  # not on the CPU, sparse, or of a kind of number that NumPy lacks
        return False


def _computed(modules: Sequence[nn.Module]) -> list[torch.Tensor]:
    """Tensors with a history that modules keep as attributes (``weight_norm``'s): deepcopy refuses these."""
    values = (value for module in modules for value in vars(module).values())
    return [value for value in values if isinstance(value, torch.Tensor) and not value.is_leaf]


def _lazy_buffers(module: nn.Module) -> list[nn.parameter.UninitializedBuffer]:
    return [each for each in module._buffers.values() if isinstance(each, nn.parameter.UninitializedBuffer)]


def _lazy_copy(buffer: nn.parameter.UninitializedBuffer) -> nn.parameter.UninitializedBuffer:
    """What ``copy.deepcopy`` does for lazy parameters, and refuses for lazy buffers (PyTorch 2.15)."""
    kept = {"requires_grad": buffer.requires_grad, "device": buffer.device, "dtype": buffer.dtype}
    return type(buffer)(**kept)  # type: ignore[arg-type]  # torch's hints are those of another buffer


def _copy(model: nn.Module, memo: dict[int, Any]) -> nn.Module:
    try:
        made = copy.deepcopy(model, dict(memo))
    except Exception:  # one attribute that refuses is no reason to give up the others
        return _copy_by_parts(model, memo)
    originals, copies = registered(model), registered(made)
    if {id(module) for module in originals} & {id(module) for module in copies}:  # a __deepcopy__ that returns self
        return _copy_by_parts(model, memo)
    lead_to_copies(originals, copies)
    return made


def _copy_by_parts(model: nn.Module, memo: dict[int, Any]) -> nn.Module:
    copies = {id(module): type(module).__new__(type(module)) for module in registered(model)}
    for module in registered(model):
        attributes = {name: _copied_or_shared(value, {**memo, **copies}) for name, value in vars(module).items()}
        vars(copies[id(module)]).update(attributes)
    lead_to_copies(registered(model), list(copies.values()))
    return copies[id(model)]


def _copied_or_shared(value: Any, memo: dict[int, Any]) -> Any:
    for duplicate in (partial(copy.deepcopy, memo=memo), copy.copy):
        try:
            return duplicate(value)
        except Exception:  # whatever an object's copying raises
            continue
    return value


def _on_it(args: tuple[Any, ...]) -> bool:
    return bool(args) and isinstance(args[0], torch.Tensor) and args[0].is_meta


def _elements(args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
    sizes = kwargs.get("size", args[0] if args else 0)
    if isinstance(sizes, int):
        sizes = [size for size in args if isinstance(size, int)]
    return prod(sizes)
