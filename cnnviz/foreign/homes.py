"""Where somebody's file is at home: what it imports is found there, when it is loaded and when its network runs."""

from __future__ import annotations

import builtins
import importlib
import importlib.machinery
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from cnnviz.files import stamp_of
from cnnviz.paths import real

_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", "requirements.txt")
PREFIX = "cnnviz_own_"
_lock = threading.RLock()  # sys.path and sys.modules are the whole process's
_PATIENCE = 10  # seconds: code of the user's may wait, in a thread that holds the lock, for one that imports
_entered: list[Home] = []  # the innermost last


class Home:
    """The folders of a file's project and what was imported from them: another project's modules may bear the names.

    What the project imports later, in a forward pass, is found too, and is the same module: each module of it sees an
    ``__import__``, and an ``importlib``, of its own.
    """

    def __init__(self, file: Path, top: Path) -> None:
        """``top``: the folder in which the file's outermost package lies, the file's own where it lies in none."""
        self._file = file
        own = real(file).parent  # where Python looks, of a link
        self.above = _above(own)
        root = next((folder for folder in [own, *self.above] if _is_marked(folder)), None)
        projects = [] if root is None else [root, *filter(Path.is_dir, [root / "src"])]
        self.folders = list(dict.fromkeys([file.parent, top, own, *projects]))
        self.modules: dict[str, ModuleType] = {}
        self.imported: dict[Path, object] = {}  # files of modules, and their stamps when they ran
        self.builtins = {**vars(builtins), "__import__": self._import}
        self._wanted = ""  # the import under way, with its dots
        self._importlib = _Importlib(self)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Inside, every import finds what lies in the project, and the file's are the command line's words.

        Afterwards no other file's import finds it.
        """
        with _lock:
            if _entered[-1:] == [self]:
                yield
                return
            before, written, known = list(sys.path), sys.dont_write_bytecode, set(sys.modules)
            words, sys.argv = sys.argv, [str(self._file)]  # of ``python net.py``: what was asked of us is not for it
            finders = _Finder(self), _Finder(self, above=True)
            hidden = _replaced_by(self.modules)
            sys.meta_path.insert(_position_of_path_finder(), finders[0])
            sys.meta_path.append(finders[1])
            sys.path[:0] = [str(folder) for folder in self.folders]
            sys.dont_write_bytecode = True  # the user's folder stays as it is
            importlib.invalidate_caches()
            _entered.append(self)
            try:
                yield
            finally:
                _entered.pop()
                sys.dont_write_bytecode, sys.argv = written, words
                for finder in finders:
                    sys.meta_path.remove(finder)
                _remove_from_path([str(folder) for folder in self.folders], before)
                self._take_modules(known)
                sys.modules.update(hidden)

    def spec(self, name: str, path: Sequence[str] | None, above: bool = False) -> ModuleSpec | None:
        """Return where a module of the project is; of a top-level name, the nearest folder that has all of its import.

        ``above``: look in the folders above the project too.
        """
        if path is not None:
            return self._own(PathFinder.find_spec(name, path))
        wanted = self._wanted if self._wanted.startswith(f"{name}.") else name
        folders = [*self.folders, *(self.above if above else [])]
        found = next((folder for folder in folders if _resolves(folder, wanted)), None)
        if found is None:
            usual = None if above else self._own(PathFinder.find_spec(name))
            if usual is None or wanted == name or not isinstance(usual.loader, _Loader):
                return usual
            return self.spec(name, None, above=True) or usual  # what bears its name here has not what is wanted of it
        if found not in self.folders:
            self.folders.append(found)
            sys.path.insert(len(self.folders) - 1, str(found))
        spec = PathFinder.find_spec(name, [str(found)])
        if (
            spec is not None and spec.loader is None and not above
        ):  # Python prefers a package to a folder without a file
            outside = PathFinder.find_spec(name, [each for each in sys.path if Path(each) not in self.folders])
            spec = outside if outside is not None and outside.loader is not None else spec
        return self._own(spec)

    def holds(self, file: str) -> bool:
        """Return whether a file lies in the project, and in no environment of it."""
        path = Path(file)
        return any(path.is_relative_to(folder) for folder in self.folders) and "site-packages" not in path.parts

    def is_as_it_was(self) -> bool:
        """False where a file of a module that was imported has changed since, or is gone."""
        return all(stamp_of(file) == stamp for file, stamp in list(self.imported.items()))

    def _own(self, spec: ModuleSpec | None) -> ModuleSpec | None:
        if spec is not None and type(spec.loader) is SourceFileLoader and self.holds(spec.loader.path):
            spec.loader = _Loader(spec.loader.name, spec.loader.path, self)
        return spec

    @contextmanager
    def importing(self, name: str) -> Iterator[None]:
        """Inside, ``name`` is imported as in the project."""
        if not _lock.acquire(timeout=_PATIENCE):
            yield
            return
        before, self._wanted = self._wanted, name
        try:
            with self.entered():
                yield
        finally:
            self._wanted = before
            _lock.release()

    def _import(self, name: str, *arguments: Any, **named: Any) -> ModuleType:
        """``builtins.__import__``, of globals, locals, fromlist, level."""
        top = name.partition(".")[0]
        if top in sys.modules and top not in self.modules:
            found = builtins.__import__(name, *arguments, **named)
        else:
            with self.importing(name):
                found = builtins.__import__(name, *arguments, **named)
        return self._importlib if found is importlib else found

    def _take_modules(self, known: set[str]) -> None:
        for name in [*self.modules, *(sys.modules.keys() - known)]:
            module = sys.modules.get(name)
            if module is not None and not name.startswith(PREFIX) and any(map(self.holds, _places(module))):
                self.modules[name] = module
                del sys.modules[name]


class _Finder:
    """Finds what lies in the project as Python would; ``above``: in the folders above it what nobody else finds."""

    def __init__(self, home: Home, above: bool = False) -> None:
        self._home, self._above, self._thread = home, above, threading.get_ident()

    def find_spec(self, name: str, path: Sequence[str] | None, *_target: object) -> ModuleSpec | None:
        if threading.get_ident() != self._thread or (self._above and path is not None):
            return None
        return self._home.spec(name, path, self._above)


class _Importlib(ModuleType):
    """What the modules of a project get as ``importlib``: it imports by name what they import by statement."""

    def __init__(self, home: Home) -> None:
        super().__init__("importlib")
        self._home = home

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        with self._home.importing(name):
            return importlib.import_module(name, package)

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib, name)


class _Loader(SourceFileLoader):
    """Runs a module of a project once, with the project's ``__import__``."""

    def __init__(self, name: str, path: str, home: Home) -> None:
        super().__init__(name, path)
        self._home = home

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._home.modules.get(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        if self._home.modules.get(module.__name__) is module:
            return
        vars(module)["__builtins__"] = self._home.builtins
        self._home.imported[Path(self.path)] = stamp_of(Path(self.path))
        super().exec_module(module)
        if not module.__name__.startswith(PREFIX):
            self._home.modules[module.__name__] = module


def _is_marked(folder: Path) -> bool:
    return any((folder / each).exists() for each in _MARKERS)


def _above(folder: Path) -> list[Path]:
    """Return the folders above, the nearest first: up to the user's own, and none that everybody may write to."""
    found: list[Path] = []
    for each in folder.parents:
        if each == Path(each.anchor) or _anybody_writes(each):
            break
        found.append(each)
        if each == Path.home():
            break
    return found


def _anybody_writes(folder: Path) -> bool:
    try:
        return os.name == "posix" and bool(folder.stat().st_mode & 0o002)
    except OSError:
        return True


def _resolves(folder: Path, name: str) -> bool:
    """Return whether ``a.b`` is a module or a folder of modules below ``folder``."""
    place = folder.joinpath(*name.split("."))
    try:
        return place.with_name(f"{place.name}.py").is_file() or any(place.glob("*.py"))
    except OSError:
        return False


def _replaced_by(modules: Mapping[str, ModuleType]) -> dict[str, ModuleType]:
    """Let imports find these modules; return what they hide."""
    hidden = {name: sys.modules[name] for name in modules if name in sys.modules}
    sys.modules.update(modules)
    return {name: module for name, module in hidden.items() if module is not modules[name]}


def _position_of_path_finder() -> int:
    return sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else 0


def _remove_from_path(folders: Sequence[str], before: Sequence[str]) -> None:
    for folder in folders:
        if sys.path.count(folder) > before.count(folder):
            sys.path.remove(folder)


def _places(module: ModuleType) -> list[str]:
    """Return the file of a module, of a folder without ``__init__.py`` the folders."""
    file = getattr(module, "__file__", None)
    if isinstance(file, str):
        return [file]
    try:
        return [str(each) for each in getattr(module, "__path__", ())]
    except Exception:  # of a lazy module of somebody's, whatever it may be
        return []
