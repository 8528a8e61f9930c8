"""Files of a user's, whole and broken, that vanish and come back while they are in use."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

from PIL import Image

_NETWORK = """
from torch import nn

def small(width: int = 4):
    return nn.Sequential(nn.Conv2d(1, width, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10))

class Fails(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3), nn.Linear(7, 3)

    def forward(self, x):
        return self.second(self.first(x))
"""


class UserFiles:
    """One folder: pictures, weights, networks, reports and data, and what a user does to them elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.runs = folder, folder / "runs"
        self.restore()

    def restore(self) -> None:
        """Write everything anew, the broken ones broken."""
        self.runs.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 40), "teal").save(self.folder / "teal.png")
        (self.folder / "torn.png").write_bytes((self.folder / "teal.png").read_bytes()[:60])
        (self.folder / "words.jpg").write_text("no picture", "utf-8")
        self._write_networks()
        self._write_weights()
        self._write_data()

    def pictures(self) -> list[Path]:
        """Return pictures, some of which cannot be read."""
        return [self.folder / name for name in ("teal.png", "torn.png", "words.jpg", "gone.png")]

    def networks(self) -> list[Path]:
        """Return files of networks, and saved reports."""
        names = ("own.py", "broken.py", "slow.py", "gone.py", "report.json", "torn.json", "words.pt2")
        return [self.folder / name for name in names]

    def weights(self) -> list[Path]:
        """Return files of weights."""
        return [self.folder / name for name in ("lenet.safetensors", "torn.safetensors", "words.pth", "gone.pth")]

    def data(self) -> list[Path]:
        """Return folders of pictures to train with."""
        return [self.folder / "classes", self.folder / "empty", self.folder / "gone"]

    def meddle(self, chance: random.Random) -> None:
        """Delete, tear or restore one thing, as another program would."""
        if chance.random() < 0.4:
            self.restore()
            return
        things = [each for each in self.folder.rglob("*") if each != self.runs]
        thing = chance.choice(things)
        if thing.is_dir():
            shutil.rmtree(thing, ignore_errors=True)
        elif thing.is_file() and chance.random() < 0.5:
            thing.unlink(missing_ok=True)
        elif thing.is_file():
            thing.write_bytes(thing.read_bytes()[: thing.stat().st_size // 2])

    def _write_networks(self) -> None:
        from cnnviz.inspection.tracer import inspect

        (self.folder / "own.py").write_text(_NETWORK, "utf-8")
        (self.folder / "broken.py").write_text("def net(:", "utf-8")
        (self.folder / "slow.py").write_text("import time\ntime.sleep(0.3)\n" + _NETWORK, "utf-8")
        (self.folder / "words.pt2").write_text("no program", "utf-8")
        report = json.dumps(inspect("lenet").to_dict())
        (self.folder / "report.json").write_text(report, "utf-8")
        (self.folder / "torn.json").write_text(report[: len(report) // 2], "utf-8")

    def _write_weights(self) -> None:
        from safetensors.torch import save_file

        from cnnviz.zoo import build
        from cnnviz.zoo.catalog import resolve

        whole = self.folder / "lenet.safetensors"
        save_file(build(resolve("lenet")).state_dict(), whole)
        (self.folder / "torn.safetensors").write_bytes(whole.read_bytes()[:2000])
        (self.folder / "words.pth").write_text("no weights", "utf-8")

    def _write_data(self) -> None:
        (self.folder / "empty").mkdir(exist_ok=True)
        for name in ("cats", "dogs"):
            folder = self.folder / "classes" / name
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(6):
                Image.new("L", (28, 28), 40 * number).save(folder / f"{number}.png")
