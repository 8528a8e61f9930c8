"""A network as code that makes it without cnnviz: its layers written out, its source, or where it is imported from."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.training.takeaway.own_source import Text
from cnnviz.zoo import registry
from cnnviz.zoo.catalog import ModelSpec, find
from cnnviz.zoo.own.own_names import OwnName, own_name

_WIDTH = 110  # characters of a line
_BARE = ("in_channels", "out_channels", "in_features", "out_features", "num_features", "p")  # said without their names

_SEEDS = {  # by what a file names: the import, and what the run did before it made the network
    "random": ("import random", "random.seed(SEED)\n"),
    "numpy": ("import numpy as np", "np.random.seed(SEED % 2**32)\n"),
}


@dataclass(frozen=True, slots=True)
class NetworkCode:
    """What a script needs to make a network."""

    imports: frozenset[str]
    before: str  # definitions; "" where there are none
    expression: str  # "nn.Sequential(…)"
    seeding: str = ""  # lines for what else its constructor may draw from


def network_code(spec: ModelSpec, network: nn.Module) -> NetworkCode:
    """Return code that makes ``network`` anew, with fresh weights; the same seed draws the same.

    Args:
        spec: what it was built from.
        network: as it was built.

    Raises:
        CnnvizError: it comes from a notebook or a program, which a script cannot import.
    """
    architecture = find(spec.name)
    if (own := own_name(spec.name)) is not None:
        return _own(own, spec)
    if architecture.group == "torchvision":
        return _torchvision(architecture.title, spec)
    if (layers := _written_out(network)) is not None:
        imports = {"from collections import OrderedDict"} if "OrderedDict" in layers else set()
        return NetworkCode(frozenset(imports), "", layers)
    return _from_source(registry.builder_of(spec), spec)


def _from_source(builder: Callable[..., nn.Module], spec: ModelSpec) -> NetworkCode:
    """The functions and classes of our own that make it, as they stand."""
    options: dict[str, object] = {"input_size": spec.input_shape[1:], **spec.options}
    while isinstance(builder, partial):
        options = {**builder.keywords, **options}
        builder = builder.func
    text = Text()
    text.add(builder.__module__, builder.__name__)
    return NetworkCode(frozenset(text.imports), text.code, _call(builder.__name__, options))


def _torchvision(builder: str, spec: ModelSpec) -> NetworkCode:
    settings: dict[str, object] = {"weights": None, **spec.options}
    if builder.startswith("vit_"):
        settings["image_size"] = spec.input_shape[1]
    if builder in ("googlenet", "inception_v3"):
        settings["init_weights"] = True
    return NetworkCode(frozenset({"from torchvision import models"}), "", _call(f"models.{builder}", settings))


def _own(own: OwnName, spec: ModelSpec) -> NetworkCode:
    module = own.file.stem
    if own.file.suffix != ".py" or not module.isidentifier():
        message = f"A script cannot import the network of {own.file.name}."
        raise CnnvizError(message, "Copy it into a .py file whose name is a plain word, and train that.")
    before = f"sys.path.insert(0, {str(own.file.parent)!r})  # where the network's file is"
    imported = f"{before}\nfrom {module} import {own.first}  # noqa: E402"
    made = own.callable if _is_made(own, spec) else _call(own.callable, spec.options)
    source = own.file.read_text("utf-8", "replace")
    seeds = [seed for name, seed in _SEEDS.items() if re.search(rf"^\s*(import|from) {name}\b", source, re.MULTILINE)]
    imports = {"import sys", *(each for each, _ in seeds)}
    return NetworkCode(frozenset(imports), imported, made, "".join(line for _, line in seeds))


def _is_made(own: OwnName, spec: ModelSpec) -> bool:
    """Return whether the file holds the network itself, and not what makes one."""
    tree = ast.parse(own.file.read_bytes())
    made = {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    return own.first not in made and not spec.options


def _call(name: str, arguments: Mapping[str, object]) -> str:
    listed = [f"{key}={value!r}" for key, value in arguments.items()]
    return _fitted(name, listed)


def _fitted(name: str, arguments: list[str]) -> str:
    """Return a call in one line where it fits."""
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    return _broken(name, arguments)


def _written_out(network: nn.Module) -> str | None:
    """Return a network of plain layers, one behind the other, as the call that makes it; None of any other."""
    if type(network) is not nn.Sequential:
        return _layer(network)
    parts: list[str] = []
    for name, child in network.named_children():
        part = _written_out(child)
        if part is None:
            return None
        parts.append(part if name.isdecimal() else f"{name}={part}")
    if all(name.isdecimal() for name, _ in network.named_children()):
        return _broken("nn.Sequential", parts)
    if any(name.isdecimal() or not name.isidentifier() for name, _ in network.named_children()):
        return None
    return f"nn.Sequential({_broken('OrderedDict', parts)})"


def _broken(name: str, arguments: list[str]) -> str:
    inner = textwrap.indent(",\n".join(arguments), "    ")
    return f"{name}(\n{inner},\n)"


def _layer(module: nn.Module) -> str | None:
    """Return the call that makes a layer of torch.nn, without what is usual; None where its ``repr`` does not tell."""
    kind = type(module)
    if next(module.children(), None) is not None or getattr(nn, kind.__name__, None) is not kind:
        return None
    try:
        given = _arguments(kind, ast.parse(repr(module), mode="eval").body)
        made = kind(**given)
    except (SyntaxError, ValueError, TypeError):
        return None
    if repr(made) != repr(module):
        return None
    usual = inspect.signature(kind).parameters
    said = [
        f"{_plain(value)!r}" if name in _BARE else f"{name}={_plain(value)!r}"
        for name, value in given.items()
        if usual[name].default not in (value, _plain(value)) or name == "p"
    ]
    return f"nn.{kind.__name__}({', '.join(said)})"


def _arguments(kind: type[nn.Module], call: ast.expr) -> dict[str, object]:
    if not isinstance(call, ast.Call):
        raise ValueError("no call")
    names = list(inspect.signature(kind).parameters)
    given = {names[at]: ast.literal_eval(value) for at, value in enumerate(call.args)}
    return given | {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}


def _plain(value: object) -> object:
    """Both axes alike are one number."""
    return value[0] if isinstance(value, tuple) and len(value) == 2 and value[0] == value[1] else value
