"""A small real run, begun or gone on with in a process of its own, and what can be compared of two runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from safetensors.numpy import load_file

from cnnviz.runs.checkpoint import checkpoints_of
from cnnviz.training.config import TrainConfig

NET = """
from torch import nn

input_shape = (1, 28, 28)

def net(num_classes: int = 10):
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Dropout(0.5), nn.Linear(120, num_classes))
"""
_TIMES = ("seconds", "images_per_second", "waiting_seconds")  # what two runs may differ in

_PROCESS = """
import sys
from pathlib import Path
from cnnviz.training import engine, meter
from cnnviz.training.config_file import read_toml
from cnnviz.training.recording import record
from cnnviz.training.resumption import read_resumption
engine._SNAPSHOT_SECONDS = float(sys.argv[3])
engine._SNAPSHOT_SHARE = 1.0
meter.FLUSH_SECONDS = 0.01
config, folder = Path(sys.argv[1]), Path(sys.argv[2])
if (folder / "config.toml").exists():
    going = read_resumption(folder)
    events = record(engine.resume(going), folder, point=going.point, again=going.point is None)
else:
    events = record(engine.train(read_toml(config)), folder)
print("begun", flush=True)
for event in events:
    print(type(event).__name__, flush=True)
"""


def small_config(folder: Path, **changes: object) -> TrainConfig:
    """Return a LeNet with batch normalisation and dropout, on the sample that ships with cnnviz."""
    file = folder / "net.py"
    file.write_text(NET, "utf-8")
    values = {"epochs": 3, "batch_size": 20, "limit": 610, "schedule": "cosine", "device": "cpu", "learning_rate": 0.01}
    return TrainConfig(f"{file}:net", "fashion-mnist-sample", **(values | changes))  # type: ignore[arg-type]


def begun(config: Path, run: Path, snapshot_seconds: float = 0.05) -> subprocess.Popen[str]:
    """Start or go on with ``run`` in a process of its own."""
    command = [sys.executable, "-c", _PROCESS, str(config), str(run), str(snapshot_seconds)]
    alone = os.environ | {"OMP_NUM_THREADS": "1"}  # two threads wait for each other where the machine is busy
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=alone)


def killed_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kill a process so long after its first step; return whether it was still at work."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() in ("RunStarted", "RunResumed"):
            break
    time.sleep(seconds)
    process.kill()
    process.communicate()
    return process.returncode != 0


def final_bits(run: Path) -> dict[str, bytes]:
    """Return the weights that a run ended with, and all that its last checkpoint keeps of its state."""
    newest = checkpoints_of(run)[-1]
    arrays = {**load_file(newest / "model.safetensors"), **load_file(newest / "state.safetensors")}
    facts = json.loads((newest / "state.json").read_text())
    facts = {name: facts[name] for name in ("epoch", "batch", "step", "totals", "way", "learning_rate", "standing")}
    return {name: value.tobytes() for name, value in arrays.items()} | {"facts": json.dumps(facts).encode()}


def told(run: Path) -> list[object]:
    """Return each step, each epoch and what they show of a run's journal as it stands there, but for the times."""
    rows: list[object] = []
    for line in (run / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["kind"] == "steps":
            figures = zip(row["losses"], row["accuracies"], strict=True)
            rows += [(row["epoch"], row["first_step"] + at, *each) for at, each in enumerate(figures)]
        elif row["kind"] in ("epoch", "layers", "diagnosis"):
            rows.append({name: value for name, value in row.items() if name not in _TIMES})
    return rows
