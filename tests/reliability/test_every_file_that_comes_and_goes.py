# ruff: noqa: ARG002  what a scenario has no use for
"""What a user gives and takes: data, weights, programs and reports that are read, and every form that is written.

As ``test_every_file_operation`` has it of the program's own files.
"""

from __future__ import annotations

import io
import json
import logging
import pickle
import sys
import tarfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from fault_walk import Scenario, stunted, walked
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication
from run_events import EPOCH, FINISHED, STARTED, STEPS, WHOLE, weights
from safetensors.numpy import save
from torch import nn
from whole_data import read_folder

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.handed_on.shown_export import Export
from cnnviz.gui import messages
from cnnviz.gui.parts.drawing_file import record as recorded
from cnnviz.gui.parts.drawing_file import write as write_drawing
from cnnviz.gui.training.run_deeds import _trashed
from cnnviz.inspection import kept_reports
from cnnviz.inspection.inspected import Inspected, inspect_spec
from cnnviz.runs.checkpoint import read_newest_weights
from cnnviz.runs.weights_file import read_weights_file
from cnnviz.training.control import Control
from cnnviz.training.data.labelled import Half, half_of
from cnnviz.training.data.picture_set import PictureSet, numbers_in
from cnnviz.training.events import FolderLost, Preparing
from cnnviz.training.recording import read_run, record
from cnnviz.training.run_list import list_runs
from cnnviz.training.takeaway import onnx_file, program_file
from cnnviz.training.takeaway.exporting import export, form_named
from cnnviz.training.takeaway.taken import taken
from cnnviz.zoo import resolve
from cnnviz.zoo.own import named_before
from cnnviz.zoo.own.own_entries import architectures_in

_SPEC = resolve("lenet")


class ProgramIsTakenAway(Scenario):
    """As a program for torch, and as ONNX."""

    names = ("net.pt2", "net.onnx")

    def prepare(self, folder: Path) -> None:
        for name in self.names:
            (folder / name).write_bytes(b"older")

    def act(self, folder: Path) -> None:
        for name in self.names:
            export(taken("lenet"), form_named(None, folder / name), folder / name, overwrite=True)

    def check(self, folder: Path, failed: bool) -> None:
        for name in self.names:
            content = (folder / name).read_bytes()
            assert failed or content != b"older"
            if content != b"older" and name == "net.pt2":
                torch.export.load(folder / name)
            elif content != b"older":
                assert content == _onnx()


class DrawingsAreSaved(Scenario):
    names = ("sheet.svg", "sheet.npz", "sheet.png", "curves.svg", "curves.png")

    def prepare(self, folder: Path) -> None:
        for name in self.names:
            (folder / name).write_bytes(b"older")

    def act(self, folder: Path) -> None:
        shown = Export(
            "x", lambda: Image.new("L", (80, 80)), lambda: {"values": np.zeros((9, 9))}, lambda: "<svg/>" * 90
        )
        picture = recorded(lambda painter: QPainter.drawLine(painter, 0, 0, 9, 9))
        for name in self.names[:3]:
            shown.save(folder / name)
        for name in self.names[3:]:
            write_drawing(picture, QSize(20, 20), QColor("white"), folder / name)

    def check(self, folder: Path, failed: bool) -> None:
        for name in self.names:
            content = (folder / name).read_bytes()
            assert failed or content != b"older"
            if content != b"older":
                ends = {".svg": (b"<svg/>", b"</svg>\n"), ".npz": (bytes(2),), ".png": (b"\xae\x42\x60\x82",)}
                assert content.endswith(ends[Path(name).suffix]), content[-20:]


class PicturesOfDataAreWritten(Scenario):
    def act(self, folder: Path) -> None:
        pictures = np.arange(4 * 64, dtype=np.uint8).reshape(4, 1, 8, 8)
        half: Half = half_of("x", pictures, np.array([0, 1, 0, 1]))
        shown = PictureSet("x", half.part, ("a", "b"), 4, numbers_in(half.part.labels))
        for at in range(4):
            with shown.file(at, folder / "written").open("rb") as opened, Image.open(opened) as image:
                assert (np.asarray(image) == pictures[at, 0]).all()

    def check(self, folder: Path, failed: bool) -> None:
        for file in (folder / "written").rglob("*.png"):
            with Image.open(file) as picture:
                picture.load()


class NamesAreRemembered(Scenario):
    """Files that may be run again because they were trained by their names."""

    def prepare(self, folder: Path) -> None:
        named_before.remember(folder / "a.py", "1")

    def act(self, folder: Path) -> None:
        named_before.remember(folder / "b.py", "2")
        named_before.was_named(folder / "b.py", "2")

    def check(self, folder: Path, failed: bool) -> None:
        assert not failed, "it is a convenience"
        assert named_before.was_named(folder / "a.py", "1"), "what could not be read is lost"


class RunIsTrashed(Scenario):
    """Into a trash on the same disk; Qt moves it, and what Python asks before may fail."""

    def prepare(self, folder: Path) -> None:
        list(record(WHOLE, folder / "runs" / "run"))

    def act(self, folder: Path) -> None:
        _trashed(folder / "runs" / "run")

    def check(self, folder: Path, failed: bool) -> None:
        run = folder / "runs" / "run"
        assert run.exists() == failed
        if failed:
            assert read_run(run).state == "finished"


class RunMoves(Scenario):
    """Its folder is gone in the middle, and another one is offered, and another, until one will do."""

    def act(self, folder: Path) -> None:
        control, offers = Control(), iter(("second", "third"))

        def events():  # type: ignore[no-untyped-def]
            yield from (Preparing("x"), STARTED, weights(0, 0), STEPS)
            if (folder / "run").exists():
                (folder / "run").rename(folder / "lost")
            yield from (EPOCH, weights(1, 2), FINISHED)

        for event in record(events(), folder / "run", control):
            if isinstance(event, FolderLost):
                offer = next(offers, None)
                control.stop() if offer is None else control.go_on_in(folder / offer)

    def check(self, folder: Path, failed: bool) -> None:
        whole = [each for each in list_runs(folder) if each.state == "finished"]
        assert failed or whole  # two, where the heart beats once more in a folder that could not be written: both whole
        for each in whole:
            assert STEPS in read_run(each.folder).events
            assert int(read_newest_weights(each.folder).about["step"]) == 2


class LogIsWritten(Scenario):
    def act(self, folder: Path) -> None:
        log = logging.getLogger("cnnviz")
        before = list(log.handlers)
        messages.write_log_to(folder / "logs")
        try:
            for _ in range(3):
                logging.getLogger("cnnviz.somewhere").warning("x" * 700_000)
        finally:
            for handler in [each for each in log.handlers if each not in before]:
                log.removeHandler(handler)
                with suppress(OSError):  # as logging does at the end
                    handler.close()

    def check(self, folder: Path, failed: bool) -> None:
        assert not failed, "it is a convenience"


class ReportsAreShipped(Scenario):
    """Read from what comes with the program; damaged, it costs that answer."""

    def __init__(self, inspected: Inspected, monkeypatch: pytest.MonkeyPatch) -> None:
        self.inspected, self.monkeypatch = inspected, monkeypatch

    def act(self, folder: Path) -> None:
        file = folder / "reports.zip"
        self.monkeypatch.setattr(kept_reports, "asset", lambda _name: file)
        kept_reports.ship([self.inspected], file)
        kept_reports.recall(_SPEC)

    def check(self, folder: Path, failed: bool) -> None:
        if (folder / "reports.zip").exists():
            assert kept_reports.recall(_SPEC) is not None


class DataAreRead(Scenario):
    """Of every layout."""

    def prepare(self, folder: Path) -> None:
        pixels = np.arange(6 * 64, dtype=np.uint8).reshape(6, 8, 8)
        for at in range(6):
            for place in (folder / "classes" / "ab"[at % 2], folder / "table"):
                place.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels[at]).save(place / f"{at}.png")
        (folder / "table" / "labels.csv").write_text("".join(f"{at}.png,{'ab'[at % 2]}\n" for at in range(6)))
        (folder / "arrays").mkdir()
        np.savez(folder / "arrays" / "x.npz", images=pixels, labels=np.arange(6) % 2)
        (folder / "batches").mkdir()
        with tarfile.open(folder / "batches" / "cifar-10-python.tar.gz", "w:gz") as archive:
            batch = {b"data": np.zeros((4, 3072), np.uint8), b"labels": [0, 1] * 2}
            names = {"data_batch_1": batch, "test_batch": batch, "batches.meta": {b"label_names": [b"a", b"b"]}}
            for name, held in names.items():
                member, content = tarfile.TarInfo(f"cifar-10-batches-py/{name}"), pickle.dumps(held, 2)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))

    def act(self, folder: Path) -> None:
        for name in ("classes", "table", "arrays", "batches"):
            data = read_folder(folder / name, 8)
            count = len(data.train.labels) + len(data.test.labels)
            assert count == (8 if name == "batches" else 6) or (count == 5 and name in ("classes", "table")), name


class WeightsAreRead(Scenario):
    def prepare(self, folder: Path) -> None:
        (folder / "w.safetensors").write_bytes(save({"a": np.ones((3, 3), np.float32)}))
        for name, zipped in (("new.pth", True), ("old.pth", False)):
            held = {"state_dict": {"a": torch.ones(3, 3)}}
            torch.save(held, folder / name, _use_new_zipfile_serialization=zipped)

    def act(self, folder: Path) -> None:
        for file in sorted(folder.iterdir()):
            assert float(next(iter(read_weights_file(file).tensors.values())).sum()) == 9


class NetworksAreRead(Scenario):
    def prepare(self, folder: Path) -> None:
        (folder / "net.pt2").write_bytes(_program_bytes())
        (folder / "net.json").write_text(json.dumps(inspect_spec(_SPEC).report.to_dict()))
        lines = ("from torch import nn", "class Net(nn.Conv2d):", "    input_shape = (1, 8, 8)")
        made = ("    def __init__(self):", "        super().__init__(1, 2, 3)\n")
        (folder / "net.py").write_text("\n".join((*lines, *made)))

    def act(self, folder: Path) -> None:
        for file in sorted(folder.iterdir()):
            for each in architectures_in(file):
                inspect_spec(resolve(each.name))


@cache
def _program() -> torch.export.ExportedProgram:
    return torch.export.export(nn.Conv2d(1, 2, 3).eval(), (torch.zeros(1, 1, 8, 8),))


def _program_bytes() -> bytes:
    torch.export.save(_program(), out := io.BytesIO())
    return out.getvalue()


@cache
def _onnx() -> bytes:
    return bytes(range(256)) * 200


class _Model:
    """What stands for an ONNX model: it is written as theirs is."""

    class model:  # noqa: N801  as in the package
        metadata_props: dict[str, str] = {}  # noqa: RUF012

    def save(self, file: Path, external_data: bool) -> None:
        with file.open("wb") as out:
            out.write(_onnx())


@pytest.fixture(scope="module")
def inspected() -> Inspected:
    return inspect_spec(_SPEC)


@pytest.fixture
def scenarios(
    inspected: Inspected, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qapp: QApplication
) -> list[Scenario]:
    for kind in ("CACHE", "CONFIG_FOLDER"):
        monkeypatch.setenv(f"CNNVIZ_{kind}", str(tmp_path / "here" / kind.lower()))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "here" / "home"))  # of the trash
    monkeypatch.setattr(program_file, "program_of", lambda _network, spec: (_program(), program_file.Notes(spec, 1)))
    monkeypatch.setattr(program_file, "check", lambda *_: 0.0)
    monkeypatch.setattr(onnx_file, "program_of", program_file.program_of)
    monkeypatch.setattr(onnx_file, "_check_installed", lambda: None)
    monkeypatch.setattr(onnx_file, "_checked", lambda *_: "")
    monkeypatch.setattr(torch.onnx, "export", lambda *_, **__: _Model())
    return [
        ProgramIsTakenAway(), DrawingsAreSaved(), PicturesOfDataAreWritten(), NamesAreRemembered(), RunIsTrashed(),
        RunMoves(), LogIsWritten(), ReportsAreShipped(inspected, monkeypatch), DataAreRead(), WeightsAreRead(),
        NetworksAreRead(),
    ]  # fmt: skip


_NAMES = [each.__name__ for each in Scenario.__subclasses__() if each.__module__ == __name__]


@pytest.mark.parametrize("which", range(len(_NAMES)), ids=_NAMES.__getitem__)
def test_nothing_breaks_whatever_the_file_system_refuses(
    which: int, scenarios: list[Scenario], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert walked(scenarios[which], tmp_path / "here", which) == ""
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is POSIX's")
@pytest.mark.parametrize("which", range(len(_NAMES)), ids=_NAMES.__getitem__)
def test_nothing_breaks_where_files_cannot_grow(
    which: int, scenarios: list[Scenario], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert stunted(scenarios[which], tmp_path / "here") == ""
    assert "Traceback" not in capfd.readouterr().err


def test_trash_is_made_for_the_first_run_that_is_moved_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    for name in ("first", "second"):
        list(record(WHOLE, tmp_path / name))
        _trashed(tmp_path / name)
        assert not (tmp_path / name).exists()
    assert {each.name for each in tmp_path.rglob("Trash/files/*")} == {"first", "second"}


@pytest.mark.parametrize("place", ["home", "home/Trash", "home/Trash/files"])
def test_run_stays_where_there_is_no_trash(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text("no folder")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    list(record(WHOLE, tmp_path / "run"))
    with pytest.raises(CnnvizError, match="cannot be moved to the trash"):
        _trashed(tmp_path / "run")
    assert read_run(tmp_path / "run").state == "finished"
