"""Builds networks from files of the user's. This runs what stands in them; an endless loop there cannot be stopped."""

from __future__ import annotations

import ast
import copy
import io
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from cnnviz.archives import check_unpacked
from cnnviz.errors import CnnvizError
from cnnviz.foreign.blame import blamed, is_ours
from cnnviz.foreign.guard import foreign_code
from cnnviz.foreign.homes import Home
from cnnviz.foreign.importing import add_module, forget, home_of
from cnnviz.foreign.process_state import process_state_kept
from cnnviz.foreign.randomness import RandomState, random_from, random_state, seeded
from cnnviz.machine import check_room
from cnnviz.zoo.own import own_entries as own
from cnnviz.zoo.own.cells import cells_of, whole_tree
from cnnviz.zoo.own.live import networks_of, value_of
from cnnviz.zoo.own.neighbours import remember_neighbours
from cnnviz.zoo.own.own_names import OwnName, own_name
from cnnviz.zoo.own.permission import check_allowed, digest
from cnnviz.zoo.own.running import cells_until, run_cells
from cnnviz.zoo.own.source import SourceNetwork, networks_in, offered
from cnnviz.zoo.specs import ConstructionError, ModelSpec


@dataclass(frozen=True, slots=True)
class _Loaded:
    digest: str
    cells: int  # of a notebook: how many were run as a whole
    failure: Exception | None  # of a notebook's cell, the first
    tree: ast.Module
    module: ModuleType
    home: Home
    dtype: torch.dtype  # of new tensors, as the file left it
    random: RandomState  # where its random numbers stood then: what it seeds, its networks draw from


_log = logging.getLogger(__name__)
logging.getLogger("torch.export").setLevel(logging.ERROR)  # it prints the traceback of what it tries first
_loaded: dict[Path, _Loaded] = {}
_one_at_a_time = threading.RLock()  # sys.path and sys.modules are the whole process's


def own_network(spec: ModelSpec) -> nn.Module:
    """Return a new network of the file that ``spec`` names, in training mode if the file leaves it so.

    Raises:
        ConstructionError: the class or function failed.
        CnnvizError: the file cannot be read, fails when it is run, or returns no network.
    """
    name = own_name(spec.name)
    if name is None:
        raise CnnvizError(f"{spec.name} is no file.", "Name a .py or .pt2 file.")
    own.read_source(name.file, most=1)  # says why it cannot be read
    if name.is_report:
        what = f"{name.file.name} is a saved report: it says what a network did, and there is no network in it."
        raise CnnvizError(what, "Open the network itself, by its name or from its file.")
    if name.is_program:
        return _program(name.file)
    with _one_at_a_time:
        loaded = _load(name.file, name.callable)
        with loaded.home.entered(), foreign_code():
            target = value_of(loaded.module, name.callable)
        if isinstance(target, nn.Module):
            return copy.deepcopy(target)
        if target is None and loaded.failure is not None:
            raise CnnvizError(*blamed(loaded.failure, name.file)) from loaded.failure
        if not callable(target):
            raise own.unknown(name, offered(networks_of(loaded.module, loaded.home, networks_in(loaded.tree))))
        return _called(target, spec, name)


def _called(target: Callable[..., object], spec: ModelSpec, name: OwnName) -> nn.Module:
    try:
        loaded = _loaded[name.file]
        with loaded.home.entered(), process_state_kept(), random_from(loaded.random), foreign_code():
            torch.set_default_dtype(loaded.dtype)
            made = target(**spec.options)
    except Exception as error:  # whatever a constructor may raise
        if is_ours(error):
            raise
        message, hint = blamed(error, name.file)
        raise ConstructionError(f"{name.callable} cannot be built: {message}", hint) from error
    if not isinstance(made, nn.Module):
        what = f"{name.callable} of {name.file.name} returns {type(made).__name__}, no nn.Module."
        raise CnnvizError(what, "Name a class that inherits from nn.Module, or a function that returns one.")
    return made


def networks_of_file(file: Path, wanted: str = "") -> tuple[SourceNetwork, ...]:
    """Run a file and return what it holds; ``wanted``: a name without which there is no use in it.

    Raises:
        CnnvizError: it may not run, cannot be read, or fails.
    """
    with _one_at_a_time:
        loaded = _load(file, wanted)
    found = networks_of(loaded.module, loaded.home, networks_in(loaded.tree), wanted)
    if loaded.failure is not None and (wanted not in {each.name for each in found} if wanted else not offered(found)):
        raise CnnvizError(*blamed(loaded.failure, file)) from loaded.failure
    return found


def note_neighbours(file: Path) -> None:
    """Remember what of its project a file has imported, when it was run or when its network was."""
    if (loaded := _loaded.get(file)) is not None:
        remember_neighbours(file, dict(loaded.home.imported))


def _load(file: Path, wanted: str) -> _Loaded:
    """Return what the file's code made, run again when its content has changed, or when too little of it was run."""
    source = own.read_source(file)
    check_allowed(file, source)
    cells = cells_of(source, file)
    most = cells_until(wanted, cells)
    before = _loaded.get(file)
    if before is not None and before.digest == digest(source) and most <= before.cells and before.home.is_as_it_was():
        return before
    if before is not None:
        forget(_loaded.pop(file).module)
    tree = whole_tree(cells)
    home = home_of(file, tree)
    # Not on meta, where we may be asked from: what the file makes now serves every later call. What it draws, a run in
    # another thread must not hear of.
    try:
        with process_state_kept(), torch._C.DisableTorchFunction(), _drawn_alone(), home.entered(), foreign_code():
            module = add_module(file, tree, home)
            failure = run_cells(cells, most, file, module)
            state = torch.get_default_dtype(), random_state()
    except Exception as error:  # whatever a file may raise
        if is_ours(error):
            raise
        message, hint = blamed(error, file)
        raise CnnvizError(message, hint) from error
    _loaded[file] = _Loaded(digest(source), most, failure, tree, module, home, *state)
    if failure is None:
        own.remember_networks(file, digest(source), networks_of(module, home, networks_in(tree)))
    return _loaded[file]


@contextmanager
def _drawn_alone() -> Iterator[None]:
    with seeded(0), random_from(None):
        yield


def _program(file: Path) -> nn.Module:
    """Return the modules that were exported. ``torch.export.load`` unpickles: a program can hold code as a file can."""
    own.architecture(OwnName(file))  # says what is wrong with a file that is no program
    content = _content(file)
    import_module("torch._dynamo")  # PyTorch 2.6 cannot do it where its functions are disabled
    try:
        with torch._C.DisableTorchFunction(), foreign_code():
            program = torch.export.load(content)
            return _unfolded(program)
    except Exception as error:  # whatever another version of PyTorch may have saved
        text = (str(error).strip() or type(error).__name__).splitlines()[0]
        hint = f"Export it again with this PyTorch, {torch.__version__}."
        raise CnnvizError(f"{file.name} cannot be loaded: {text}", hint) from error


def _content(file: Path) -> io.BytesIO:
    """Return all of a program, which may run: what is loaded is what was allowed, whatever is saved meanwhile.

    Raises:
        CnnvizError: it may not run, or there is not enough memory.
    """
    with file.open("rb") as opened:
        check_unpacked(opened, file)
        check_room(2 * file.stat().st_size, "Close other programs.")
        content = opened.read()
    check_allowed(file, content)
    return io.BytesIO(content)


def _unfolded(program: torch.export.ExportedProgram) -> nn.Module:
    """Return the program as the tree of modules it was, each named after its class, so that a report shows the same.

    Where this PyTorch cannot fold it up again, which older ones often cannot: as one module of functions.
    """
    try:
        model: nn.Module = torch.export.unflatten(program)
    except Exception as error:  # whatever it meets
        _log.info("the program cannot be unflattened: %s", error)
        model = program.module()
        for refusing in ("train", "eval"):  # it stays in the mode that it was exported in
            vars(model).pop(refusing, None)
    for module in model.modules():
        kind = getattr(module, "type_name", lambda: None)()
        if isinstance(kind, str):
            module.__class__ = type(kind.rpartition(".")[2], (type(module),), {})
        for node in getattr(getattr(module, "graph", None), "nodes", ()):
            node.meta = {}  # symbolic tensors, which nothing can copy
    return model
