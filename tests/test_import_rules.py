"""Imports point one way, and torch is loaded only when it is needed. Each check runs in a fresh interpreter."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cnnviz
from cnnviz.gui.pages import PAGES

_PACKAGE = Path(cnnviz.__file__).parent
# A package may import what stands behind it, and the ground: modules that lie directly in the package.
_GROUND = {
    "errors",
    "units",
    "files",
    "downloads",
    "machine",
    "allocator",
    "assets",
    "version",
    "display",
    "places",
    "plain_data",
    "archives",
    "printable",
    "slow_disks",
    "paths",
}
_BELOW = {
    "pictures": set(),
    "foreign": set(),
    "runs": set(),
    "zoo": {"foreign", "pictures", "runs"},
    "inspection": {"foreign", "zoo"},
    "feature_maps": {"foreign", "pictures", "runs", "zoo", "inspection", "training"},
    "training": {"foreign", "pictures", "runs", "zoo", "inspection"},
    "gui": {"foreign", "pictures", "runs", "zoo", "inspection", "feature_maps", "training"},
    "cli": {"foreign", "pictures", "runs", "zoo", "inspection", "feature_maps", "training"},
}
_BELOW_ROOMS = ("parts", "calls", "workers", "data")  # in this order: each may import what stands before it
_ROOMS = sorted({file.parent.name for file in (_PACKAGE / "gui").glob("*/__init__.py")} - set(_BELOW_ROOMS))
_TORCH_FREE = (
    "cnnviz",
    "cnnviz.__main__",
    "cnnviz.zoo.catalog",
    "cnnviz.inspection.report",
    "cnnviz.inspection.explaining.surroundings",
    "cnnviz.inspection.graphs.graph_layout",
    "cnnviz.inspection.advice",
    "cnnviz.inspection.comparison",
    "cnnviz.inspection.comparison_text",
    "cnnviz.inspection.export",
    "cnnviz.inspection.kinds.table",
    "cnnviz.inspection.memory",
    "cnnviz.feature_maps.answers",
    "cnnviz.feature_maps.playground.known_examples",
    "cnnviz.feature_maps.playground.play_text",
    "cnnviz.feature_maps.questions",
    "cnnviz.zoo.weights_source",
    "cnnviz.training.config",
    "cnnviz.training.optimizers",
    "cnnviz.training.recipes",
    "cnnviz.training.schedules",
    "cnnviz.training.settings",
    "cnnviz.training.diagnosis",
    "cnnviz.training.events",
    "cnnviz.training.observing",
    "cnnviz.training.control",
    "cnnviz.training.published_runs",
    "cnnviz.training.recording",
    "cnnviz.training.data.data_sets",
    "cnnviz.machine",
    "cnnviz.gui.app",
    "cnnviz.gui.main_window",
)


def _loads(statement: str, modules: tuple[str, ...]) -> str:
    """Return which of ``modules`` a fresh interpreter holds after ``statement``."""
    code = f"import sys; {statement}; print(*[name for name in {modules!r} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("module", _TORCH_FREE)
def test_module_needed_at_start_up_does_not_load_torch(module: str) -> None:
    assert _loads(f"import {module}", ("torch", "torchvision", "torchinfo")) == ""


def test_first_frame_needs_no_network_and_no_numbers() -> None:
    assert _loads("import cnnviz.gui.main_window", ("cnnviz.downloads", "http.client", "numpy")) == ""


def test_capability_packages_do_not_load_qt() -> None:
    statement = "import cnnviz.inspection.tracer, cnnviz.feature_maps.features, cnnviz.training.engine"
    assert _loads(statement, ("torch", "PySide6", "pyqtgraph")) == "torch"


@pytest.mark.parametrize("package", _BELOW)
def test_package_imports_only_what_lies_below_it(package: str) -> None:
    allowed = _BELOW[package] | _GROUND | {package}
    for file in (_PACKAGE / package).rglob("*.py"):
        for name in _imports(file):
            assert name in allowed, f"{file.relative_to(_PACKAGE)} imports cnnviz.{name}"


def test_feature_maps_know_of_training_only_its_data() -> None:
    for file in (_PACKAGE / "feature_maps").rglob("*.py"):
        assert _imports(file, "cnnviz.training") <= {"data"}, file.relative_to(_PACKAGE)


def test_every_package_stands_in_the_rule() -> None:
    assert {file.parent.name for file in _PACKAGE.glob("*/__init__.py")} == set(_BELOW)


@pytest.mark.parametrize("room", _ROOMS)
def test_room_of_the_window_imports_no_other_room(room: str) -> None:
    others = set(_ROOMS) - {room}
    for file in (_PACKAGE / "gui" / room).rglob("*.py"):
        assert others.isdisjoint(_imports(file, "cnnviz.gui")), file.relative_to(_PACKAGE)


@pytest.mark.parametrize("shared", _BELOW_ROOMS)
def test_what_rooms_share_imports_no_room(shared: str) -> None:
    for file in (_PACKAGE / "gui" / shared).rglob("*.py"):
        assert set(_ROOMS).isdisjoint(_imports(file, "cnnviz.gui")), file.relative_to(_PACKAGE)


def test_list_of_pages_names_every_page() -> None:
    assert {entry.id for entry in PAGES} == {file.parent.name for file in (_PACKAGE / "gui").glob("*/page.py")}
    assert len({entry.id for entry in PAGES}) == len(PAGES)


def test_list_of_pages_loads_none_and_what_is_built_at_once_does_without_what_is_slow() -> None:
    slow = ("torch", "torchvision", "numpy", "pyqtgraph")
    assert _loads("import cnnviz.gui.pages", (*slow, *(entry.module for entry in PAGES))) == ""
    modules = ", ".join(entry.module for entry in PAGES if entry.at_once)
    assert _loads(f"import cnnviz.gui.main_window, {modules}", slow) == ""


def test_no_module_and_no_function_is_too_long_to_be_read() -> None:
    for file in _PACKAGE.rglob("*.py"):
        text = file.read_text("utf-8")
        assert text.count("\n") <= 300, file.relative_to(_PACKAGE)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= 40, f"{file.relative_to(_PACKAGE)}: {node.name}"


def test_no_two_modules_bear_one_name() -> None:
    names = [file.stem for file in _PACKAGE.rglob("*.py") if file.stem not in ("__init__", "page")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def _imports(file: Path, below: str = "cnnviz") -> set[str]:
    """Return the first part behind ``below`` of everything that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        if isinstance(node, ast.ImportFrom) and node.module == below:
            names = [f"{below}.{alias.name}" for alias in node.names]
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.removeprefix(f"{below}.").split(".")[0] for name in names if name.startswith(f"{below}.")}
    return found
