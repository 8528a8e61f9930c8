"""Imports a file as a module of its own, with its neighbours, and leaves no trace in ``sys.path``."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

_PREFIX = "cnnviz_own_"
_numbers = itertools.count(1)


def import_file(file: Path, source: bytes) -> ModuleType:
    """Return the module that ``source`` makes. Relative imports find the files beside it, as in a package.

    Raises:
        Exception: whatever the file raises.
    """
    packages = _packages(file)
    root = f"{_PREFIX}{next(_numbers)}"
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
    # Not through the loader: its cache takes a file saved twice within a second for the same.
    exec(compile(source, str(file), "exec", dont_inherit=True), vars(module))
    return module


def forget(module: ModuleType) -> None:
    """Drop a module of ``import_file``'s and what it imported relatively."""
    root = module.__name__.partition(".")[0]
    for name in [each for each in sys.modules if each == root or each.startswith(f"{root}.")]:
        del sys.modules[name]


@contextmanager
def at_home(file: Path) -> Iterator[None]:
    """Inside, ``import neighbour`` finds the files beside ``file``; afterwards no other file's import does."""
    folders = list(dict.fromkeys([str(file.parent), str(file.parents[len(_packages(file))])]))
    known, written = set(sys.modules), sys.dont_write_bytecode
    sys.path[:0] = folders
    sys.dont_write_bytecode = True  # the user's folder stays as it is
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.dont_write_bytecode = written
        for folder in folders:
            if folder in sys.path:
                sys.path.remove(folder)
        for name in sys.modules.keys() - known:
            if not name.startswith(_PREFIX) and _is_beside(sys.modules[name], folders):
                del sys.modules[name]


def _add_package(name: str, folder: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    package.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    sys.modules[name] = package


def _packages(file: Path) -> list[str]:
    """Return the names of the packages that the file lies in, the outermost first."""
    names: list[str] = []
    for folder in file.parents:
        if not (folder / "__init__.py").is_file() or not folder.name.isidentifier():
            break
        names.insert(0, folder.name)
    return names


def _is_beside(module: ModuleType, folders: list[str]) -> bool:
    where = getattr(module, "__file__", None)
    if not isinstance(where, str):
        return False
    inside = any(Path(where).is_relative_to(folder) for folder in folders)
    return inside and "site-packages" not in Path(where).parts
