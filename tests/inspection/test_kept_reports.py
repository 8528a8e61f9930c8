"""Reports that are kept from one start to the next, and those that are shipped. Only some of these tests need torch."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.assets import asset
from cnnviz.inspection import kept_reports
from cnnviz.inspection.inspected import Inspected, inspect_spec
from cnnviz.inspection.kept_reports import Kept, keep, recall, ship
from cnnviz.inspection.made_with import MadeWith, made_here
from cnnviz.inspection.report import Report
from cnnviz.version import __version__
from cnnviz.zoo import architectures, resolve
from cnnviz.zoo.catalog import ModelSpec

_CATALOGUE = [entry.name for entry in architectures()]
_SLOW = {entry.name for entry in architectures() if entry.task == "detection"}  # really computed, up to a minute each
_NARROW = resolve("vgg11", {"width_divisor": 16}, (1, 32, 32))
_OLD = MadeWith("0.0.1", "1.0", "0.1")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNVIZ_CACHE", str(tmp_path))
    return tmp_path / "reports"


@pytest.fixture(scope="module")
def narrow() -> Inspected:
    return inspect_spec(_NARROW)


def test_answer_of_last_time_is_recalled_as_it_was(narrow: Inspected) -> None:
    assert recall(_NARROW) is None
    keep(_NARROW, narrow)
    assert recall(_NARROW) == Kept(narrow, made_here())


def test_answer_is_of_these_options_and_this_input_alone(narrow: Inspected) -> None:
    keep(_NARROW, narrow)
    for other in (resolve("vgg11", {"width_divisor": 16}, (1, 64, 32)), resolve("vgg13", None, (1, 32, 32))):
        assert recall(other) is None


def test_answer_is_kept_under_what_was_asked_and_what_it_came_to(folder: Path, narrow: Inspected) -> None:
    asked = replace(_NARROW, input_shape=(1, 48, 48))
    keep(asked, narrow)
    assert recall(asked) == recall(_NARROW) == Kept(narrow, made_here())
    assert len(list(folder.iterdir())) == 2


def test_answer_of_other_versions_is_recalled_with_what_it_was_made_with_and_replaced(
    narrow: Inspected, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as then:
        then.setattr(kept_reports, "made_here", lambda: _OLD)
        keep(_NARROW, narrow)
    assert recall(_NARROW) == Kept(narrow, _OLD)
    keep(_NARROW, narrow)
    assert recall(_NARROW) == Kept(narrow, made_here())


def test_answer_of_these_versions_goes_before_one_of_last_time(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = recall(resolve("lenet"))
    assert shipped is not None
    with monkeypatch.context() as then:
        then.setattr(kept_reports, "made_here", lambda: _OLD)
        keep(resolve("lenet"), shipped.inspected)
    monkeypatch.setattr(kept_reports, "made_here", lambda: shipped.made_with)
    assert recall(resolve("lenet")) == shipped


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:0],
        lambda content: content[: len(content) // 2],
        lambda content: content[:-9] + bytes(9),
        lambda content: content.replace(content, gzip.compress(b"{}")),
        lambda content: content.replace(content, gzip.compress(b'{"asked": {"name": 1}}')),
        lambda content: content.replace(content, gzip.compress(b"[" * 100_000)),
        lambda content: gzip.compress(gzip.decompress(content).replace(b'"schema":1', b'"schema":99')),
        lambda content: gzip.compress(gzip.decompress(content).replace(b'"parent":[null,0', b'"parent":[null,7')),
    ],
)
def test_damaged_file_is_no_answer_and_no_failure(folder: Path, narrow: Inspected, damage) -> None:  # type: ignore[no-untyped-def]
    keep(_NARROW, narrow)
    (file,) = folder.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert recall(_NARROW) is None
    keep(_NARROW, narrow)
    assert recall(_NARROW) is not None


def test_folder_that_cannot_be_written_is_no_failure(
    tmp_path: Path, narrow: Inspected, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("CNNVIZ_CACHE", str(tmp_path / "a file"))
    keep(_NARROW, narrow)
    assert recall(_NARROW) is None


def test_folder_stays_small_and_what_was_used_last_stays(
    folder: Path, narrow: Inspected, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = [replace(_NARROW, input_shape=(1, size, 32)) for size in range(32, 40)]
    keep(specs[0], Inspected(specs[0], narrow.report))
    monkeypatch.setattr(kept_reports, "_BYTES_AT_MOST", 4 * next(folder.iterdir()).stat().st_size)
    for age, spec in enumerate(specs):
        keep(spec, Inspected(spec, narrow.report))
        for file in folder.iterdir():
            os.utime(file, ns=(file.stat().st_mtime_ns - 10**9, file.stat().st_mtime_ns - 10**9))
        assert recall(specs[0]) is not None, age
    assert sum(file.stat().st_size for file in folder.iterdir()) <= kept_reports._BYTES_AT_MOST
    left = [recall(spec) is not None for spec in specs[1:]]
    assert left == sorted(left)  # the newest
    assert left[-2:] == [True, True]


def test_endless_report_is_not_kept(folder: Path, narrow: Inspected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_reports, "_CALLS_AT_MOST", len(narrow.report.calls) - 1)
    keep(_NARROW, narrow)
    assert not folder.exists()


def _own(file: Path, width: int) -> ModelSpec:
    file.write_text(
        "from torch import nn\ninput_shape = (1, 8, 8)\n"
        f"class Net(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.Conv2d(1, {width}, 3))\n"
        "with open(__file__ + '.ran', 'a') as ran:\n    ran.write('x')\n"
    )
    return resolve(f"{file}:Net")


def test_own_file_is_recalled_by_its_content_and_never_run_for_it(tmp_path: Path) -> None:
    file, ran = tmp_path / "net.py", tmp_path / "net.py.ran"
    spec = _own(file, 4)
    keep(spec, inspect_spec(spec))
    before = ran.read_text()
    kept = recall(spec)
    assert kept is not None
    assert kept.inspected.report.totals.params == 40
    other = _own(file, 5)
    assert recall(other) is None
    assert recall(_own(file, 4)) == kept
    assert ran.read_text() == before


def test_file_that_is_saved_while_it_is_inspected_is_not_kept(tmp_path: Path) -> None:
    spec = _own(tmp_path / "net.py", 4)
    answer = inspect_spec(spec)
    newer = _own(tmp_path / "net.py", 5)
    keep(spec, answer)
    assert recall(newer) is None
    assert recall(_own(tmp_path / "net.py", 4)) is None


def test_every_network_of_the_catalogue_is_shipped_once_and_made_with_this_version() -> None:
    with zipfile.ZipFile(asset("reports.zip")) as archive:
        assert len(archive.namelist()) == len(set(archive.namelist())) == len(_CATALOGUE)
    for name in _CATALOGUE:
        kept = recall(resolve(name))
        assert kept is not None, name
        assert kept.made_with is not None
        assert kept.made_with.cnnviz == __version__
        assert kept.inspected.spec == resolve(name)
        written = json.loads(json.dumps(kept.inspected.report.to_dict()))
        assert Report.from_dict(written) == kept.inspected.report


@pytest.mark.parametrize("name", [name for name in _CATALOGUE if name not in _SLOW or os.environ.get("CNNVIZ_SLOW")])
def test_shipped_report_is_that_of_a_fresh_inspection(name: str) -> None:
    """Where it is not: run .ci/ship_reports.py, and look at what has changed."""
    kept = recall(resolve(name))
    assert kept is not None
    if kept.made_with != made_here():
        pytest.skip(f"shipped with {kept.made_with}, installed is {made_here()}")
    assert inspect_spec(resolve(name)) == kept.inspected


def test_shipping_the_same_answers_makes_the_same_bytes(tmp_path: Path, narrow: Inspected) -> None:
    for file in ("a.zip", "b.zip"):
        ship([narrow], tmp_path / file)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_versions_are_those_of_the_packages() -> None:
    import torch
    import torchvision

    here = made_here()
    assert here.cnnviz == __version__
    assert here.torch == torch.__version__.partition("+")[0]
    assert here.torchvision == torchvision.__version__.partition("+")[0]
