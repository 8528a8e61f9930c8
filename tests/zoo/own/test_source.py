"""Networks and their options, read from a file's text. Nothing here imports torch or runs what it reads."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.zoo.own.cells import cells_of, whole_tree
from cnnviz.zoo.own.source import SourceNetwork, networks_in, offered
from cnnviz.zoo.specs import Option


def parse(content: bytes, file: Path) -> ast.Module:
    return whole_tree(cells_of(content, file))


def networks(text: str) -> dict[str, SourceNetwork]:
    return {each.name: each for each in networks_in(parse(text.encode(), Path("net.py")))}


def names(text: str) -> list[str]:
    return [each.name for each in offered(networks_in(parse(text.encode(), Path("net.py"))))]


def options(signature: str, before: str = "") -> dict[str, Option]:
    found = networks(f"{before}\nclass Net(nn.Module):\n    def __init__(self, {signature}): ...\n")["Net"]
    return {option.name: option for option in found.options}


@pytest.mark.parametrize(
    ("signature", "kind", "default"),
    [
        ("width: int = 64", "int", 64),
        ("width=64", "int", 64),
        ("rate: float = 1", "float", 1),
        ("rate=0.5", "float", 0.5),
        ("rate: int = 0.5", "float", 0.5),
        ("bias=True", "bool", True),
        ("name: str = 'a'", "text", "a"),
        ("*, depth: 'int' = 3", "int", 3),
        ("depth: int = WIDTH", "int", 32),
        ("width: int", "int", None),
        ("width", "value", None),
        ("in_channels", "int", 3),
        ("num_classes: int", "int", 10),
        ("act: Literal['relu', 'tanh'] = 'tanh'", "choice", "tanh"),
        ("act: typing.Literal['relu', 'tanh']", "choice", "relu"),
        ("depth: Literal[18, 34] = 34", "int", 34),
    ],
)
def test_parameter_is_an_option(signature: str, kind: str, default: object) -> None:
    (option,) = options(signature, "WIDTH = 32").values()
    assert (option.kind, option.default) == (kind, default)


@pytest.mark.parametrize(
    "parameter", ["layers=(3, 4)", "norm=nn.BatchNorm2d", "width=2 * 32", "a=None", "*args", "**kw"]
)
def test_parameter_that_no_number_or_text_can_be_given_to_keeps_its_default(parameter: str) -> None:
    assert options(parameter) == {}


def test_literal_of_numbers_allows_these_only() -> None:
    depth = options("depth: Literal[18, 34] = 34")["depth"]
    assert depth.check("18") == 18
    with pytest.raises(CnnvizError, match="Choose one of 18, 34"):
        depth.check(50)


def test_option_without_a_default_needs_a_value_of_any_kind() -> None:
    width = options("width")["width"]
    assert [width.check(text) for text in ("3", "0.5", "True", "deep", "[1]")] == [3, 0.5, True, "deep", "[1]"]
    for missing in (None, ""):
        with pytest.raises(CnnvizError, match="Width needs a value"):
            width.check(missing)


def test_options_are_inherited_from_a_class_of_the_file() -> None:
    text = "class A(nn.Module):\n    def __init__(self, width=3): ...\nclass B(A): ...\n"
    assert [option.name for option in networks(text)["B"].options] == ["width"]


@pytest.mark.parametrize(
    "text",
    [
        "class Net(nn.Module): ...",
        "class Net(torch.nn.Module): ...",
        "class Net(Module): ...",
        "class Net(nn.Sequential): ...",
        "class Net(models.ResNet): ...",
        "class Net(Base):\n    def forward(self, x): ...",
        "class A(nn.Module): ...\nclass Net(A): ...",
        "def Net() -> nn.Module: ...",
        "def Net(n: int) -> 'nn.Sequential': ...",
        "def Net():\n    return nn.Sequential(nn.ReLU())",
        "def Net():\n    net = models.resnet18()\n    return net",
        "Net = nn.Sequential(nn.ReLU())",
    ],
)
def test_what_looks_like_a_network_is_offered(text: str) -> None:
    assert names(text)[-1] == "Net"


@pytest.mark.parametrize(
    "text",
    [
        "class Data(Dataset): ...",
        "class Config: ...",
        "def train(net):\n    return net(1)",
        "class _Hidden(nn.Module): ...",
        "WIDTH = 3",
        "from torch import nn",
        "t = torch.zeros(3)",
        "",
    ],
)
def test_what_does_not_is_not(text: str) -> None:
    assert names(text) == []


def test_parts_of_other_networks_are_not_offered_but_can_be_named() -> None:
    text = "class Block(nn.Module): ...\nclass Net(nn.Module):\n    def __init__(self): self.a = Block()\n"
    assert names(text) == ["Net"]
    assert "Block" in networks(text)


def test_networks_that_use_one_another_are_all_offered() -> None:
    text = "class A(nn.Module):\n    def f(self): B()\nclass B(nn.Module):\n    def f(self): A()\n"
    assert names(text) == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("input_shape = (1, 28, 28)\nclass Net(nn.Module): ...", ((1, 28, 28),)),
        ("class Net(nn.Module):\n    input_shape: tuple = (3, 32, 32)", ((3, 32, 32),)),
        ("input_shape = (1, 28, 28)\nclass Net(nn.Module):\n    input_shape = [10]", ((10,),)),
        ("class A(nn.Module):\n    input_shape = (1, 8, 8)\nclass Net(A): ...", ((1, 8, 8),)),
        ("input_shape = ((3, 32, 32), [10])\nclass Net(nn.Module): ...", ((3, 32, 32), (10,))),
        ("input_shape = ((3, 32, 32), 10)\nclass Net(nn.Module): ...", ()),
        ("input_shape = (1, 0, 28)\nclass Net(nn.Module): ...", ()),
        ("input_shape = size()\nclass Net(nn.Module): ...", ()),
        ("input_shape = (True, 3)\nclass Net(nn.Module): ...", ()),
    ],
)
def test_declared_inputs_are_read(text: str, inputs: tuple[tuple[int, ...], ...]) -> None:
    assert tuple(each.shape for each in networks(text)["Net"].inputs) == inputs


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x = 1\nclass Net(:\n", "net.py, line 2: "),
        (b"\x00\x01", "net.py"),
        ("x = 'ä'".encode("latin-1"), "net.py"),
        (b"x = " + b"(" * 500 + b")" * 500, "net.py"),
    ],
)
def test_what_is_no_python_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(CnnvizError, match=words):
        parse(content, Path("net.py"))
