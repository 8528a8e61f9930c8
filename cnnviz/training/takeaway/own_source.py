"""Functions and classes of ours as text that stands alone: their own lines, and those of all that they use of ours."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from inspect import getsource

_OURS = "cnnviz"
_LEFT_OUT = {"check_size"}  # statements that only refuse what the run has already taken
_REMARK = re.compile(r"  # (?:noqa|type: ignore).*$", re.MULTILINE)  # for our own checkers


@dataclass(slots=True)
class Text:
    """Imports and definitions, each once, in an order in which they can be run."""

    imports: set[str] = field(default_factory=set)
    parts: dict[tuple[str, str], str] = field(default_factory=dict)  # by module and name

    def add(self, module: str, name: str) -> None:
        """Add what a module calls ``name``, after all that it uses; imports of others are added as they stand there."""
        known = _module(module)
        if (module, name) in self.parts:
            return
        if name not in known.definitions:
            self._import(known, name)
            return
        node = known.definitions[name]
        self.parts[module, name] = ""  # it may name itself
        for used in _names_in(node):
            if used != name and (used in known.definitions or used in known.imports):
                self.add(module, used)
        del self.parts[module, name]
        self.parts[module, name] = known.text_of(node)

    @property
    def code(self) -> str:
        """The definitions; functions and classes stand apart, constants together."""
        text, stood_apart = "", True
        for part in self.parts.values():
            stands_apart = part.startswith(("def ", "class "))
            between = "\n\n\n" if stands_apart or stood_apart else "\n"
            text, stood_apart = f"{text}{between}{part}" if text else part, stands_apart
        return text

    def _import(self, known: _Module, name: str) -> None:
        node, original = known.imports[name]
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == _OURS:
            self.add(node.module, original)
        elif isinstance(node, ast.ImportFrom):
            self.imports.add(f"from {node.module} import {original}")
        else:
            self.imports.add(f"import {original}" + (f" as {name}" if name != original.split(".")[0] else ""))


class _Module:
    """The top level of a module of ours."""

    def __init__(self, name: str) -> None:
        self._lines = getsource(import_module(name)).splitlines()
        self.definitions: dict[str, ast.stmt] = {}
        self.imports: dict[str, tuple[ast.Import | ast.ImportFrom, str]] = {}  # the statement and the original name
        for node in ast.parse("\n".join(self._lines)).body:
            match node:
                case ast.FunctionDef() | ast.ClassDef():
                    self.definitions[node.name] = node
                case ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)):
                    self.definitions[target] = node
                case ast.Import() | ast.ImportFrom():
                    names = [(each.asname or each.name.split(".")[0], each.name) for each in node.names]
                    self.imports |= {name: (node, original) for name, original in names}

    def text_of(self, node: ast.stmt) -> str:
        """Return a definition as it stands, with the comment above it, without decorators and what only refuses."""
        gone = {
            line
            for inner in ast.walk(node)
            if isinstance(inner, ast.stmt) and _only_refuses(inner)
            for line in range(inner.lineno, (inner.end_lineno or 0) + 1)
        }
        first = node.lineno
        while not isinstance(node, ast.ClassDef | ast.FunctionDef) and self._lines[first - 2].startswith("#"):
            first -= 1
        last = node.end_lineno or first
        return _REMARK.sub("", "\n".join(self._lines[at - 1] for at in range(first, last + 1) if at not in gone))


_module = cache(_Module)


def _only_refuses(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in _LEFT_OUT
        case ast.If(orelse=[]):
            return all(map(_only_refuses, statement.body))
    return False


def _names_in(node: ast.stmt) -> list[str]:
    """Return the names that a definition uses, in their order, annotations included; not those of what is left out."""
    dropped: set[ast.AST] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.stmt) and _only_refuses(inner):
            dropped |= set(ast.walk(inner))
        for decorator in getattr(inner, "decorator_list", ()):
            dropped |= set(ast.walk(decorator))
    return list(dict.fromkeys(each.id for each in ast.walk(node) if isinstance(each, ast.Name) and each not in dropped))


def quoted(text: str) -> str:
    """Return ``text`` as Python writes it, in double quotes where nothing in it needs another form."""
    plain = text.isprintable() and not set('"\\') & set(text)
    return f'"{text}"' if plain else repr(text)
