"""The settings of a call that a reader wants to see: kernel size, stride, features, bias."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from torch import Tensor, nn

from cnnviz.inspection.call import SettingValue
from cnnviz.inspection.kinds.kind import Role
from cnnviz.inspection.kinds.table import kind_named

_UNWORTHY = {"track_running_stats", "training", "dtype", "device"}
_SEQUENCES, _SCALARS = (tuple, list), (int, float, bool, str)
_ALSO_NAMED = {"axis": "dim"}  # NumPy's word, which most functions take as well
_FIRST = ("in_channels", "out_channels", "in_features", "out_features", "kernel_size", "stride", "padding")


def module_settings(module: nn.Module) -> dict[str, SettingValue]:
    """Return the constructor's settings of a layer of ``torch.nn``, the important ones first; {} for a container."""
    if module._modules and not isinstance(module, nn.MultiheadAttention):
        return {}
    constants = tuple(getattr(type(module), "__constants__", ()))
    found = {name: getattr(module, name, None) for name in _names(constants)}
    settings = {name: _plain(value) for name, value in found.items() if _is_plain(value) and not _is_idle(name, value)}
    settings |= _statistics(module)
    if "bias" in module._parameters:
        settings["bias"] = module._parameters["bias"] is not None
    if isinstance(module, nn.MultiheadAttention):
        settings |= {"num_heads": module.num_heads, "bias": module.in_proj_bias is not None}
        if module.dropout:
            settings["dropout_p"] = module.dropout
        if added := (module.bias_k is not None) + module.add_zero_attn:
            settings["added_keys"] = added
    return settings


def _statistics(module: nn.Module) -> dict[str, SettingValue]:
    """Say of a norm whether it normalises by running averages, where that is not what its kind does in evaluation."""
    if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is None:
        return {"running_statistics": False}
    if isinstance(module, nn.modules.instancenorm._InstanceNorm) and module.track_running_stats:
        return {"running_statistics": not module.training}
    return {}


@cache
def _names(constants: tuple[str, ...]) -> tuple[str, ...]:
    names = dict.fromkeys((*(name for name in _FIRST if name in constants), *sorted(constants)))
    return tuple(name for name in names if name not in _UNWORTHY)


def function_settings(kind: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, SettingValue]:
    """Return the named settings of a function, and those that the common ones take by position."""
    row = kind_named(kind)
    named = {_ALSO_NAMED.get(name, name): value for name, value in kwargs.items()}
    given = {**dict(zip(row.arguments, args[1:], strict=False)), **named}
    settings = {name: _plain(value) for name, value in given.items() if _is_plain(value)}
    weight = given.get("weight")
    if Role.WEIGHTS in row.role and isinstance(weight, Tensor) and weight.dim() > 1:
        return {**_weight_settings(weight, settings), "bias": given.get("bias") is not None}
    return settings


def _weight_settings(weight: Tensor, settings: dict[str, SettingValue]) -> dict[str, SettingValue]:
    """Return the settings of the layer that would hold this weight: (C', C/groups, k…), or (F', F)."""
    first, second, *kernel = weight.shape
    if not kernel:
        return {"in_features": second, "out_features": first, **settings}
    groups = settings.get("groups")
    inputs = second * groups if isinstance(groups, int) else second
    usual = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    return {"in_channels": inputs, "out_channels": first, "kernel_size": tuple(kernel), **usual, **settings}


def _is_idle(name: str, value: Any) -> bool:
    """True for what every convolution has and almost none uses."""
    return (name == "output_padding" and not any(value)) or (name == "padding_mode" and value == "zeros")


def _is_plain(value: Any) -> bool:
    if isinstance(value, _SEQUENCES):
        return all(isinstance(each, int) for each in value)
    return isinstance(value, _SCALARS)


def _plain(value: Any) -> SettingValue:
    return tuple(value) if isinstance(value, _SEQUENCES) else value
