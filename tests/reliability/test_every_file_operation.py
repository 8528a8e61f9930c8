# ruff: noqa: ARG002  what a scenario has no use for
"""Each thing that the program asks of the file system fails once, in each way: all of them with CNNVIZ_EVERY_FAULT=1.

Expected each time: nothing happens, or a CnnvizError; what stood before is whole or what is new is; nothing is left.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fault_walk import Scenario, stunted, walked
from idx_content import idx_arrays, idx_bytes
from PIL import Image
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage
from run_events import CONFIG, EPOCH, FINISHED, STARTED, STEPS, WHOLE, weights

from cnnviz import downloads
from cnnviz.feature_maps import picture_or_numbers
from cnnviz.gui.layers.table_export import write_table
from cnnviz.gui.maps import pasting
from cnnviz.gui.parts.image_file import write_bytes
from cnnviz.gui.preferences import Preferences
from cnnviz.inspection.inspected import Inspected, inspect_spec
from cnnviz.inspection.kept_reports import keep, recall
from cnnviz.pictures.reading import header, read
from cnnviz.runs.checkpoint import read_newest_weights
from cnnviz.runs.judged_file import Judged, read_judged
from cnnviz.runs.resume_point import SavedState, read_resume_point
from cnnviz.runs.status import read_status
from cnnviz.training.config_file import read_values
from cnnviz.training.data import picture_cache
from cnnviz.training.data.idx import md5, read_idx
from cnnviz.training.events import EpochDone, PicturesJudged, Preparing, RunResumed, WeightsReady
from cnnviz.training.recording import read_run, record
from cnnviz.training.run_list import list_runs, rename_run, write_note
from cnnviz.training.takeaway.exporting import export, form_named
from cnnviz.training.takeaway.taken import taken
from cnnviz.zoo import resolve
from cnnviz.zoo.own.own_entries import read_source

_SPEC = resolve("lenet")
_JUDGED = PicturesJudged(1, 2, Judged(np.array([0, 1]), np.array([0, 0]), np.array([0.5, 1.5])), 2)


def _weights(epoch: int, step: int) -> WeightsReady:
    facts = {"schema": 1, "epoch": epoch, "step": step}
    return replace(weights(epoch, step), saved=SavedState({"order": np.zeros(3, np.uint8)}, facts))


class RunIsRecorded(Scenario):
    def act(self, folder: Path) -> None:
        list(record(WHOLE, folder / "run"))

    def check(self, folder: Path, failed: bool) -> None:
        run = folder / "run"
        if not (run / "config.toml").exists():
            assert failed
            list(record(WHOLE, run))
        else:
            state = read_run(run).state
            assert state == ("failed" if failed else "finished") or (failed and state == "lost")
            if failed:
                return
        assert STEPS in read_run(run).events
        read_newest_weights(run)


class RunIsRead(Scenario):
    def prepare(self, folder: Path) -> None:
        list(record(WHOLE, folder / "run"))

    def act(self, folder: Path) -> None:
        read_status(folder / "run")
        assert read_run(folder / "run").state == "finished"
        read_newest_weights(folder / "run")
        read_values(folder / "run" / "config.toml")

    def check(self, folder: Path, failed: bool) -> None:
        assert read_run(folder / "run").state == "finished"


class RunGoesOn(Scenario):
    """With all that was added since: what it goes on from, what was judged, the file for TensorBoard."""

    def prepare(self, folder: Path) -> None:
        list(
            record((Preparing("x"), STARTED, _weights(0, 0), EPOCH, _JUDGED, _weights(1, 2), FINISHED), folder / "run")
        )

    def act(self, folder: Path) -> None:
        run = folder / "run"
        point = read_resume_point(run)
        resumed = RunResumed(replace(CONFIG, epochs=2), "a CPU", 2, 1, 2, 0.1)
        events = (resumed, replace(STEPS, epoch=2, first_step=3), replace(EPOCH, epoch=2, step=4), _weights(2, 4))
        list(record((*events, replace(_JUDGED, epoch=2, step=4), replace(FINISHED, epoch=2, step=4)), run, point=point))

    def check(self, folder: Path, failed: bool) -> None:
        run = folder / "run"
        assert read_resume_point(run).step in (2, 4), "nobody can go on"
        read_newest_weights(run)
        assert read_judged(run, 1).labels.tolist() == [0, 1]
        epochs = [event.epoch for event in read_run(run).events if isinstance(event, EpochDone)]
        assert epochs in ([1], [1, 2])
        assert failed or epochs == [1, 2]
        assert failed or read_judged(run, 2).labels.tolist() == [0, 1]


class RunIsNotedAndRenamed(Scenario):
    def prepare(self, folder: Path) -> None:
        list(record(WHOLE, folder / "run"))
        write_note(folder / "run", "older")

    def act(self, folder: Path) -> None:
        write_note(folder / "run", "newer")
        rename_run(folder / "run", "other")

    def check(self, folder: Path, failed: bool) -> None:
        (run,) = folder.iterdir()
        assert run.name in ("run", "other")
        assert (run / "note.txt").read_text() in ("older", "newer")
        listed = list_runs(folder)
        assert [each.note for each in listed] == [(run / "note.txt").read_text()]
        assert read_run(run).state == "finished"


class NetworkIsTakenAway(Scenario):
    """As a script, as weights and as numbers: what stood there before is whole, or what is new is."""

    names = ("net.py", "net.safetensors", "maps.npz", "maps.png")

    def prepare(self, folder: Path) -> None:
        for name in self.names:
            (folder / name).write_bytes(b"older")

    def act(self, folder: Path) -> None:
        picture = Image.new("L", (8, 8))
        for name in self.names[:2]:
            export(taken("lenet"), form_named(None, folder / name), folder / name, overwrite=True)
        for name in self.names[2:]:
            picture_or_numbers.write(folder / name, {"values": np.zeros((2, 3, 3), np.float32)}, lambda: picture)

    def check(self, folder: Path, failed: bool) -> None:
        for name, begins in zip(self.names, (b'"""Train', b"", b"PK", b"\x89PNG"), strict=True):
            content = (folder / name).read_bytes()
            assert content == b"older" or (content.startswith(begins) and len(content) > 50)
            assert failed or content != b"older"


class PictureIsPasted(Scenario):
    def act(self, folder: Path) -> None:
        image = QImage(4, 4, QImage.Format.Format_RGB32)
        image.fill(3)
        assert read(pasting._kept(image)).size == (4, 4)

    def check(self, folder: Path, failed: bool) -> None:
        for file in folder.rglob("*.png"):
            assert read(file).size == (4, 4)


class SettingsAreStored(Scenario):
    def prepare(self, folder: Path) -> None:
        settings = Preferences(folder / "settings.json")
        settings.store("theme", "dark")
        settings.store_mapping("trusted", {"a.py": "1"})
        settings.save()

    def act(self, folder: Path) -> None:
        settings = Preferences(folder / "settings.json")
        settings.store("theme", "light")
        settings.store_mapping("trusted", {**settings.mapping("trusted"), "b.py": "2"})
        settings.save()

    def check(self, folder: Path, failed: bool) -> None:
        again = Preferences(folder / "settings.json")
        assert again.text("theme") in ("dark", "light")
        assert again.mapping("trusted").get("a.py") == "1", "what could not be read is lost"


class ReportIsKept(Scenario):
    def __init__(self, inspected: Inspected) -> None:
        self.inspected = inspected

    def prepare(self, folder: Path) -> None:
        keep(_SPEC, self.inspected)

    def act(self, folder: Path) -> None:
        keep(_SPEC, self.inspected)
        recall(_SPEC)
        keep(resolve("lenet", {"num_classes": 3}), self.inspected)

    def check(self, folder: Path, failed: bool) -> None:
        assert not failed, "it is a convenience"
        assert recall(_SPEC) is not None


class ThingsAreSaved(Scenario):
    def __init__(self, inspected: Inspected) -> None:
        self.report = inspected.report

    def prepare(self, folder: Path) -> None:
        for name in ("table.csv", "picture.png"):
            (folder / name).write_bytes(b"older")

    def act(self, folder: Path) -> None:
        write_bytes(QByteArray(b"newer picture"), folder / "picture.png")
        write_table(self.report, folder / "table.csv")

    def check(self, folder: Path, failed: bool) -> None:
        assert (folder / "picture.png").read_bytes() in (b"older", b"newer picture")
        table = (folder / "table.csv").read_bytes()
        assert table == b"older" or table.count(b"\n") > 5


class PicturesAreKept(Scenario):
    def act(self, folder: Path) -> None:
        keys = np.array([bytes([i]) * 16 for i in range(1, 4)], picture_cache.KEY)
        file = picture_cache.file_for(keys, "1x2x2.u8")
        with picture_cache.writing(file, keys, (1, 2, 2)) as writer:
            for at in range(3):
                writer.write(at, np.full((1, 2, 2), at, np.uint8))
        found = picture_cache.kept(file)
        assert found is None or found[1][:, 0, 0, 0].tolist() == [0, 1, 2]
        picture_cache.note_faults({"ab": "damaged"})
        picture_cache.known_faults()


class FileIsDownloaded(Scenario):
    content = bytes(range(256)) * 40

    def act(self, folder: Path) -> None:
        digest = hashlib.sha256(self.content).hexdigest()
        downloads.download("https://a.b/c", folder / "c", "sha256", lambda found, _arrived: found == digest)

    def check(self, folder: Path, failed: bool) -> None:
        assert failed or (folder / "c").read_bytes() == self.content
        assert not (failed and (folder / "c").exists())


class FilesAreRead(Scenario):
    def prepare(self, folder: Path) -> None:
        Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3)).save(folder / "a.png")
        (folder / "net.py").write_text("x = 1\n")
        for name, values in idx_arrays().items():
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx_bytes(values)))
            (folder / name).write_bytes(idx_bytes(values))

    def act(self, folder: Path) -> None:
        assert np.asarray(read(folder / "a.png")).sum() == np.arange(192).sum()
        header(folder / "a.png")
        assert read_source(folder / "net.py") in (b"x = 1\n", b"x =")
        for name, values in idx_arrays().items():
            for file in (folder / name, folder / f"{name}.gz"):
                assert (read_idx(file, values.ndim, md5(file.read_bytes())) == values).all()


@pytest.fixture(scope="module")
def inspected() -> Inspected:
    return inspect_spec(_SPEC)


class _Answer(io.BytesIO):
    headers = {"Content-Length": str(len(FileIsDownloaded.content))}  # noqa: RUF012


@pytest.fixture
def scenarios(inspected: Inspected, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Scenario]:
    monkeypatch.setenv("CNNVIZ_CACHE", str(tmp_path / "here" / "cache"))
    monkeypatch.setattr(downloads, "_opened", lambda _url: _Answer(FileIsDownloaded.content))
    monkeypatch.setattr(picture_cache, "LIMIT", 10**9)
    return [
        RunIsRecorded(), RunIsRead(), RunGoesOn(), RunIsNotedAndRenamed(), NetworkIsTakenAway(), PictureIsPasted(),
        SettingsAreStored(), ReportIsKept(inspected), ThingsAreSaved(inspected),
        PicturesAreKept(), FileIsDownloaded(), FilesAreRead(),
    ]  # fmt: skip


@pytest.mark.parametrize("which", range(12), ids=lambda which: Scenario.__subclasses__()[which].__name__)
def test_nothing_breaks_whatever_the_file_system_refuses(which: int, scenarios: list[Scenario], tmp_path: Path) -> None:
    assert walked(scenarios[which], tmp_path / "here", which) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is POSIX's")
@pytest.mark.parametrize("which", range(12), ids=lambda which: Scenario.__subclasses__()[which].__name__)
def test_nothing_breaks_where_files_cannot_grow(which: int, scenarios: list[Scenario], tmp_path: Path) -> None:
    assert stunted(scenarios[which], tmp_path / "here") == ""
