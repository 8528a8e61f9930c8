"""Makes a file a module of its own, with its neighbours, and leaves no trace in ``sys.path``."""

from __future__ import annotations

import ast
import importlib
import importlib.machinery
import importlib.util
import itertools
import sys
from pathlib import Path
from types import ModuleType

from cnnviz.foreign.homes import PREFIX, Home

_numbers = itertools.count(1)


def home_of(file: Path, tree: ast.Module) -> Home:
    """Return where a file, whose syntax tree is ``tree``, finds what it imports."""
    return Home(file, file.parents[len(_packages(file, tree))])


def add_module(file: Path, tree: ast.Module, home: Home) -> ModuleType:
    """Return a module, empty as yet, for a file's code to be run in, inside ``home``.

    Relative imports find the files beside it, as in a package. The code is not left to a loader, whose cache takes a
    file that is saved twice within a second for the same.

    Raises:
        Exception: whatever the file raises.
    """
    packages = _packages(file, tree)
    root = f"{PREFIX}{next(_numbers)}"
    _add_package(root, file.parents[len(packages)])
    parent = ".".join([root, *packages])
    if packages:
        importlib.import_module(parent)
    name = f"{parent}.{file.stem.replace('.', '_')}"
    loader = importlib.machinery.SourceFileLoader(name, str(file))  # for NET.PY too
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if not packages and file.stem not in sys.modules:  # a neighbour that imports it, by a circle, means this one
        home.modules[file.stem] = sys.modules[file.stem] = module
    vars(module)["__builtins__"] = home.builtins
    return module


def forget(module: ModuleType) -> None:
    """Drop a module of ``add_module``'s and what it imported relatively."""
    root = module.__name__.partition(".")[0]
    for name in [each for each in list(sys.modules) if each == root or each.startswith(f"{root}.")]:
        del sys.modules[name]


def _add_package(name: str, folder: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    package.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    sys.modules[name] = package


def _packages(file: Path, tree: ast.Module) -> list[str]:
    """Return the names of the packages that the file lies in, the outermost first.

    They are told by their ``__init__.py``, and by how many levels up the file itself imports: folders are packages too.
    """
    levels = max((node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)), default=0)
    names: list[str] = []
    for folder in file.parents:
        if not folder.name.isidentifier() or not ((folder / "__init__.py").is_file() or len(names) < levels - 1):
            break
        names.insert(0, folder.name)
    return names
