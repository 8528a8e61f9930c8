"""Write the weights of finished runs into ``resources/weights/``, in half precision.

Run it, from anywhere, with the folders of the runs, trained as the README there says:

    python .ci/ship_weights.py RUN [RUN ...]
"""

from __future__ import annotations

import sys
from pathlib import Path

from safetensors.torch import save_file

from cnnviz.assets import asset
from cnnviz.runs.checkpoint import read_newest_weights
from cnnviz.training.events import EpochDone
from cnnviz.training.recording import read_run


def main() -> None:
    """Write a file for each run, and say how good its network was on the test images."""
    for folder in map(Path, sys.argv[1:]):
        run, saved = read_run(folder), read_newest_weights(folder)
        last = [event for event in run.events if isinstance(event, EpochDone)][-1]
        tensors = {
            name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in saved.tensors.items()
        }
        file = asset("weights") / f"{run.config.model}-{run.config.data}.safetensors"
        file.parent.mkdir(exist_ok=True)
        save_file(tensors, file, dict(sorted(saved.about.items())))
        print(f"{file}: {file.stat().st_size:,} bytes, test accuracy {last.test_accuracy:.4f}")


if __name__ == "__main__":
    main()
