"""FILE.py:CALLABLE and .pt2 programs as MODEL: found without running them, run as their author would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.inspection.tracer import inspect, with_working_input
from cnnviz.zoo import build, resolve
from cnnviz.zoo.catalog import find
from cnnviz.zoo.own.own_names import own_name
from cnnviz.zoo.own.permission import NotAllowedError, ask_before_running
from cnnviz.zoo.specs import ConstructionError

Write = Callable[..., Path]
_NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self, width: int = 4):
        super().__init__()
        self.conv = nn.Conv2d(1, width, 3)

    def forward(self, x):
        return self.conv(x)
"""
_CALL = "        return self.conv(x)"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(text: str, name: str = "net.py") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    return make


def refusal(file: Path, callable_name: str = "") -> str:
    with pytest.raises(CnnvizError) as caught:
        build(resolve(f"{file}:{callable_name}" if callable_name else str(file)))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("net.py:Net", ("net.py", "Net")),
        ("a b/网络.py:Größe", ("网络.py", "Größe")),
        ("net.py", ("net.py", "")),
        ("x.pt2", ("x.pt2", "")),
        ("C:/x/net.py:Net", ("net.py", "Net")),
    ],
)
def test_name_of_a_file(text: str, name: tuple[str, str]) -> None:
    own = own_name(text)
    assert own is not None
    assert (own.file.name, own.callable) == name
    assert own.file.is_absolute()


@pytest.mark.parametrize(
    "text", ["vgg11", "torchvision/vgg11", "net.py:", "net.py:a-b", "x.pt2:Net", "net.txt", ".py", ""]
)
def test_name_that_is_no_file(text: str) -> None:
    assert own_name(text) is None


def test_finding_a_network_runs_nothing_and_loads_no_torch(write: Write) -> None:
    file = write(f"raise SystemExit('ran')\n{_NET}")
    code = f"import sys; from cnnviz.zoo.catalog import resolve; resolve({str(file)!r}); print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_only_network_of_a_file_needs_no_name(write: Write) -> None:
    file = write(_NET)
    assert resolve(str(file), {"width": "6"}).name == f"{file}:Net"
    assert inspect(str(file), options={"width": 6}).totals.params == 6 * 9 + 6


def test_two_networks_are_listed_in_the_refusal(write: Write) -> None:
    assert "net.py:Net, net.py:Other" in refusal(write(f"{_NET}\nclass Other(nn.Module): ...\n"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("class Net(:\n", "net.py, line 1: "),
        ("x = 3\n", "There is no network in net.py"),
        (f"import nowhere_at_all\n{_NET}", "line 1: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        (f"\nimport sys; sys.exit()\n{_NET}", "line 2: The network's code tries to end the program (SystemExit)"),
        (f"raise KeyboardInterrupt\n{_NET}", "line 1: The network's code tries to end the program"),
        (f"{{}}['x']\n{_NET}", "line 1: KeyError: 'x'"),
        (
            _NET.replace("super().__init__()", "raise SystemExit(1)"),
            "Net cannot be built: net.py, line 6: The network's",
        ),
        (_NET.replace("super().__init__()", "open('nowhere')"), "line 6: FileNotFoundError"),
        (_NET.replace("self.conv = nn.Conv2d(1, width, 3)", "nn.Conv2d(0, 3)"), "line 7: TypeError"),
        ("def make() -> 'nn.Module':\n    return 3\n", "make of net.py returns int, no nn.Module"),
    ],
)
def test_failing_file_is_refused_with_its_own_line(write: Write, text: str, words: str) -> None:
    assert words in refusal(write(text))


def test_failure_in_a_neighbour_names_the_neighbour(write: Write) -> None:
    write("1 / 0\n", "blocks.py")
    assert "blocks.py, line 1: ZeroDivisionError" in refusal(write(f"import blocks\n{_NET}"))


@pytest.mark.parametrize("statement", ["from .parts import make", "from parts import make"])
def test_neighbours_are_found_and_leave_no_trace(write: Write, statement: str) -> None:
    path, modules = list(sys.path), set(sys.modules)
    for channels in (3, 5):  # two folders whose neighbours bear the same name
        write(f"from torch import nn\ndef make():\n    return nn.Conv2d(1, {channels}, 1)\n", f"{channels}/parts.py")
        file = write(
            f"from torch import nn\n{statement}\ndef net() -> nn.Module:\n    return make()\n", f"{channels}/a b.py"
        )
        assert inspect(f"{file}:net", (1, 8, 8)).totals.params == 2 * channels
        assert not list(file.parent.glob("__pycache__"))
    assert sys.path == path
    assert [name for name in sys.modules.keys() - modules if not name.startswith("cnnviz_own_")] == []


def test_relative_import_of_the_package_above(write: Write) -> None:
    for folder in ("project", "project/models"):
        write("", f"{folder}/__init__.py")
    write("CHANNELS = 7\n", "project/common.py")
    text = "from torch import nn\nfrom ..common import CHANNELS\nnet = nn.Conv2d(1, CHANNELS, 1)\n"
    assert inspect(f"{write(text, 'project/models/net.py')}:net", (1, 8, 8)).totals.params == 14


def test_changed_file_is_run_again_even_within_the_same_second_and_size(write: Write) -> None:
    file = write(_NET)
    first = resolve(str(file))
    assert build(first).conv.out_channels == 4  # type: ignore[union-attr]
    write(_NET.replace("= 4", "= 5"))
    second = resolve(str(file))
    assert build(second).conv.out_channels == 5  # type: ignore[union-attr]
    assert first != second


def test_changed_neighbour_is_run_again(write: Write) -> None:
    beside = write("def factor(): return 4\n", "beside_it.py")
    file = write("from torch import nn\nfrom beside_it import factor\ndef net(): return nn.Linear(3, factor())\n")
    for width in (4, 5, 6):
        beside.write_text(f"def factor(): return {width}\n", "utf-8")
        assert inspect(f"{file}:net", (3,)).totals.params == 4 * width


def test_broken_or_deleted_file_keeps_its_entry_and_is_not_built(write: Write) -> None:
    file = write(_NET)
    spec = resolve(f"{file}:Net")
    write("class Net(:\n")
    assert [option.name for option in find(spec.name).options] == ["width"]
    with pytest.raises(CnnvizError, match=r"net\.py, line 1"):
        build(spec)
    file.unlink()
    assert find(spec.name).title == "Net"
    with pytest.raises(CnnvizError, match="There is no file"):
        build(spec)


def test_unknown_callable_and_missing_file_are_refused(write: Write, tmp_path: Path) -> None:
    assert "no class or function 'Nix'. It holds: Net." in refusal(write(_NET), "Nix")
    assert "There is no file" in refusal(tmp_path / "nowhere.py")
    assert "cannot be read" in refusal(write("", "folder.py/inner").parent)


def test_prints_and_seeds_of_a_file_stay_its_own(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    state = torch.get_rng_state()
    noisy = _NET.replace("super()", "print('made'); super()").replace(_CALL, f"        print('run')\n{_CALL}")
    report = inspect(str(write(f"import torch\nprint('read')\ntorch.manual_seed(7)\n{noisy}")))
    assert report.status == "complete"
    assert capsys.readouterr().out == ""
    assert torch.equal(torch.get_rng_state(), state)


def test_network_made_by_the_file_itself_is_copied_with_its_numbers(write: Write) -> None:
    file = write("import torch\nfrom torch import nn\nnet = nn.Linear(64, 64)\nnn.init.constant_(net.weight, 2.0)\n")
    spec = resolve(f"{file}:net", input_shape=(64,))
    assert inspect(spec).totals.macs == 64 * 64
    first, second = build(spec), build(spec)
    assert first is not second
    assert torch.equal(first.weight, torch.full((64, 64), 2.0))  # type: ignore[arg-type]


def test_network_that_cannot_be_built_on_meta_is_built_for_real(write: Write) -> None:
    text = _NET.replace("3)\n", "3)\n        nn.Linear(64, 64).weight.detach().numpy()\n", 1)
    spec = resolve(str(write(text)), input_shape=(1, 8, 8))
    assert inspect(spec).status == "complete"
    with torch.device("meta"), pytest.raises(ConstructionError):
        build(spec)


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        ("nn.Conv2d(1, 6, 5), nn.Flatten(), nn.Linear(6 * 24 * 24, 10)", (1, 28, 28)),
        ("nn.Conv2d(3, 6, 5), nn.Flatten(), nn.Linear(6 * 28 * 28, 10)", (3, 32, 32)),
        ("nn.Conv2d(3, 6, 5), nn.AdaptiveAvgPool2d(1)", (3, 224, 224)),
        ("nn.Flatten(), nn.Linear(784, 10)", (1, 28, 28)),
        ("nn.Linear(10, 2)", (10,)),
        ("nn.Conv1d(4, 2, 3)", (4, 128)),
        ("nn.Conv3d(2, 2, 3)", (2, 16, 16, 16)),
        ("nn.Embedding(100, 8)", (128,)),
        ("nn.LazyConv2d(6, 5), nn.Flatten(), nn.LazyLinear(10)", (3, 224, 224)),
    ],
)
def test_first_likely_input_that_works_is_taken(write: Write, body: str, shape: tuple[int, ...]) -> None:
    spec = with_working_input(
        resolve(str(write(f"from torch import nn\ndef net():\n    return nn.Sequential({body})\n")))
    )
    assert spec.input_shape == shape
    assert inspect(spec).status == "complete"


def test_declared_and_given_inputs_are_left_alone(write: Write) -> None:
    file = write(f"input_shape = (1, 40, 40)\n{_NET}")
    assert inspect(str(file)).input_shapes == ((1, 1, 40, 40),)
    assert inspect(str(file), (1, 9, 9)).input_shapes == ((1, 1, 9, 9),)


def test_file_that_may_not_run_is_not_run(write: Write) -> None:
    spec = resolve(str(write(f"raise SystemExit\n{_NET}")))
    ask_before_running(lambda _file, _revision: False)
    try:
        with pytest.raises(NotAllowedError):
            build(spec)
    finally:
        ask_before_running(None)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 100, 5)).eval()
    batch = ({0: torch.export.Dim("batch")},)
    file = tmp_path / "net.pt2"
    torch.export.save(
        torch.export.export(model, (torch.zeros(2, 3, 12, 12),), dynamic_shapes=(batch[0],), strict=False), file
    )
    return file


def test_program_is_a_network_with_the_input_it_was_exported_for(program: Path) -> None:
    assert find(str(program)).input_shape == (3, 12, 12)
    report = inspect(str(program), batch=3)
    assert report.status == "complete"
    assert report.totals.params == 3 * 8 * 9 + 8 + 2 * 8 + 800 * 5 + 5
    assert report.totals.macs == 3 * (3 * 8 * 9 * 100 + 800 * 5)
    assert [call.kind for call in report.calls if call.module][:3] == ["Sequential", "Conv2d", "BatchNorm2d"]


def test_program_that_cannot_be_folded_up_again_is_one_module_of_functions(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_program: object) -> nn.Module:
        raise RuntimeError("not this one")

    monkeypatch.setattr(torch.export, "unflatten", refuse)
    report = inspect(str(program), batch=3)
    assert report.status == "complete"
    assert report.totals.macs == 3 * (3 * 8 * 9 * 100 + 800 * 5)
    assert "conv2d" in [call.kind for call in report.calls]


def test_program_at_another_size_says_what_it_was_exported_for(program: Path) -> None:
    report = inspect(str(program), (3, 20, 20))
    assert report.error is not None
    assert report.status == "partial"


def test_file_that_is_no_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "net.pt2"
    for content in (b"", b"PK\x03\x04 no zip", b"hello" * 100):
        file.write_bytes(content)
        assert "no program of torch.export's" in refusal(file)


@pytest.mark.parametrize("name", ["a.py", "a.ipynb", "a.pt2", "a.json"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    (tmp_path / f"link{name}").symlink_to("/dev/zero")
    for file in (tmp_path / name, tmp_path / f"link{name}"):
        with pytest.raises(CnnvizError, match="is no file"):
            find(str(file))


@pytest.mark.parametrize("name", ["a.py", "a.ipynb", "a.json"])
def test_file_of_gigabytes_is_not_read(tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as opened:
        opened.truncate(3 << 30)
    with pytest.raises(CnnvizError, match="more than 64 MB"):
        find(str(tmp_path / name))


def test_archive_is_not_unpacked_where_it_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "a.pt2"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a/models/model.json", "w") as out:
        for _ in range(65):
            out.write(b" " * (1 << 20))
    with pytest.raises(CnnvizError, match=r"no program of torch\.export's"):
        find(str(file))


@pytest.mark.parametrize("at", range(0, 1000, 37))
def test_damaged_program_is_one_clear_line(tmp_path: Path, at: int) -> None:
    file = tmp_path / "a.pt2"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/models/model.json", json.dumps({"graph_module": {"signature": list(range(200))}}))
    content = bytearray(file.read_bytes())
    content[at % len(content)] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(CnnvizError, match=r"no program of torch\.export's"):
        find(str(file))


@pytest.mark.parametrize("name", ["net.py:", "net.py:Net:Net", ".", "/dev/null", "models/net", "net.pt2:x"])
def test_name_that_means_a_file_and_no_network_in_it_says_how_one_is_named(name: str) -> None:
    with pytest.raises(CnnvizError, match="names no network in a file") as caught:
        find(name)
    assert "FILE.py:CALLABLE" in caught.value.hint
