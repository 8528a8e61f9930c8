"""Kills a run at random moments and goes on with it: ``python tests/reliability/kills.py --kills 100``.

A LeNet with batch normalisation and dropout, augmentation, cosine schedule, warm-up, clipping and Adam, on the sample;
each run is killed (SIGKILL) so many times, some of them before its first checkpoint, and then left to its end. It has
to end in the bits and the journal of the run that was never interrupted.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "strategies"))

from resumed_runs import begun, final_bits, killed_after, small_config, told

from cnnviz.runs.status import read_status
from cnnviz.training.config_file import to_toml
from cnnviz.training.recording import read_run

_SNAPSHOT_SECONDS = 0.1
_KILLS_OF_A_RUN = 10
_SETTINGS: dict[str, Any] = {
    "limit": 2000,
    "epochs": 8,
    "precision": "fp32",
    "deterministic": True,
    "optimizer": "adam",
    "schedule": "cosine",
    "warm_up": 1,
    "clip_gradient": 1.0,
    "weight_decay": 0.0001,
    "label_smoothing": 0.1,
    "patience": 20,
    "augment": "flip,crop,rotation,jitter",
    "normalise": "data",
    "dropout": 0.3,
}


def main() -> int:
    """Print what each run came to; return 1 where one differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    moments, begin = random.Random(arguments.seed), time.perf_counter()
    kills = differing = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "asked.toml"
        asked = small_config(folder, **_SETTINGS)
        config.write_text(to_toml(asked))
        whole, number = folder / "whole", 0
        begun(config, whole, _SNAPSHOT_SECONDS).communicate()
        while kills < arguments.kills:
            run = folder / f"run-{number}"
            killed = _killed(config, run, moments, min(_KILLS_OF_A_RUN, arguments.kills - kills))
            same = final_bits(run) == final_bits(whole), told(run) == told(whole), read_run(run).state == "finished"
            kills, number, differing = kills + killed, number + 1, differing + (not all(same))
            print(f"run {number}: {killed} kills, same bits {same[0]}, same journal {same[1]}", flush=True)
    print(f"{kills} kills in {number} runs, {differing} differ, {time.perf_counter() - begin:,.0f} s")
    return 1 if differing or not kills else 0


def _killed(config: Path, run: Path, moments: random.Random, most: int) -> int:
    kills = 0
    while kills < most:
        process = begun(config, run, _SNAPSHOT_SECONDS)
        if not killed_after(process, moments.uniform(0, 1.0)):
            break
        kills += 1
    if read_status(run)["state"] != "finished":
        begun(config, run, _SNAPSHOT_SECONDS).communicate()
    return kills


if __name__ == "__main__":
    sys.exit(main())
