"""Puts pickles that run code under every ending and place: ``python tests/reliability/hostile_pickles.py``.

Each would make a file if anything unpickled it. Every one is opened from Python, by the command line and in a window,
as a network, weights, a picture, data, a run, settings, and as what cnnviz keeps of its own. Nothing may be made.
"""

from __future__ import annotations

import argparse
import gzip
import io
import itertools
import os
import pickle
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from watched import Outcome, told, watched

import cnnviz
from cnnviz.__main__ import main as command_line
from cnnviz.errors import CnnvizError
from cnnviz.inspection import kept_reports
from cnnviz.inspection.inspected import inspect_spec
from cnnviz.pictures.reading import read
from cnnviz.pictures.samples import samples
from cnnviz.runs.weights_file import read_weights_file
from cnnviz.training.data.browsing import contents
from cnnviz.zoo import pretrained
from cnnviz.zoo.catalog import resolve
from cnnviz.zoo.own.own_entries import architectures_in
from cnnviz.zoo.own.permission import ask_before_running

ENDINGS = (".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle", ".safetensors", ".npz", ".npy", ".png", ".jpg", ".json",
           ".csv", ".pt2", ".onnx", ".py", ".ipynb", ".toml", ".gz", "", ".tar", ".PTH")  # fmt: skip
WAYS = ("bare 0", "bare 2", "bare 4", "torch", "torch, old", "zip", "npz of objects", "behind a tensor")


class _Mark:
    def __init__(self, file: Path) -> None:
        self._file = file

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._file,)


def hostile(way: str, marker: Path) -> bytes:
    """Return a file that makes ``marker`` where it is unpickled."""
    out, mark = io.BytesIO(), _Mark(marker)
    match way:
        case "bare 0" | "bare 2" | "bare 4":
            return pickle.dumps(mark, int(way[-1]))
        case "torch" | "torch, old":
            torch.save({"w": torch.zeros(2), "x": mark}, out, _use_new_zipfile_serialization=way == "torch")
        case "behind a tensor":
            torch.save({"state_dict": {"w": torch.zeros(2)}, "callbacks": [[mark]]}, out)
        case "zip":
            with zipfile.ZipFile(out, "w") as archive:
                for name in ("archive/data.pkl", "data.pkl", "archive/version", "images.npy", "labels.npy"):
                    archive.writestr(name, pickle.dumps(mark))
        case "npz of objects":
            objects = np.empty(3, object)
            objects[:] = [mark] * 3
            np.savez(out, images=objects, labels=objects)
    return out.getvalue()


def places(folder: Path, content: bytes, ending: str) -> Iterator[tuple[str, Path]]:
    """Put a file wherever one of this ending may be opened from; yield what each place is, and it."""
    alone = folder / f"w{ending}"
    alone.write_bytes(content)
    yield "file", alone
    model = folder / "model"
    model.mkdir()
    for name in ("pytorch_model.bin", "config.json", "preprocessor_config.json", f"w{ending}"):
        (model / name).write_bytes(content)
    yield "weights", model
    run = folder / "run"
    (run / "checkpoints" / "epoch-0001").mkdir(parents=True)
    for name in ("config.toml", "status.json", "metrics.jsonl", "checkpoints/epoch-0001/checkpoint.json"):
        (run / name).write_bytes(content)
    (run / "checkpoints" / "latest").write_text("epoch-0001\n")
    (run / "checkpoints" / "epoch-0001" / "model.safetensors").write_bytes(content)
    yield "run", run
    data = folder / "data"
    for name in ("a", "b"):
        (data / name).mkdir(parents=True)
        for at in range(3):
            (data / name / f"{at}{ending or '.png'}").write_bytes(content)
    (data / "labels.csv").write_bytes(content)
    yield "data", data
    batches = folder / "cifar-10-batches-py"
    batches.mkdir()
    for name in ("data_batch_1", "test_batch", "batches.meta"):
        (batches / name).write_bytes(content)
    yield "data", batches
    packed = folder / "packed"
    packed.mkdir()
    with tarfile.open(packed / "cifar-10-python.tar.gz", "w:gz") as archive:
        for name in ("data_batch_1", "test_batch", "batches.meta"):
            archive.add(batches / name, f"../../{name}")
    yield "data", packed
    for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"):
        (packed / name).write_bytes(gzip.compress(content))
    yield "data", packed


def openers(what: str, place: Path) -> dict[str, Callable[[], object]]:
    """Return how such a place is opened."""
    picture = samples()[0].file
    every: dict[str, Callable[[], object]] = {
        "weights": lambda: read_weights_file(place),
        "features": lambda: cnnviz.features("lenet", picture, layer="net.0", weights=str(place)),
        "run": lambda: cnnviz.read_run(place),
        "data": lambda: contents(str(place)),
        "resume": lambda: list(
            cnnviz.train(cnnviz.TrainConfig(model="lenet", data=str(place), weights=str(place), device="cpu"))
        ),
    }
    if what == "file":
        every |= {
            "network": lambda: [inspect_spec(resolve(each.name)) for each in architectures_in(place)],
            "picture": lambda: read(place),
            "published": lambda: pretrained.read(place),
            "command": lambda: _commanded("inspect", str(place)),
            "command, compare": lambda: _commanded("compare", str(place), "lenet"),
            "kept": lambda: _kept(place),
        }
    return every


def _kept(file: Path) -> None:
    spec = resolve("lenet")
    kept = kept_reports._folder() / f"{kept_reports._name(spec)}.gz"
    kept.parent.mkdir(parents=True, exist_ok=True)
    for content in (file.read_bytes(), gzip.compress(file.read_bytes())):
        kept.write_bytes(content)
        kept_reports.recall(spec)


def _commanded(*words: str) -> None:
    silent = io.StringIO()
    before, sys.stdout, sys.stderr = (sys.stdout, sys.stderr), silent, silent
    try:
        status = command_line(words)
    finally:
        sys.stdout, sys.stderr = before
    if status == 2:
        raise CnnvizError(silent.getvalue().strip().splitlines()[-1])


def tried(folder: Path, count: int) -> tuple[list[Outcome], list[Path]]:
    """Open ``count`` files in every way; return how that ended, and what was made by one."""
    ask_before_running(lambda _file, _content: False)  # a yes would be a yes to all of it
    outcomes, markers = [], []
    try:
        for number, (ending, way) in enumerate(itertools.islice(itertools.product(ENDINGS, WAYS), count)):
            own = folder / str(number)
            own.mkdir()
            markers.append(marker := own / "MADE")
            for what, place in places(own, hostile(way, marker), ending):
                for how, act in openers(what, place).items():
                    outcomes.append(watched(f"{way} as w{ending}, {how} of {what} {place.name}", partial(act)))
    finally:
        ask_before_running(None)
    return outcomes, [marker for marker in markers if marker.exists()]


def in_a_window(folder: Path) -> list[Path]:
    """Open and restore them in a window; return what was made."""
    from PySide6.QtWidgets import QApplication

    from cnnviz.gui import app
    from cnnviz.gui.preferences import Preferences

    application = QApplication.instance() or QApplication(["cnnviz"])
    assert isinstance(application, QApplication)
    marker = folder / "MADE"
    files = []
    for ending in ENDINGS:
        files.append(folder / f"w{ending}")
        files[-1].write_bytes(hostile("torch", marker))
    settings = Preferences()
    settings.store("own/recent", [str(file) for file in files])
    settings.save()
    window = app.make_window(application)
    window.build_pages()
    window.show()
    for file in files:
        window.own.open(file)
        window.open_picture(file)
        window.open_run(file)
        application.processEvents()
    window.close()
    settings.file.write_bytes(hostile("bare 4", marker))
    app.make_window(application).close()
    return [marker] if marker.exists() else []


def main() -> int:
    """Print how it went; the exit status is 1 where there is a fault, or something was made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=len(ENDINGS) * len(WAYS))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("CNNVIZ_CONFIG_FOLDER", "CNNVIZ_DATA_FOLDER", "CNNVIZ_CACHE", "TORCH_HOME"):
            os.environ[name] = f"{folder}/own"
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        outcomes, made = tried(Path(folder), asked.count)
        (shown := Path(folder, "window")).mkdir()
        made += in_a_window(shown)
        faults = told(f"{asked.count} hostile pickles, each opened in {len(outcomes) // asked.count} ways", outcomes)
        print(f"run: {len(made)}", *made)
        return int(bool(made) or faults > 0)


if __name__ == "__main__":
    sys.exit(main())
