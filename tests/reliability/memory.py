"""Uses the window some thousand times and prints what it holds at rest: ``python tests/reliability/memory.py``.

Networks are picked and looked into, pages, themes and pictures change, a network is trained, over and over, by a
user who waits for each answer. After every ``--every`` actions the window rests, always in the same state, and must
hold what it held before. Needs no display. Ends with 1 where something grows, or where what ``--prove`` keeps on
purpose is not noticed.
"""

from __future__ import annotations

import argparse
import collections
import ctypes
import gc
import itertools
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

from PySide6.QtCore import QEventLoop, QTimer, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from cnnviz.allocator import give_back_memory
from cnnviz.gui.app import make_application, make_window
from cnnviz.gui.pages import PAGES
from cnnviz.machine import resident_bytes
from cnnviz.pictures.samples import samples

_NETWORKS = ("lenet", "resnet18", "googlenet", "torchvision/mobilenet_v2", "densenet121", "vgg11")
_HEAP_FIELDS = (
    *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
    *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
)
_PATIENCE = 120  # seconds that an answer may take
_ALLOWED = {"heap": 4e6, "tensors": 1e6, "objects": 400, "widgets": 4, "threads": 0}


class _Heap(ctypes.Structure):
    """glibc's ``struct mallinfo2``."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in _HEAP_FIELDS)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is held while nothing goes on."""

    resident: int  # bytes
    heap: int  # bytes that the C library has given out; 0: it does not say
    tensors: int  # bytes of torch's storages
    objects: int  # that Python's collector knows
    widgets: int
    threads: int
    kinds: collections.Counter[str]  # of the objects

    def __str__(self) -> str:
        return (
            f"resident {self.resident / 1e6:.0f} MB, in use {self.heap / 1e6:.1f} MB, tensors {self.tensors / 1e6:.1f}"
            f" MB, {self.objects} objects, {self.widgets} widgets, {self.threads} threads"
        )


def measure() -> Rest:
    """Return what is held now."""
    gc.collect()
    give_back_memory()
    objects = gc.get_objects()
    kinds = collections.Counter(f"{type(each).__module__}.{type(each).__qualname__}" for each in objects)
    threads = threading.active_count()
    return Rest(
        resident_bytes() or 0, _heap(), _tensors(objects), len(objects), len(QApplication.allWidgets()), threads, kinds
    )


def grown(before: Rest, after: Rest) -> list[str]:
    """Return what has grown by more than comes and goes, in words."""
    news = []
    for name, allowed in _ALLOWED.items():
        more = getattr(after, name) - getattr(before, name)
        if more > allowed:
            news.append(f"{name} +{more:,}")
    if news:
        news += [f"{kind} +{more}" for kind, more in (after.kinds - before.kinds).most_common(8)]
    return news


def slopes(rests: Sequence[tuple[int, Rest]]) -> str:
    """Return by how much what is held grows in a thousand actions, in words: least squares over the rests."""
    if len(rests) < 2:
        return "too few rests for a slope"
    actions = [number / 1000 for number, _ in rests]
    slope = {
        name: linear_regression(actions, [getattr(rest, name) for _, rest in rests]).slope
        for name in ("resident", "heap", "tensors", "objects", "widgets")
    }
    return (
        f"in 1,000 actions resident {slope['resident'] / 1e6:+.1f} MB, in use {slope['heap'] / 1e6:+.1f} MB, tensors"
        f" {slope['tensors'] / 1e6:+.1f} MB, {slope['objects']:+.0f} objects, {slope['widgets']:+.1f} widgets"
    )


class User:
    """Does one thing after another in one window, and waits for the answer."""

    def __init__(self, networks: tuple[str, ...], folder: Path) -> None:
        self._random = random.Random(0)
        self._networks, self._pages = itertools.cycle(networks), itertools.cycle(PAGES)
        self._pictures, self._themes = itertools.cycle(samples()), itertools.cycle(("dark", "light"))
        self.window = make_window(_application())
        self.window.resize(1280, 800)
        self.window.show()
        self.wait(lambda: self.window.session.torch_is_ready and self.window.warmup.wait(0))
        self.window.build_pages()
        self.maps, self._training = self.window.page("maps"), self.window.page("training")
        form = self._training.form
        form.keep_runs_in(folder)
        form.data.choose("fashion-mnist-sample")
        form.fields["epochs"].type_text("1")
        form.fields["limit"].type_text("64")

    def act(self, number: int) -> None:
        """Do what comes now: in ten actions a network is picked, seven places in it and three pages are looked at."""
        match number % 10:
            case 0:
                self._pick(next(self._networks))
            case 1:
                self.window.tabs.show_page("maps")
            case 5:
                self.window.tabs.show_page(next(self._pages).id)
            case 8 if number % 100 == 8:
                self._train()
            case 9 if number % 50 == 9:
                self.window._theme.choose(next(self._themes))
            case 9:
                self.window.open_picture(next(self._pictures).file)
            case _:
                self.window.session.select_call(self._random.randrange(len(self.window.session.report.calls)))
        self.wait(self._is_idle)

    def rest(self) -> Rest:
        """Go back to where each rest is spent, wait until nothing goes on, and return what is held."""
        self._pick("lenet")
        self.window.session.select_call(1)
        self.window.session.set_picture(samples()[0].file)
        self.window._theme.choose("light")
        for page in reversed(PAGES):  # each forgets what it showed of another network only when it is seen again
            self.window.tabs.show_page(page.id)
            self.wait(self._is_idle)
        self.wait(lambda: self._is_idle() and threading.active_count() == 1)
        self.wait(lambda: True, at_least=0.3)
        return measure()

    def wait(self, until: Callable[[], bool], at_least: float = 0.02) -> None:
        """Let the window work, in an event loop: only there is a widget freed that is deleted later."""
        begin = time.perf_counter()
        while time.perf_counter() - begin < _PATIENCE:
            loop = QEventLoop()
            QTimer.singleShot(5, loop.quit)
            loop.exec()
            if time.perf_counter() - begin >= at_least and until():
                return
        raise TimeoutError(f"no answer in {_PATIENCE} s; threads: {[each.name for each in threading.enumerate()]}")

    def _pick(self, name: str) -> None:
        self.window.network.pick(name)
        self.wait(lambda: self.window.session.confirmed is not None)

    def _train(self) -> None:
        self._pick("lenet")
        self._training.start()
        self.wait(lambda: self._training.running)
        self.wait(lambda: not self._training.running)

    def _is_idle(self) -> bool:
        asked = self.window.session.confirmed is not None and not self._training.running
        return asked and not any(jobs.busy for jobs in (self.maps._jobs, self.window.inspector._jobs))


def _heap() -> int:
    try:
        told = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError, TypeError):  # not glibc, or older than 2.33
        return 0
    told.restype = _Heap
    heap = told()
    return int(heap.uordblks + heap.hblkhd)


def _tensors(objects: list[object]) -> int:
    import torch

    storages = {each.untyped_storage().data_ptr(): each for each in objects if type(each) in _plain(torch)}
    return sum(each.untyped_storage().nbytes() for each in storages.values() if each.device.type == "cpu")  # type: ignore[attr-defined]


def _plain(torch: object) -> tuple[type, ...]:
    return torch.Tensor, torch.nn.Parameter  # type: ignore[attr-defined]


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application


def main() -> int:
    """Rest again and again, and return 1 where something grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, default=4000)
    parser.add_argument("--every", type=int, default=200)
    parser.add_argument("--networks", default=",".join(_NETWORKS))
    parser.add_argument("--prove", action="store_true", help="then keep what is looked at, which must be noticed")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        for kind in ("CONFIG_FOLDER", "DATA_FOLDER", "CACHE"):
            os.environ[f"CNNVIZ_{kind}"] = str(Path(folder, kind.lower()))
        qInstallMessageHandler(lambda *_: None)  # the platform without a display remarks what it does not support
        make_application()
        user = User(tuple(arguments.networks.split(",")), Path(folder, "runs"))
        status = _watch(user, arguments.actions, arguments.every, arguments.prove)
        user.window.closing.stop_and_close()
        user.wait(lambda: not user.window.isVisible())
        user.wait(lambda: threading.active_count() == 1)
        print(f"closed: {measure()}")
    return status


def _watch(user: User, actions: int, every: int, prove: bool) -> int:
    rests: list[Rest] = []
    for number in range(actions):
        user.act(number)
        if (number + 1) % every == 0:
            rests.append(user.rest())
            print(f"{number + 1}: {rests[-1]}", flush=True)
    numbered = [((at + 1) * every, rest) for at, rest in enumerate(rests)]
    print(slopes(numbered[len(rests) // 2 :]))
    news = grown(rests[len(rests) // 2], rests[-1])  # the first half fills what is bounded
    print("flat" if not news else "GROWN: " + "; ".join(news))
    if not prove:
        return bool(news)
    kept = []
    for number in range(actions, actions + every):
        user.act(number)
        kept.append((user.maps._jobs._asker._kept._lens, user.maps.shown))
    proof = grown(rests[-1], user.rest())
    print(f"{len(kept)} answers kept on purpose: {'; '.join(proof) or 'NOT NOTICED'}")
    return bool(news) or not proof


if __name__ == "__main__":
    sys.exit(main())
