"""Images/s of the course's training loop and of ours, in turn: ``python tests/benchmarks/training_speed.py``.

The course's loop: a torchvision dataset of PIL images, Resize and ToTensor for each, a DataLoader, and two ``.item()``
a step. The eager bound: steps on one batch that lies in memory, nothing read and nothing told, in the fastest of plain
float32, channels last, and channels last with bfloat16, every layer in its order. Ours: ``cnnviz.train`` on "auto".
The others find the C library's allocator as every program does; ours keeps memory while it runs (see ``allocator``).
Same images, network, batch size and optimizer. Each figure is of the steps after the first few; each ratio compares
medians over the rounds.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

import cnnviz
from cnnviz.machine import choose_device, device_name
from cnnviz.training.calibrate import PLAIN, USUAL
from cnnviz.training.control import Control
from cnnviz.training.data.image_data import ImageData
from cnnviz.training.data.obtaining import find, measure, read
from cnnviz.training.events import RunStarted, StepsDone
from cnnviz.training.step import Way
from cnnviz.zoo import catalog, registry

BATCH_SIZE = 64
LEARNING_RATE = 0.001
DATA = "fashion-mnist-sample"
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Case:
    """One network at one size, and how many images a round trains."""

    title: str
    model: str
    size: int  # pixels
    warm_up: int  # steps before the clock starts
    steps: int
    options: dict[str, object] = field(default_factory=dict)

    @property
    def images(self) -> int:
        return (self.warm_up + self.steps) * BATCH_SIZE


class PilImages(Dataset):
    """What torchvision's FashionMNIST does for each image."""

    def __init__(self, data: ImageData, size: int) -> None:
        self._data = data
        self._transform = transforms.Compose([transforms.Resize(size), transforms.ToTensor()])

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, at: int) -> tuple[torch.Tensor, int]:
        return self._transform(Image.fromarray(self._data.images[at, 0])), int(self._data.labels[at])


def course_loop(case: Case, data: ImageData, device: torch.device, workers: int) -> float:
    """Return images/s."""
    torch.manual_seed(0)
    network = registry.build(catalog.resolve(case.model, case.options, (1, case.size, case.size))).to(device)
    loader = DataLoader(PilImages(data, case.size), BATCH_SIZE, shuffle=True, num_workers=workers)
    loss_function, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    running_loss = correct = 0.0
    start = 0.0
    for step, (images, labels) in enumerate(loader, 1):
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        outputs = network(images)
        loss = loss_function(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * len(labels)
        correct += (outputs.argmax(1) == labels).sum().item()
        if step == case.warm_up:
            start = time.perf_counter()
    return case.steps * BATCH_SIZE / (time.perf_counter() - start)


def eager_bound(case: Case, data: ImageData, device: torch.device) -> float:
    """Return images/s of the fastest way."""
    images = torch.from_numpy(data.images[:BATCH_SIZE]).to(device).float() / 255
    images = nn.functional.interpolate(images, (case.size, case.size), mode="bilinear", antialias=True)
    labels = torch.from_numpy(data.labels[:BATCH_SIZE]).long().to(device)
    return max(_eager_steps(case, images, labels, way) for way in (PLAIN, USUAL, replace(USUAL, precision="bf16")))


def _eager_steps(case: Case, images: torch.Tensor, labels: torch.Tensor, way: Way) -> float:
    torch.manual_seed(0)
    network = registry.build(catalog.resolve(case.model, case.options, tuple(images.shape[1:])))
    network = network.to(images.device, memory_format=way.memory_format)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    images, start = images.contiguous(memory_format=way.memory_format), 0.0
    for step in range(case.warm_up + case.steps):
        if step == case.warm_up:
            _wait_for(images.device)
            start = time.perf_counter()
        with torch.autocast(images.device.type, torch.bfloat16, enabled=way.precision == "bf16"):
            loss = nn.functional.cross_entropy(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    _wait_for(images.device)
    return case.steps * BATCH_SIZE / (time.perf_counter() - start)


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def our_loop(case: Case, device: torch.device, chosen: set[str]) -> float:
    """Return images/s; note in ``chosen`` which precision "auto" took."""
    control = Control()
    images = seconds = 0.0
    for event in cnnviz.train(_config(case, device), control):
        match event:
            case RunStarted():
                chosen.add(event.config.precision)
            case StepsDone() if event.first_step > case.warm_up:
                count = len(event.losses) * BATCH_SIZE
                images, seconds = images + count, seconds + count / event.images_per_second
        if isinstance(event, StepsDone) and event.last_step == case.images // BATCH_SIZE:
            control.stop()  # the test that follows is not measured
    return images / seconds


def rounds(
    case: Case, data: ImageData, device: torch.device, count: int, chosen: set[str]
) -> Iterator[dict[str, float]]:
    """Yield images/s by loop, once a round."""
    for _ in range(count):
        yield {
            "course, no workers": course_loop(case, data, device, 0),
            "course, 4 workers": course_loop(case, data, device, 4),
            "eager bound": eager_bound(case, data, device),
            "cnnviz": our_loop(case, device, chosen),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--only", choices=("lenet", "vgg11"))
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    print(f"{device_name(device)}, {os.cpu_count()} CPUs, {platform.system()}, torch {torch.__version__}")
    for case in (case for case in _cases(device) if arguments.only in (None, case.model)):
        chosen: set[str] = set()
        figures = list(rounds(case, _data(case), device, arguments.rounds, chosen))
        _report(case, figures, chosen)


def _cases(device: torch.device) -> tuple[Case, Case]:
    steps = 20 if device.type == "cpu" else 130
    return (
        Case("LeNet at 28", "lenet", 28, warm_up=20, steps=130),
        Case("small VGG (vgg11 ÷ 8) at 224", "vgg11", 224, warm_up=3, steps=steps, options={"width_divisor": 8}),
    )


def _data(case: Case) -> ImageData:
    control = Control()
    source = _result(find(DATA, control)).limited(case.images)
    return _result(read(_result(measure(source, 28, None, control)), control)).train


def _result(news: Generator[object, None, _Result]) -> _Result:
    while True:
        try:
            next(news)
        except StopIteration as end:
            return end.value


def _config(case: Case, device: torch.device) -> cnnviz.TrainConfig:
    return cnnviz.TrainConfig(
        model=case.model,
        options=case.options,
        data=DATA,
        epochs=1,
        batch_size=BATCH_SIZE,
        learning_rate=LEARNING_RATE,
        resize=case.size,
        limit=case.images,
        device=str(device),
    )


def _report(case: Case, figures: list[dict[str, float]], chosen: set[str]) -> None:
    median = {loop: statistics.median(figure[loop] for figure in figures) for loop in figures[0]}
    print(f"\n{case.title}, batch {BATCH_SIZE}, {len(figures)} rounds, cnnviz chose {' and '.join(sorted(chosen))}")
    for loop, value in median.items():
        each = ", ".join(f"{figure[loop]:,.0f}" for figure in figures)
        print(f"  {loop:20} {value:10,.0f} images/s   ({each})   cnnviz is {median['cnnviz'] / value:.2f} times that")


if __name__ == "__main__":
    main()
