"""A call in formulas with its numbers filled in: "3·3·64·128 + 128 = 73,856". No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from cnnviz.inspection.report import Call, SettingValue

_CONVOLUTIONS = {"Conv1d": 1, "Conv2d": 2, "Conv3d": 3}
_POOLS = {"MaxPool2d", "AvgPool2d", "LPPool2d"}
_AXES = ("depth", "height", "width")


@dataclass(frozen=True, slots=True)
class Formula:
    """One number of a call and how it comes about."""

    what: str  # "Parameters", "Output height"
    rule: str  # in words and symbols: "kernel · inputs · outputs + biases"
    text: str  # with the numbers: "3·3·64·128 + 128 = 73,856"


def explain(call: Call) -> tuple[Formula, ...]:
    """Return the formulas that give this call's parameters, output size and multiply-adds.

    A formula whose result is not what was counted is left out: parameters shared with an earlier layer, say.
    """
    if call.kind in _CONVOLUTIONS:
        found = (_convolution_params(call), *_output_sizes(call), _convolution_macs(call))
    elif call.kind == "Linear":
        found = (_linear_params(call), _linear_macs(call))
    elif call.kind in _POOLS:
        found = _output_sizes(call)
    elif call.kind.startswith("BatchNorm"):
        found = (_norm_params(call),)
    else:
        found = ()
    return tuple(formula for formula in found if formula is not None)


def _convolution_params(call: Call) -> Formula | None:
    outputs, bias = _int(call, "out_channels"), bool(call.settings.get("bias"))
    kernel = _axes(call, "kernel_size", _CONVOLUTIONS[call.kind])
    if outputs is None or kernel is None or (inputs := _inputs_of_a_group(call)) is None:
        return None
    weights = prod(kernel) * inputs * outputs
    if weights + outputs * bias != call.own_params:
        return None
    text = f"{_product(*kernel, _group_text(call, inputs), outputs)}{f' + {outputs}' if bias else ''}"
    rule = f"kernel · input channels{' of a group' if _groups(call) > 1 else ''} · output channels"
    return Formula("Parameters", f"{rule}{' + biases' if bias else ''}", f"{text} = {call.own_params:,}")


def _convolution_macs(call: Call) -> Formula | None:
    kernel = _axes(call, "kernel_size", _CONVOLUTIONS[call.kind])
    if kernel is None or call.output_shape is None or (inputs := _inputs_of_a_group(call)) is None:
        return None
    if prod(kernel) * inputs * prod(call.output_shape) != call.self_macs:
        return None
    text = _product(*kernel, _group_text(call, inputs), *call.output_shape[1:])
    return Formula("Multiply-adds", "kernel · input channels · every output value", f"{text} = {call.self_macs:,}")


def _linear_params(call: Call) -> Formula | None:
    inputs, outputs, bias = _int(call, "in_features"), _int(call, "out_features"), bool(call.settings.get("bias"))
    if inputs is None or outputs is None or inputs * outputs + outputs * bias != call.own_params:
        return None
    text = f"{inputs}·{outputs}{f' + {outputs}' if bias else ''} = {call.own_params:,}"
    return Formula("Parameters", f"inputs · outputs{' + biases' if bias else ''}", text)


def _linear_macs(call: Call) -> Formula | None:
    inputs = _int(call, "in_features")
    if inputs is None or call.output_shape is None or inputs * prod(call.output_shape) != call.self_macs:
        return None
    text = f"{_product(inputs, *call.output_shape[1:])} = {call.self_macs:,}"
    return Formula("Multiply-adds", "inputs · every output value", text)


def _norm_params(call: Call) -> Formula | None:
    features = _int(call, "num_features")
    if features is None or call.own_params != 2 * features:
        return None
    return Formula("Parameters", "a scale and a shift for each channel", f"2·{features} = {call.own_params:,}")


def _output_sizes(call: Call) -> tuple[Formula, ...]:
    """One formula for all axes when they are alike, else one for each."""
    rank = _CONVOLUTIONS.get(call.kind, 2)
    if call.output_shape is None or not call.input_shapes or len(call.input_shapes[0]) < rank:
        return ()
    sizes_in, sizes_out = call.input_shapes[0][-rank:], call.output_shape[-rank:]
    texts = [_size_text(call, axis, rank, sizes_in[axis], sizes_out[axis]) for axis in range(rank)]
    if None in texts:
        return ()
    names = _AXES[-rank:]
    rule = "⌊(size + 2·padding − kernel) / stride⌋ + 1"
    if len(set(texts)) == 1:
        return (Formula(f"Output {' and '.join(names)}", rule, str(texts[0])),)
    return tuple(Formula(f"Output {name}", rule, str(text)) for name, text in zip(names, texts, strict=True))


def _size_text(call: Call, axis: int, rank: int, size: int, expected: int) -> str | None:
    """Dumoulin and Visin, arXiv:1603.07285, relationship 15: ⌊(i + 2p − d(k − 1) − 1) / s⌋ + 1."""
    settings = [_axes(call, name, rank) for name in ("kernel_size", "stride", "padding", "dilation")]
    kernel, stride, padding, dilation = (each[axis] if each is not None else None for each in settings)
    if kernel is None or stride is None or padding is None:
        return None
    reach = kernel if dilation in (None, 1) else (dilation or 1) * (kernel - 1) + 1
    span = size + 2 * padding - reach
    up = bool(call.settings.get("ceil_mode"))
    result = (-(-span // stride) if up else span // stride) + 1
    if result != expected:
        return None
    reach_text = f"{kernel}" if reach == kernel else f"({dilation}·({kernel} − 1) + 1)"
    left, right = ("⌈", "⌉") if up else ("⌊", "⌋")
    return f"{left}({size} + 2·{padding} − {reach_text}) / {stride}{right} + 1 = {result}"


def _inputs_of_a_group(call: Call) -> int | None:
    inputs = _int(call, "in_channels")
    return None if inputs is None else inputs // _groups(call)


def _group_text(call: Call, inputs: int) -> str:
    groups = _groups(call)
    return str(inputs) if groups == 1 else f"({inputs * groups}/{groups})"


def _groups(call: Call) -> int:
    return _int(call, "groups") or 1


def _int(call: Call, name: str) -> int | None:
    value = call.settings.get(name)
    return value if isinstance(value, int) else None


def _axes(call: Call, name: str, rank: int) -> tuple[int, ...] | None:
    value: SettingValue = call.settings.get(name)
    if isinstance(value, tuple) and len(value) == rank:
        return value
    return (value,) * rank if isinstance(value, int) else None


def _product(*factors: object) -> str:
    return "·".join(map(str, factors))
