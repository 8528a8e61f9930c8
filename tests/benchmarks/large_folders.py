"""Data as large as people have: 20,000 pictures, and 300 photographs of 12 megapixels, until the first step.

    python tests/benchmarks/large_folders.py [--pictures N] [--photographs N]

Each is trained with ResNet-18 at 64 × 64, deterministically, for then no way of computing is measured first, and in a
process of its own: for the first time, and again from the cache;
then a third time, without a cache, with a Stop in the midst of reading. A silence is the time between two events.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

_CLASSES = 10
_SPLITS = (("train", 0.8), ("test", 0.2))
_STOP_AT = 0.3  # of the reading


def make_pictures(folder: Path, count: int, size: tuple[int, int], form: str) -> None:
    """Write pictures in folders by split and class. Large ones are one photograph, each file of other bytes."""
    draw = np.random.default_rng(0)
    coarse = draw.integers(0, 256, (size[1] // 8, size[0] // 8, 3), np.uint8)
    photograph = io.BytesIO()
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(photograph, "jpeg", quality=90)
    for split, share in _SPLITS:
        for number in range(round(count * share)):
            place = folder / split / str(number % _CLASSES)
            place.mkdir(parents=True, exist_ok=True)
            file = place / f"{number}.{form}"
            if form == "png":
                Image.fromarray(draw.integers(0, 64, (*size[::-1], 3), np.uint8)).save(file, compress_level=1)
            else:
                file.write_bytes(photograph.getvalue() + f"{split} {number}".encode())


def _watched(data: str, stop: bool) -> dict[str, object]:
    from cnnviz.training.config import TrainConfig
    from cnnviz.training.control import Control
    from cnnviz.training.engine import train
    from cnnviz.training.events import Preparing, RunFinished, StepsDone

    control, asked = Control(), 0.0
    config = TrainConfig(model="resnet18", data=data, epochs=1, batch_size=16, resize=64, deterministic=True)
    begin = last = time.perf_counter()
    before, silence, told, first_step = "the beginning", (0.0, ""), 0, None
    for event in train(config, control):
        now = time.perf_counter()
        silence = max(silence, (now - last, before))
        last, told = now, told + 1
        before = event.what if isinstance(event, Preparing) else type(event).__name__
        if isinstance(event, Preparing) and stop and not asked and (event.fraction or 0) > _STOP_AT:
            threading.Timer(0.05, control.stop).start()
            asked = now + 0.05
        if isinstance(event, StepsDone) and first_step is None:
            first_step = now - begin
            break
        if isinstance(event, RunFinished):
            break
    return {
        "first step": first_step,
        "stopped after": time.perf_counter() - asked if asked else None,
        "longest silence": silence,
        "events": told,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Print a line for each kind of data and run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--photographs", type=int, default=300)
    parser.add_argument("--watch", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.watch:
        print(json.dumps(_watched(args.watch[0], args.watch[1] == "stop")))
        return
    kinds = (("pictures", args.pictures, (64, 64), "png"), ("photographs", args.photographs, (4000, 3000), "jpg"))
    for name, count, size, form in kinds:
        with tempfile.TemporaryDirectory() as made:
            make_pictures(Path(made) / "data", count, size, form)
            for run, cache in (("first", "a"), ("again", "a"), ("stop", "b")):
                environment = {**os.environ, "CNNVIZ_CACHE": str(Path(made) / cache)}
                command = [sys.executable, __file__, "--watch", str(Path(made) / "data"), run]
                done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
                print(f"{count} {name}, {run}: {done.stdout.strip() or done.stderr}", flush=True)


if __name__ == "__main__":
    main()
