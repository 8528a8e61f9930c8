"""What a file of somebody's imports is found in its project, when it is loaded and when its network runs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.features import features
from cnnviz.inspection.tracer import inspect
from cnnviz.pictures.samples import samples
from cnnviz.zoo import build, resolve

Write = Callable[..., Path]
_BLOCKS = "from torch import nn\ndef block(i, o):\n    return nn.Conv2d(i, o, 3, padding=1)\n"
_NET = """
from torch import nn
{top}
input_shape = (3, 16, 16)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {inside}
        self.conv = {made}
    def forward(self, x):
        {forward}
        return self.conv(x)
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(files: dict[str, str], folder: str = "project") -> Path:
        for name, text in files.items():
            file = tmp_path / folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        return tmp_path / folder

    return make


def net(top: str = "", inside: str = "pass", forward: str = "pass", made: str = "nn.Conv2d(3, 4, 3, padding=1)") -> str:
    return _NET.format(top=top, inside=inside, forward=forward, made=made)


def uses(statement: str, made: str = "block(3, 4)") -> str:
    return net(statement, made=made)


_PROJECTS = {
    "no __init__.py": ("models/net.py", {"utils/blocks.py": _BLOCKS}, "from utils.blocks import block"),
    "two levels down": ("lib/models/net.py", {"utils/blocks.py": _BLOCKS}, "from utils.blocks import block"),
    "a marker and src": (
        "experiments/a/net.py",
        {"pyproject.toml": "", "src/mine/blocks.py": _BLOCKS, "src/mine/__init__.py": ""},
        "from mine.blocks import block",
    ),
    "requirements.txt": ("a/b/c/net.py", {"requirements.txt": "", "blocks.py": _BLOCKS}, "from blocks import block"),
    "neighbour of the same name": (
        "models/net.py",
        {"models/utils.py": "", "utils/blocks.py": _BLOCKS},
        "from utils.blocks import block",
    ),
    "package without that module": (
        "models/net.py",
        {"models/utils/__init__.py": "", "utils/__init__.py": "", "utils/blocks.py": _BLOCKS},
        "import utils.blocks\nblock = utils.blocks.block",
    ),
    "relative, no __init__.py": ("models/net.py", {"utils/blocks.py": _BLOCKS}, "from ..utils.blocks import block"),
    "the folder above by its name": ("models/net.py", {"models/blocks.py": _BLOCKS}, "from models.blocks import block"),
}


@pytest.mark.parametrize("project", _PROJECTS.values(), ids=_PROJECTS)
@pytest.mark.parametrize("place", ["inside", "elsewhere"])
def test_root_of_the_project_is_found(
    write: Write, monkeypatch: pytest.MonkeyPatch, project: tuple[str, dict[str, str], str], place: str
) -> None:
    name, files, statement = project
    root = write({name: uses(statement), **files})
    monkeypatch.chdir(root if place == "inside" else root.anchor)
    before = list(sys.path)
    report = inspect(f"{name if place == 'inside' else root / name}:Net")
    assert (report.status, report.totals.params) == ("complete", 3 * 4 * 9 + 4)
    assert sys.path == before
    assert {"utils", "utils.blocks", "mine", "blocks", "models"}.isdisjoint(sys.modules)


def test_installed_package_wins_over_a_folder_of_its_name_as_in_python(write: Write) -> None:
    root = write({"net.py": net("from torchinfo import summary"), "torchinfo/notes.py": "1 / 0"})
    assert inspect(str(root / "net.py")).status == "complete"


def test_what_is_nowhere_says_so(write: Write) -> None:
    with pytest.raises(CnnvizError, match=r"net\.py, line 3: ModuleNotFoundError: No module named 'no_such_thing'"):
        inspect(str(write({"net.py": net("import no_such_thing.inside")}) / "net.py"))


_WHILE_IT_RUNS = {
    "from": "from helper_ops import double; x = double(x)",
    "by name": "import importlib; x = importlib.import_module('helper_ops').double(x)",
    "by name, inside a package": "import importlib; x = importlib.import_module('utils.more').triple(x)",
    "__import__": "x = __import__('utils.more').more.triple(x)",
    "relative": "from .helper_ops import double; x = double(x)",
    "of a neighbour": "x = lazily(x)",
    "above": "from above_all import same; x = same(x)",
}
_HELPERS = {
    "models/helper_ops.py": "def double(x):\n    return x * 2\n",
    "utils/more.py": "def triple(x):\n    return x * 3\n",
    "utils/lazy.py": "def lazily(x):\n    from utils.more import triple\n    return triple(x)\n",
    "above_all.py": "def same(x):\n    return x\n",
}


@pytest.mark.parametrize("forward", _WHILE_IT_RUNS.values(), ids=_WHILE_IT_RUNS)
def test_project_is_importable_while_the_network_runs(write: Write, forward: str) -> None:
    root = write({"models/net.py": net("from utils.lazy import lazily", forward=forward), **_HELPERS})
    before = list(sys.path)
    file = f"{root / 'models/net.py'}:Net"
    for _ in range(2):
        assert inspect(file).status == "complete"
        assert build(resolve(file))(torch.zeros(1, 3, 8, 8)).shape == (1, 4, 8, 8)
        assert features(file, samples()[0].file, "conv").values.shape == (4, 16, 16)
    assert sys.path == before


def test_project_is_importable_while_the_constructor_runs_and_on_another_thread(write: Write) -> None:
    text = net(inside="from utils.more import triple", forward="from helper_ops import double; x = double(x)")
    model = build(resolve(f"{write({'models/net.py': text, **_HELPERS}) / 'models/net.py'}:Net"))
    shapes: list[torch.Size] = []
    thread = threading.Thread(target=lambda: shapes.append(model(torch.zeros(1, 3, 8, 8)).shape))
    thread.start()
    thread.join()
    assert shapes == [(1, 4, 8, 8)]


def test_late_import_gives_the_module_that_was_imported_before(write: Write) -> None:
    forward = "import state, importlib; assert state is top is importlib.import_module('state'); state.calls += 1"
    root = write({"net.py": net("import state as top", forward=forward), "state.py": "calls = 0\n"})
    model = build(resolve(f"{root / 'net.py'}:Net"))
    for _ in range(3):
        model(torch.zeros(1, 3, 8, 8))
    assert type(model).forward.__globals__["top"].calls == 3


@pytest.mark.parametrize("how", ["from helper import factor", "import importlib; factor = by_name('helper').factor"])
def test_projects_whose_modules_bear_one_name_keep_apart(write: Write, how: str) -> None:
    text = net("from importlib import import_module as by_name", forward=f"{how}; x = x * factor")
    models = []
    for factor in (2, 5):
        root = write({"net.py": text, "helper.py": f"factor = {factor}\n"}, f"project {factor}")
        models.append(build(resolve(f"{root / 'net.py'}:Net")).eval())
    picture = torch.ones(1, 3, 8, 8)
    for _ in range(2):
        for factor, model in zip((2, 5), models, strict=True):
            assert torch.allclose(model(picture), model.conv(picture * factor))  # type: ignore[operator]


def test_saved_neighbour_is_read_again_with_its_file(write: Write) -> None:
    root = write({"net.py": uses("from blocks import block"), "blocks.py": _BLOCKS})
    assert inspect(str(root / "net.py")).totals.params == 112
    write({"net.py": uses("from blocks import block", "block(3, 5)"), "blocks.py": _BLOCKS.replace("3,", "1,")})
    assert inspect(str(root / "net.py")).totals.params == 3 * 5 + 5


@pytest.mark.skipif(sys.platform == "win32", reason="rights are POSIX's")
@pytest.mark.parametrize("marker", ["pyproject.toml", ".git", "setup.py"])
def test_no_project_lies_in_a_folder_that_everybody_may_write_to(write: Write, tmp_path: Path, marker: str) -> None:
    file = write({"mine/net.py": uses("from planted import block")}, "shared")
    shared = tmp_path / "shared"
    (shared / marker).write_text("")
    (shared / "planted.py").write_text(f"{_BLOCKS}raise SystemExit('run')\n")
    shared.chmod(0o1777)
    with pytest.raises(CnnvizError, match="No module named 'planted'"):
        inspect(f"{tmp_path / 'shared' / 'mine' / 'net.py'}:Net")
    assert file.exists()


def test_file_that_is_linked_to_finds_what_lies_beside_itself(write: Write, tmp_path: Path) -> None:
    root = write({"deep/net.py": uses("from blocks import block"), "deep/blocks.py": _BLOCKS})
    (tmp_path / "link.py").symlink_to(root / "deep" / "net.py")
    assert inspect(f"{tmp_path / 'link.py'}:Net").totals.params == 112


@pytest.mark.parametrize(
    "words",
    [
        "import argparse; p = argparse.ArgumentParser(); p.add_argument('--width', default=4); p.parse_args()",
        "import sys; assert sys.argv == [__file__]",
    ],
)
def test_words_of_the_command_line_are_not_for_the_file(write: Write, words: str) -> None:
    before = list(sys.argv)
    assert inspect(f"{write({'net.py': net(words)}) / 'net.py'}:Net").totals.params == 112
    assert sys.argv == before


def test_file_that_is_looked_for_elsewhere_than_it_lies_is_told_so(write: Write) -> None:
    root = write({"net.py": net("open('config.json')"), "config.json": "{}"})
    with pytest.raises(CnnvizError, match=r"line 3: FileNotFoundError") as raised:
        inspect(f"{root / 'net.py'}:Net")
    assert "It lies beside net.py" in raised.value.hint
