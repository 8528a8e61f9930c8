"""Networks that stand in a file in any way that Python allows: told by its text, or by the module that it makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.inspection.tracer import inspect
from cnnviz.zoo.catalog import find
from cnnviz.zoo.own.own_entries import architectures_in
from cnnviz.zoo.own.permission import NotAllowedError, ask_before_running

_TOP = "import torch\nfrom functools import partial\nfrom torch import nn\ninput_shape = (3, 8, 8)\n"
_CLASS = """
class {name}(nn.Module):
    def __init__(self, width: int = 4, act: str = "relu"):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
    def forward(self, x):
        return self.conv(x)
"""
_NET = _CLASS.format(name="Net")
_INDENTED = _NET.replace("\n", "\n    ")
_CONV = "nn.Sequential(nn.Conv2d(3, 4, 3))"
_MAKE = f"def make(width=4):\n    return {_CONV.replace('4', 'width', 1)}\n"
_FORMS = {
    "annotated": f"net: nn.Module = {_CONV}",
    "annotated text": f"net: 'nn.Module' = {_CONV}",
    "tuple": f"first, net = nn.ReLU(), {_CONV}",
    "list": f"[first, (second, net)] = 1, (2, {_CONV})",
    "chain": f"other = net = {_CONV}",
    "unpacked": f"net, rest = ({_CONV}, 3)[:2]",
    "if": f"if hasattr(nn, 'GELU'):{_INDENTED}",
    "else": f"if False:\n    pass\nelse:{_INDENTED}",
    "except": f"try:\n    import no_such_kernel\nexcept ImportError:{_INDENTED}",
    "finally": f"try:\n    pass\nfinally:{_INDENTED}",
    "with": f"with torch.no_grad():\n    net = {_CONV}",
    "for": f"for width in (2, 4):\n    net = {_CONV}",
    "match": f"match 3:\n    case 3:{_NET.replace(chr(10), chr(10) + ' ' * 8)}",
    "partial of a class": f"{_NET}\nSmall = partial(Net, act='tanh')",
    "partial of a function": f"{_MAKE}\nSmall = partial(make, width=4)",
    "alias": f"{_CLASS.format(name='_Net')}\nNet = _Net",
    "made by a function": f"{_MAKE}\nnet = make()",
    "dictionary": f"zoo = {{'a': {_CONV}}}\nnet = zoo['a']",
    "globals": f"{_MAKE}\nglobals()['net'] = make()",
    "exec": f"exec({_NET!r})",
    "decorated": f"def same(cls):\n    return cls\n@same{_NET}",
    "factory": f"def classes():{_INDENTED}\n    return Net\nNet = classes()",
    "type": f"{_CLASS.format(name='_Net')}\nNet = type('Net', (_Net,), {{}})",
    "star": "from neighbour import *",
    "relative star": "from .neighbour import *",
    "star of a package": "from models import *",
    "imported as": "from neighbour import Net as Mine",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "neighbour.py").write_text(f"{_TOP}{_NET}")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("from .one import Net, input_shape\n")
    (tmp_path / "models" / "one.py").write_text(f"{_TOP}{_NET}")
    return tmp_path


def name_in(form: str) -> str:
    said = next((each for each in ("Mine", "Small", "Net") if each in form), "net")
    return "Net" if "*" in form else said


@pytest.mark.parametrize("form", _FORMS.values(), ids=_FORMS)
def test_network_is_found_by_its_name_in_every_form(folder: Path, form: str) -> None:
    file = folder / "net.py"
    file.write_text(form if form.startswith("from ") else f"{_TOP}{form}\n")
    name = name_in(form)
    report = inspect(f"{file}:{name}", (3, 8, 8))
    assert (report.status, report.totals.params, report.totals.macs) == ("complete", 112, 4 * 27 * 36)
    assert name in [each.title for each in architectures_in(file)] or "_" in form


def test_case_of_the_issue_lists_every_network(folder: Path) -> None:
    file = folder / "net.py"
    forms = ("annotated", "tuple", "if", "except")
    file.write_text(_TOP + "\n".join(_FORMS[form].replace("Net", form.title()) for form in forms))
    assert [each.title for each in architectures_in(file)] == ["net", "first", "If", "Except"]


@pytest.mark.parametrize("form", ["partial of a class", "star", "alias", "imported as", "type", "decorated", "exec"])
def test_options_of_what_the_text_does_not_tell_are_the_signatures(folder: Path, form: str) -> None:
    file = folder / "net.py"
    file.write_text(_FORMS[form] if form in ("star", "imported as") else f"{_TOP}{_FORMS[form]}\n")
    name = name_in(_FORMS[form])
    assert {option.name: option.default for option in find(f"{file}:{name}").options} == {
        "width": 4,
        "act": "tanh" if name == "Small" else "relu",
    }
    assert inspect(f"{file}:{name}", (3, 8, 8), options={"width": 6}).totals.params == 6 * 28


def test_options_of_an_inherited_constructor_are_read(folder: Path) -> None:
    file = folder / "net.py"
    file.write_text("from neighbour import Net\nclass Mine(Net):\n    pass\n")
    assert [option.name for option in find(f"{file}:Mine").options] == ["width", "act"]


@pytest.mark.parametrize(
    "statement", ["SIZE = 4\ninput_shape = (3, 2 * SIZE, 8)", "SIZE = 8\ninput_shape = (3, SIZE, SIZE)"]
)
def test_input_shape_that_is_computed_is_read(folder: Path, statement: str) -> None:
    file = folder / "net.py"
    file.write_text(f"{_TOP}{statement}\n{_NET}")
    assert find(f"{file}:Net").input_shape == (3, 8, 8)
    assert not find(f"{file}:Net").input_is_guess


@pytest.mark.parametrize("said", ['(12, "int64")', "(12, torch.int64)", '"12:int64"', '["12:long"]'])
def test_kind_of_number_is_declared_in_the_file(folder: Path, said: str) -> None:
    file = folder / "net.py"
    file.write_text(f"{_TOP}input_shape = {said}\nnet = nn.Embedding(9, 4)\n")
    found = find(f"{file}:net")
    assert (found.input_shape, found.dtypes, found.input_is_guess) == ((12,), ("int64",), False)


def test_what_stars_bring_from_a_library_is_not_offered(folder: Path) -> None:
    file = folder / "net.py"
    file.write_text(f"from torch.nn import *\nfrom torchvision.models import *\n{_TOP}{_NET}")
    assert [each.title for each in architectures_in(file)] == ["Net"]


def test_name_that_is_nowhere_is_refused_without_running_what_tells_all(folder: Path) -> None:
    file = folder / "net.py"
    file.write_text(f"{_TOP}{_NET}raise SystemExit('ran')\n")
    with pytest.raises(CnnvizError, match="has no class or function 'Nix'"):
        find(f"{file}:Nix")
    file.write_text(f"from neighbour import *\n{_TOP}{_NET}")
    with pytest.raises(CnnvizError, match="has no class or function 'Nix'"):
        find(f"{file}:Nix")
    file.write_text("x = 3\n")
    with pytest.raises(CnnvizError, match=r"There is no network in net\.py"):
        architectures_in(file)


def test_file_that_must_be_asked_about_is_not_run_to_be_listed(folder: Path) -> None:
    file = folder / "net.py"
    file.write_text("from neighbour import *\nopen('ran', 'w')\n")
    ask_before_running(lambda _file, _revision: False)
    try:
        with pytest.raises(CnnvizError, match="There is no network"):
            architectures_in(file)
        assert find(f"{file}:Net").options == ()  # taken at its word
        with pytest.raises(NotAllowedError):
            inspect(f"{file}:Net", (3, 8, 8))
    finally:
        ask_before_running(None)
    assert not Path("ran").exists()


_TEXTS = {
    "gbk": "卷积网络",
    "big5": "網路",
    "shift_jis": "ニューラル",
    "euc-kr": "신경망",
    "latin-1": "Größe",
    "cp1251": "Сеть",
}


@pytest.mark.parametrize("encoding", [*_TEXTS, "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_declared_encoding_is_read(folder: Path, encoding: str, newline: str) -> None:
    word = _TEXTS.get(encoding, "网络")
    file = folder / "net.py"
    declared = f"# -*- coding: {encoding} -*-\n" if encoding in _TEXTS else ""
    text = f'{declared}{_TOP}WORD = "{word}"{_NET.replace("super()", f"assert WORD == {word!r}; super()", 1)}'
    file.write_bytes(text.replace("\n", newline).encode(encoding))
    assert inspect(f"{file}:Net").status == "complete"


def test_encoding_that_is_not_declared_is_said_with_its_line(folder: Path) -> None:
    file = folder / "net.py"
    file.write_bytes(f"{_TOP}# 卷积网络\n{_NET}".encode("gbk"))
    with pytest.raises(CnnvizError, match=r"net\.py, line 5: this is not UTF-8\. .*coding: gbk"):
        find(f"{file}:Net")
    file.write_bytes(b"# coding: no-such-code\n")
    with pytest.raises(CnnvizError, match=r"net\.py: unknown encoding"):
        find(f"{file}:Net")


def notebook(*cells: str, language: str = "python") -> str:
    made = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells]
    words = {"cell_type": "markdown", "source": ["# A network\n"]}
    return json.dumps({"cells": [words, *made], "metadata": {"kernelspec": {"language": language}}, "nbformat": 4})


def test_notebook_is_the_code_in_its_cells(folder: Path) -> None:
    file = folder / "my net.ipynb"
    magics = (
        "%matplotlib inline\n!pip install nothing\nfiles = !ls\nif True:\n    %time x = 1\n!echo a \\\n  b\ntorch?\n"
    )
    file.write_text(
        notebook(
            _TOP + magics,
            "%%bash\nls $HOME",
            f"%%time\nwidths = (3\n% 5)\n{_NET}",
            "%%writefile x.py\n1 / 0",
            "not Python at all",
        )
    )
    assert [each.title for each in architectures_in(file)] == ["Net"]
    assert find(str(file)).source.endswith("my net.ipynb, cell 3, line 5")
    assert inspect(str(file), options={"width": 6}).totals.params == 6 * 28


def test_notebook_runs_no_farther_than_to_its_network(folder: Path) -> None:
    file = folder / "net.ipynb"
    late = "import math\nhelped = 1 / 0\nscale = 3\ndef helper(x):\n    return x * math.pi"
    net = _NET.replace("self.conv(x)", "helper(self.conv(x))")
    file.write_text(notebook(_TOP, "data = open('nowhere.csv')", net, late, "while True:\n    pass"))
    assert inspect(f"{file}:Net").status == "complete"
    file.write_text(notebook(_TOP, "data = open('nowhere.csv')", net, late, "net = Net(5)", "while True:\n    pass"))
    assert inspect(f"{file}:net").totals.params == 5 * 28


def test_failing_line_of_a_notebook_is_named_by_its_cell(folder: Path) -> None:
    file = folder / "net.ipynb"
    file.write_text(notebook(_TOP, "\nNet = make_it()"))
    with pytest.raises(CnnvizError, match=r"net\.ipynb, cell 2, line 2: NameError: name 'make_it' is not defined"):
        inspect(f"{file}:Net")
    file.write_text(notebook(_TOP, _NET.replace("super()", "1 / 0; super()", 1)))
    with pytest.raises(CnnvizError, match=r"net\.ipynb, cell 2, line 4: ZeroDivisionError"):
        inspect(f"{file}:Net")
    file.write_text(notebook(_TOP, _NET.replace("return self.conv(x)", "return self.conv(x) @ x")))
    error = inspect(f"{file}:Net").error
    assert error is not None
    assert error.source == "net.ipynb, cell 2:7"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no notebook that can be read"),
        ("[]", "no notebook that can be read"),
        (notebook("x <- 3", language="R"), "is a notebook of R"),
        (notebook("class Net(:"), "cell 1, line 1: "),
        (notebook("x = 3"), "There is no network in net.ipynb"),
    ],
)
def test_notebook_that_cannot_be_used_says_why(folder: Path, text: str, words: str) -> None:
    file = folder / "net.ipynb"
    file.write_text(text)
    with pytest.raises(CnnvizError, match=words):
        architectures_in(file)


_INSIDE = (
    f"class Zoo:{_INDENTED}\n    made = Net(5)\n{_NET}"
    + """
    @classmethod
    def small(cls, width: int = 2):
        return cls(width)

    @staticmethod
    def large():
        return Net(64)
"""
)


@pytest.mark.parametrize(
    ("name", "params"),
    [("Zoo.Net", 112), ("Zoo.made", 140), ("Net.small", 56), ("Net.large", 1792)],
)
def test_what_a_class_holds_is_found_behind_a_dot(tmp_path: Path, name: str, params: int) -> None:
    file = tmp_path / "net.py"
    file.write_text(_TOP + _INSIDE)
    report = inspect(f"{file}:{name}")
    assert (report.error, report.totals.params) == (None, params)


def test_options_are_those_of_what_stands_behind_the_dot(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(_TOP + _INSIDE)
    assert inspect(f"{file}:Net.small", options={"width": 3}).totals.params == 84


@pytest.mark.parametrize("name", ["Net.nothing", "Nobody.small", "Zoo.Net.nothing"])
def test_what_a_class_does_not_hold_is_said_so(tmp_path: Path, name: str) -> None:
    file = tmp_path / "net.py"
    file.write_text(_TOP + _INSIDE)
    with pytest.raises(CnnvizError, match=rf"no class or function '{name}'. It holds: Net"):
        inspect(f"{file}:{name}")
