"""Imports point one way, and torch is loaded only when it is needed. Each check runs in a fresh interpreter."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cnnviz

_PACKAGE = Path(cnnviz.__file__).parent
_LOWEST = {"errors", "units", "files", "machine", "assets", "checkpoints"}
_BELOW = {
    "zoo": set(),
    "inspection": {"zoo"},
    "feature_maps": {"zoo", "inspection"},
    "training": {"zoo", "inspection"},
    "gui": {"zoo", "inspection", "feature_maps", "training", "doctor"},
}
_TORCH_FREE = (
    "cnnviz",
    "cnnviz.__main__",
    "cnnviz.zoo.catalog",
    "cnnviz.inspection.report",
    "cnnviz.inspection.explaining.surroundings",
    "cnnviz.inspection.graphs.graph_layout",
    "cnnviz.inspection.advice",
    "cnnviz.inspection.compare",
    "cnnviz.inspection.comparison_text",
    "cnnviz.inspection.export",
    "cnnviz.inspection.memory",
    "cnnviz.feature_maps.nouns",
    "cnnviz.training.config",
    "cnnviz.training.events",
    "cnnviz.training.control",
    "cnnviz.training.data_sets",
    "cnnviz.training.device_memory",
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


def test_capability_packages_do_not_load_qt() -> None:
    statement = "import cnnviz.inspection.tracer, cnnviz.feature_maps.capture, cnnviz.training.engine"
    assert _loads(statement, ("torch", "PySide6", "pyqtgraph")) == "torch"


@pytest.mark.parametrize("package", _BELOW)
def test_package_imports_only_what_lies_below_it(package: str) -> None:
    allowed = _BELOW[package] | _LOWEST | {package}
    for file in (_PACKAGE / package).rglob("*.py"):
        for name in _imports(file):
            assert name in allowed, f"{file.relative_to(_PACKAGE)} imports cnnviz.{name}"


def test_pages_never_import_one_another() -> None:
    for file in (_PACKAGE / "gui/pages").glob("*.py"):
        assert "cnnviz.gui.pages" not in file.read_text("utf-8"), file.name


def _imports(file: Path) -> set[str]:
    """Return the first part behind ``cnnviz.`` of everything that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.split(".")[1] for name in names if name.startswith("cnnviz.")}
    return found
