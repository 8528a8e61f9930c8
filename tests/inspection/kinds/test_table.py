"""One row for each kind: torch knows every name, nobody else does, and what a row says is heard everywhere."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torchvision.models.convnext
import torchvision.ops.misc
from torch import Tensor, nn
from torch.nn import functional

import cnnviz.inspection
from cnnviz.inspection.advice import advise
from cnnviz.inspection.call import Call, SettingValue, Shape
from cnnviz.inspection.explaining.explain import explain
from cnnviz.inspection.explaining.sentences import sentence
from cnnviz.inspection.graphs.graph import graph_of
from cnnviz.inspection.kinds.formula import Formula
from cnnviz.inspection.kinds.kind import UNKNOWN, Family, Keeps, Kind, Reads, Role
from cnnviz.inspection.kinds.table import BY_NAME, KINDS, kind_named, kind_of_call
from cnnviz.inspection.memory import training_memory
from cnnviz.inspection.other_operations import other_operations
from cnnviz.inspection.receptive_field import fields
from cnnviz.inspection.report import Report, Totals
from cnnviz.inspection.tracing.call_settings import function_settings
from cnnviz.inspection.tracing.values import plain_name

_CLASSES = (nn, nn.modules.linear, torchvision.ops, torchvision.ops.misc, torchvision.models.convnext)
_FUNCTIONS = (
    torch, Tensor, functional, torch._C._VariableFunctions, torch._C._nn, torch.linalg, torch.special, torchvision.ops,
)  # fmt: skip
_MAP: Shape = (1, 4, 8, 8)
_HALF: Shape = (1, 4, 4, 4)


def call(index: int, kind: str, shape: Shape = _MAP, made: Shape = _MAP, **settings: SettingValue) -> Call:
    """A layer that reads the one before; the first reads the network's input."""
    sources = (index - 1,) if index > 1 else ()
    return Call(
        index=index, parent=0, path=f"layer{index}", kind=kind, module=kind[:1].isupper(), call_number=1,
        inputs_from=sources, input_shapes=(shape,), output_shapes=(made,), own_params=5, params=5, self_macs=0, macs=0,
        activation_bytes=256, settings=settings, reads_input=not sources,
    )  # fmt: skip


def chain(*calls: Call) -> Report:
    whole = replace(call(0, "Net"), parent=None, path="", activation_bytes=0, reads_input=True)
    return Report("net", (_MAP,), (whole, *calls), Totals(0, 0, 0, 0, 0), outputs_from=(len(calls),))


@pytest.mark.parametrize("name", BY_NAME)
def test_torch_has_a_class_or_a_function_of_every_name(name: str) -> None:
    if name[0].isupper():
        assert any(hasattr(each, name) for each in _CLASSES)
        return
    made = {name, f"{name}_", f"__{name}__", f"_{name}", name.replace("_", ".", 1).partition(".")[2]}
    found = [each for each in _FUNCTIONS for spelled in made if hasattr(each, spelled)]
    assert found
    assert plain_name(name) == name


def test_no_name_is_on_two_rows() -> None:
    assert {
        name: count for name, count in Counter(name for kind in KINDS for name in kind.names).items() if count > 1
    } == {}
    assert {name: count for name, count in Counter(kind.name for kind in KINDS).items() if count > 1} == {}


def test_class_and_function_are_one_kind() -> None:
    assert kind_named("MaxPool2d") is kind_named("max_pool2d")
    assert kind_named("MaxPool2d").name == "maxpool2d"
    assert kind_named("ELU") is kind_named("elu")


@pytest.mark.parametrize("name", ["Add", "ADD", "relu_", "conv2D", "batchnorm2d", "Mean", ""])
def test_only_exact_names_are_known(name: str) -> None:
    assert kind_named(name) is UNKNOWN


def test_class_of_the_users_is_no_function_of_torch() -> None:
    lower = replace(call(1, "add"), module=True)
    assert kind_of_call(lower) is UNKNOWN
    assert kind_of_call(call(1, "add")) is kind_named("add")


def test_what_is_on_no_row_is_unknown_and_never_free() -> None:
    report = chain(call(1, "unheard"))
    assert fields(report.calls)[1].status == "unknown"
    assert other_operations(report.calls[1]) is None
    assert kind_of_call(report.calls[1]).family is Family.OTHER
    assert sentence(report.calls[1]) == ""
    assert explain(report.calls[1]) == ()
    assert training_memory(report, 1, 0).activations == 1024  # its input


def _of_blur(_call: Call) -> tuple[Formula, ...]:
    return (Formula("Blur", "a rule", "1 = 1"),)


def test_new_row_is_heard_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    blur = Kind(
        ("Blur2d", "blur2d"),
        Family.POOLING,
        2,
        Reads.POOLING,
        keeps=Keeps.NOTHING,
        keeps_beside=2,
        per_output=3,
        other_rule="three for every value",
        arguments=("kernel_size",),
        role=Role.LINEAR,
        sentence="Blurs every {kernel} window{stride}.",
        sizes=_of_blur,
        costs=_of_blur,
    )
    for name in blur.names:
        monkeypatch.setitem(BY_NAME, name, blur)
    layer = call(1, "Blur2d", made=_HALF, kernel_size=3, stride=2, padding=0)
    report = chain(layer)
    field = fields(report.calls)[1]
    assert (field.size, field.axes and field.axes[0].jump) == ((3, 3), 2)
    assert training_memory(report, 1, 0).activations == 2 * 64
    assert other_operations(layer) == 3 * 64
    assert sentence(layer) == "Blurs every 3×3 window, 2 pixels apart."
    assert [each.what for each in explain(layer)] == ["Blur", "Blur", "Other operations"]
    assert [node.family for node in graph_of(report, ()).nodes if node.id == 1] == [Family.POOLING]
    assert function_settings("blur2d", (None, 3), {}) == {"kernel_size": 3}
    assert [advice.rule for advice in advise(report)] == ["pixels dropped"]
    convolution = {"in_channels": 4, "out_channels": 4, "kernel_size": (3, 3), "stride": (1, 1), "padding": (1, 1)}
    parted = chain(call(1, "Conv2d", **convolution), call(2, "Blur2d"), call(3, "Conv2d", **convolution))
    assert [advice.rule for advice in advise(parted)] == ["no activation between layers"]


def test_no_other_module_of_inspection_knows_a_kind_by_name() -> None:
    root = Path(str(cnnviz.inspection.__file__)).parent
    # Torch's functions and operators themselves; Python's operators; kinds of number.
    counting = {"macs.py", "operator_macs.py", "free_operators.py", "recorder.py", "values.py", "working_inputs.py"}
    counting |= {"leaving.py"}
    for file in root.rglob("*.py"):
        if file.parent.name == "kinds" or file.name in counting:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            known = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in BY_NAME
            assert not known, f"{file.relative_to(root)}:{node.lineno} knows {ast.unparse(node)}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["softmax", "LogSoftmax", "cat", "chunk", "split", "mean", "sum"])
def test_what_works_along_an_axis_names_the_setting_that_says_which(name: str) -> None:
    assert kind_named(name).along == "dim"
