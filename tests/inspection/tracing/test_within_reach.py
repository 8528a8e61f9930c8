from __future__ import annotations

import functools
import re
import subprocess
import sys
import types
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import cnnviz
from cnnviz.inspection.tracing.within_reach import within_reach

WANTED = torch.zeros(3)
IN_A_TABLE = {"rows": [(WANTED,)]}


class Plain:
    of_class: Tensor | None = None
    __slots__ = ("__dict__", "slot")

    def method(self, x: Tensor) -> Tensor:
        return x


def closing_over(value: object) -> Callable[[Tensor], Tensor]:
    def run(x: Tensor) -> Tensor:
        return x + value

    return run


def held(value: object) -> dict[str, object]:
    slotted, keeper = Plain(), Plain()
    slotted.slot, keeper.inside = value, value
    hooked = nn.ReLU()
    hooked.register_forward_hook(lambda *_seen, kept=value: kept)
    typed = type("Typed", (nn.Module,), {"of_class": value})
    cached = functools.lru_cache(lambda: value)
    cached()
    return {
        "attribute": keeper,
        "slot": slotted,
        "method of it": keeper.method,
        "closure": closing_over(value),
        "closure of a closure": closing_over(closing_over(value)),
        "default": lambda x, kept=value: x + kept,
        "partial": functools.partial(torch.add, value),
        "hook": hooked,
        "class attribute": typed(),
        "deque": deque([value]),
        "generator": (each for each in [value]),
        "cache": cached,
        "dictionary": {"a": [{"b": value}]},
    }


@pytest.mark.parametrize("way", held(None))
def test_what_a_network_holds_is_reached(way: str) -> None:
    wanted = torch.ones(2)
    network = nn.Sequential(nn.ReLU())
    network.kept = [held(wanted)[way]]
    assert any(each is wanted for _name, each in within_reach(network))


def test_names_of_the_file_that_defines_a_network_are_reached() -> None:
    class Here(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x

    names = {id(each): name for name, each in within_reach(Here())}
    assert names[id(WANTED)] == "WANTED"
    assert id(IN_A_TABLE) in names


def test_a_network_of_the_library_does_not_reach_into_it() -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1))
    found = [each for _name, each in within_reach(network)]
    assert len(found) < 200
    assert not any(isinstance(each, types.ModuleType) for each in found)
    assert {id(each) for each in (*network.parameters(), *network.buffers())} <= set(map(id, found))


def test_circles_end() -> None:
    network = nn.ReLU()
    network.circle = [network]
    network.circle.append(network.circle)
    assert sum(each is network for _name, each in within_reach(network)) == 1


def test_no_module_searches_among_all_objects_there_are() -> None:
    search = re.compile(r"gc\.get_(objects|referrers)\(")
    files = Path(cnnviz.__file__).parent.rglob("*.py")
    assert [file.name for file in files if search.search(file.read_text(encoding="utf-8"))] == []


_BESIDE_WIDGETS = """
import threading, time
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget
import torch
from torch import nn
import cnnviz

class Hidden(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
    def forward(self, x):
        made = []
        thread = threading.Thread(target=lambda: made.append(torch.ones(1)))
        thread.start()
        thread.join()
        return self.conv(x) * made[0]

app, end, done = QApplication([]), time.monotonic() + 4, []

def inspect():
    while time.monotonic() < end:
        done.append(cnnviz.inspect(Hidden(), input_shape=(1, 8, 8)).totals.macs)

worker = threading.Thread(target=inspect)
worker.start()
while worker.is_alive():
    box = QWidget()
    layout = QVBoxLayout(box)
    for number in range(50):
        layout.addWidget(QPushButton(str(number)) if number % 2 else QLabel(str(number)))
    app.processEvents()
    del box, layout
print(len(done), set(done))
"""


def test_networks_are_inspected_beside_widgets_that_are_freed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BESIDE_WIDGETS], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("{None}\n")
