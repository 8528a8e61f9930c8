"""Does random things to the window and prints what broke: ``python tests/reliability/chaos.py --actions 2000``.

Every button, list, field and command that can be reached is used at random, in a window of its own settings and
folders, with networks of all sizes, training and looking at feature maps among it, while files of the user's vanish,
tear and come back; each seed opens what the one before has left. Needs no display. Printed for each seed: exceptions,
what Qt remarks, closed windows that are kept, each time that the window did not answer for over a second and after
which action, and memory over time, training included, and when the window is closed. A silence says how much of it the
window's own thread computed, and for how long it was ready and had no processor, which other programs and threads had:
the rest it waited for a lock or a disk. Memory is measured ten times, when
all work has ended and LeNet is picked again: work holds its network until it ends.
"""

from __future__ import annotations

import argparse
import collections
import faulthandler
import gc
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, QEventLoop, QModelIndex, QPoint, QPointF, Qt, QTimer, qInstallMessageHandler
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QMessageBox,
    QSlider,
    QWidget,
)

from cnnviz.gui.app import make_application, make_window
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.preferences import Preferences
from cnnviz.pictures.samples import samples
from cnnviz.zoo.own.permission import ask_before_running
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

from memory import Rest, measure, slopes  # isort: skip  beside this file
from user_files import UserFiles  # isort: skip

_FOLDER = Path(os.environ.get("CHAOS_FOLDER") or tempfile.mkdtemp(prefix="chaos-"))
_NETWORKS = ("lenet", "vgg11", "googlenet", "resnet18", "densenet121", "torchvision/mobilenet_v2", "nin", "alexnet")
_WORDS = ("conv", "3", "", "-1", "99999999", "1e-3", "abc", "图", "0", "1", "2", "relu", "28")
_NOT_PRESSED = ("Open…", "Browse", "Choose", "Folder", "File", "Save", "Export", "Download", "Quit")
_REMARKS = ("This plugin does not support",)  # of the platform without a display
_NOTED_SECONDS = 0.2  # of silence
_LONG_SECONDS = 1.0
_END_SECONDS = 300  # that work may take to end: one step of a large network on few cores


class Silence(NamedTuple):
    """The window did not answer."""

    doing: str
    seconds: float
    own_seconds: float  # of the processor, in the window's thread
    queued_seconds: float  # that this thread was ready and had no processor: others had it

    def __str__(self) -> str:
        shares = f"{self.own_seconds:.2f} computing, {self.queued_seconds:.2f} without a processor"
        return f"{self.doing} {self.seconds:.2f} s ({shares})"


class Chaos:
    """One window, and what happened in it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.files = UserFiles(_FOLDER / "files")
        self.silences: list[Silence] = []
        self.failures = collections.Counter[str]()
        self.doing = "start"
        self.hear_again()
        self.open()
        self._pulse = QTimer(interval=5, timeout=self._beat)
        self._pulse.start()
        self._janitor = QTimer(interval=40, timeout=self._close_what_waits)
        self._janitor.start()

    def open(self) -> None:
        """Open the window, with what its last one left in the settings."""
        self.doing = "open"
        self.window: MainWindow = make_window(_application())
        self.window.resize(1280, 800)
        self.window.show()

    def act(self) -> None:
        """Do one random thing, and let the window answer for a moment."""
        actions: list[tuple[float, Callable[[], object]]] = [
            (4, self._pick), (6, self._select_row), (4, self._press), (4, self._type), (3, self._choose),
            (3, self._switch_page), (2, self._command), (2, self._wheel), (2, self._key), (1, self._open_picture),
            (1, self._resize), (1, self._train), (1, self._choose_weights), (1, self._choose_data), (1, self._compare),
            (1, self._open_run), (1, self._open_own), (1, self._save), (1, self._meddle),
        ]  # fmt: skip
        action = self.random.choices([each for _, each in actions], [weight for weight, _ in actions])[0]
        self.doing = action.__name__.strip("_")
        faulthandler.dump_traceback_later(_END_SECONDS, exit=True)  # it hangs
        action()
        _let_work(self.random.choice((0, 5, 20, 100)))
        if not self.window.isVisible():  # somebody said yes when asked whether to stop and close
            self._open_again()

    def close(self) -> None:
        """Close the window in the middle of whatever goes on, and see that nothing of it is kept."""
        self.doing = "close"
        faulthandler.cancel_dump_traceback_later()
        self.window.closing.stop_and_close()
        deadline = time.perf_counter() + _END_SECONDS
        while self.window.isVisible():
            _let_work(5)
            if time.perf_counter() > deadline:
                self.failures.update([f"does not close within {_END_SECONDS} s"])
                os._exit(1)  # the thread that still runs would end the process anyhow
        self.window.closing.end_threads()
        self._free()

    def hear_again(self) -> None:
        """Begin to listen: the silence until now was ours."""
        self._last = time.perf_counter(), time.thread_time(), _queued()

    def rest(self) -> Rest:
        """Return what is held between two actions: always beside the same network, when all work has ended."""
        self.doing = "rest"
        faulthandler.dump_traceback_later(2 * _END_SECONDS, exit=True)
        self._page("training").stop()
        self.window.tabs.setCurrentIndex(0)
        self.window.session.set_weights(RANDOM_WEIGHTS)
        self.window.network.pick("lenet")
        return self.rest_at_last()

    def rest_at_last(self) -> Rest:
        """Return what is held when all work has ended: a job holds its network until then."""
        _let_work(300)
        deadline = time.perf_counter() + _END_SECONDS
        while _jobs() and time.perf_counter() < deadline:
            _let_work(20)
        if jobs := _jobs():
            self.failures.update([f"work does not end: {jobs}"])
        return measure()

    def _free(self) -> None:
        """Free the window, which the program leaves to the end of its process."""
        kept = weakref.ref(self.window)
        ask_before_running(lambda _file, _content: False)
        _application().setStyleSheet("")  # Qt 6.11's points at the menu bar of a window that is no more
        self.window._theme.deleteLater()
        self.window.deleteLater()
        del self.window
        _let_work(20)
        gc.unfreeze()  # the window stood when what was imported was taken out of the collection
        gc.collect()
        if (window := kept()) is not None:
            self.failures.update([f"a closed window is kept by {[type(each) for each in gc.get_referrers(window)]}"])

    def _beat(self) -> None:
        before = self._last
        self.hear_again()
        gap, *shares = (now - then for now, then in zip(self._last, before, strict=True))
        if gap > _NOTED_SECONDS:
            self.silences.append(Silence(self.doing, gap, *shares))

    def _close_what_waits(self) -> None:
        popup = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if not hasattr(self, "window"):  # it is closed, and the next one is not open yet
            return
        if popup is not None and self.random.random() < 0.5:
            popup.close()
        for dialog in self.window.findChildren(QDialog):
            if dialog.isVisible() and self.random.random() < 0.2:
                answers = dialog.findChildren(QAbstractButton) if isinstance(dialog, QMessageBox) else []
                if answers and self.random.random() < 0.7:
                    self.random.choice(answers).click()
                else:
                    dialog.reject()

    def _page(self, id_: str) -> Any:
        """Wait for a page, as everybody does: they come one by one behind the first frame."""
        while True:
            with suppress(KeyError):
                return self.window.page(id_)
            _let_work(5)

    def _some(self, kind: type[QWidget]) -> QWidget | None:
        found = [each for each in self.window.findChildren(kind) if each.isVisible() and each.isEnabled()]
        return self.random.choice(found) if found else None

    def _pick(self) -> None:
        name = self.random.choice(_NETWORKS)
        self.doing = f"pick {name}"
        self.window.network.pick(name)

    def _select_row(self) -> None:
        view = self._some(QAbstractItemView)
        if isinstance(view, QAbstractItemView) and view.model() is not None:
            index = QModelIndex()
            while (rows := view.model().rowCount(index)) and self.random.random() < 0.8:
                index = view.model().index(self.random.randrange(rows), 0, index)
            view.setCurrentIndex(index)

    def _press(self) -> None:
        button = self._some(QAbstractButton)
        if isinstance(button, QAbstractButton) and not any(word in button.text() for word in _NOT_PRESSED):
            self.doing = f"press {button.text()!r}"
            button.click()

    def _type(self) -> None:
        field = self._some(QLineEdit)
        if isinstance(field, QLineEdit) and "older" not in field.accessibleName():
            field.setFocus()
            field.selectAll()
            for letter in self.random.choice(_WORDS):
                key = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter)
                QApplication.sendEvent(field, key)
            QTest.keyClick(field, self.random.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape)))

    def _choose(self) -> None:
        box = self._some(QComboBox)
        if isinstance(box, QComboBox) and box.count():
            box.setCurrentIndex(self.random.randrange(box.count()))
            box.activated.emit(box.currentIndex())
        slider = self._some(QSlider)
        if isinstance(slider, QSlider):
            slider.setValue(self.random.randint(slider.minimum(), slider.maximum()))

    def _switch_page(self) -> None:
        position = self.random.randrange(self.window.tabs.count())
        self.doing = f"page {position}"
        self.window.tabs.setCurrentIndex(position)

    def _command(self) -> None:
        commands = [
            each for each in self.window.commands() if each.id.startswith(("view.", "go.", "layers.", "graph."))
        ]
        if commands:
            chosen = self.random.choice(commands)
            self.doing = chosen.id
            chosen.run()

    def _wheel(self) -> None:
        target = self.window.childAt(QPoint(self.random.randrange(1, 1200), self.random.randrange(1, 780)))
        if target is not None:
            turn = QPoint(0, self.random.choice((-480, -120, 120, 480)))
            keys = self.random.choice((Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier))
            middle = QPointF(target.rect().center())
            place = QPointF(target.mapToGlobal(target.rect().center()))
            event = QWheelEvent(
                middle, place, QPoint(), turn, Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False
            )
            QApplication.sendEvent(target, event)

    def _key(self) -> None:
        keys = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_PageDown, Qt.Key.Key_Home)
        target = QApplication.focusWidget() or self.window
        QTest.keyClick(target, self.random.choice(keys))

    def _open_picture(self) -> None:
        own = self.random.random() < 0.5
        self.window.open_picture(
            self.random.choice(self.files.pictures() if own else [each.file for each in samples()])
        )

    def _resize(self) -> None:
        self.window.resize(self.random.randrange(400, 1900), self.random.randrange(300, 1000))

    def _train(self) -> None:
        page = self._page("training")
        page.form.keep_runs_in(self.files.runs)
        if self.random.random() < 0.7:
            page.form.data.choose("fashion-mnist-sample")
        page.form.fields["epochs"].type_text("1")
        page.form.fields["limit"].type_text("256")
        self.random.choice((page.start, page.start, page.stop, page.pause_or_resume))()

    def _choose_weights(self) -> None:
        runs = [Weights("run", file=each) for each in self.files.runs.iterdir()] if self.files.runs.is_dir() else []
        files = [Weights("file", file=each, allow_mismatch=True) for each in self.files.weights()]
        self.window.session.set_weights(self.random.choice([RANDOM_WEIGHTS, *files, *runs[:4]]))

    def _choose_data(self) -> None:
        page = self._page("training")
        page.form.data.choose_folder(self.random.choice(self.files.data()))
        page.view.pick_view(self.random.choice(("curves", "data")))

    def _compare(self) -> None:
        page = self._page("compare")
        self.random.choice((lambda: page.add(self.random.choice(_NETWORKS)), page.keep_current, self._compare_less))()

    def _compare_less(self) -> None:
        page = self._page("compare")
        if page.contestants:
            page._remove(self.random.randrange(len(page.contestants)))

    def _open_run(self) -> None:
        runs = sorted(self.files.runs.iterdir()) if self.files.runs.is_dir() else []
        self.window.open_run(self.random.choice([*runs, self.files.runs / "gone", self.files.folder]))

    def _open_own(self) -> None:
        self.window.own.open(self.random.choice(self.files.networks()))

    def _save(self) -> None:
        folder = self.random.choice((self.files.folder, self.files.folder / "gone"))
        if self.random.random() < 0.5:
            self._page("maps").save(folder / self.random.choice(("maps.png", "maps.npz")))
        elif self.window.session.report is not None:
            self._page("layers").export.save(folder / self.random.choice(("table.csv", "table.json", "table.md")))

    def _meddle(self) -> None:
        if self.random.random() < 0.3:  # another window writes the settings
            Preferences().store_mapping("page/maps", {"picture": str(self.random.choice(self.files.pictures()))})
        else:
            self.files.meddle(self.random)

    def _open_again(self) -> None:
        self.close()
        self.open()


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application


def _jobs() -> list[str]:
    """Return the names of the threads that are at work; one of Qt's is known as a dummy, also when it has ended."""
    return [each.name for each in threading.enumerate()[1:] if not isinstance(each, threading._DummyThread)]


def _queued() -> float:
    """Return for how many seconds this thread was ready to run and did not; 0 where the system does not tell."""
    with suppress(OSError):
        return int(Path("/proc/thread-self/schedstat").read_text("ascii").split()[1]) / 1e9
    return 0.0


def _let_work(milliseconds: int) -> None:
    """Run an event loop: outside of one Qt frees nothing that is to be deleted later."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _listen(chaos: Chaos) -> None:
    """Count what Qt says, and what is raised in slots."""

    def hear(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        chaos.failures.update(["".join(traceback.format_exception(kind, error, trace)[-3:])])

    def listen(_kind: object, _where: object, text: str) -> None:
        if not text.startswith(_REMARKS):
            chaos.failures.update([f"Qt: {text}"])

    qInstallMessageHandler(listen)
    sys.excepthook = hear


def main() -> None:
    """Run the seeds one after another, each in a new process, as the program is: what the last one left is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="seed")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if arguments.seeds > 1:
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            command = [
                sys.executable,
                "-X",
                "faulthandler",
                __file__,
                "--actions",
                str(arguments.actions),
                "--seeds",
                "1",
            ]
            done = subprocess.run(
                [*command, "--first", str(seed)], env={**os.environ, "CHAOS_FOLDER": str(_FOLDER)}, check=False
            )
            if done.returncode:
                print(f"seed {seed} ended with {done.returncode}")
        return
    for kind in ("CONFIG_FOLDER", "DATA_FOLDER", "CACHE"):
        os.environ[f"CNNVIZ_{kind}"] = str(_FOLDER / kind.lower())
    make_application()
    seed = arguments.first
    chaos = Chaos(seed)
    _listen(chaos)
    memory: list[tuple[int, Rest]] = []
    begin = time.perf_counter()
    for number in range(arguments.actions):
        try:
            chaos.act()
        except Exception:  # what a slot raises that is called directly
            chaos.failures.update([f"{chaos.doing}: {''.join(traceback.format_exc().splitlines(True)[-4:])}"])
        if (number + 1) % (arguments.actions // 10 or 1) == 0:
            memory.append((number + 1, chaos.rest()))
            chaos.hear_again()
            print(f"  {number + 1}: {memory[-1][1]}", file=sys.stderr)
    chaos.close()
    _report(seed, chaos, memory, time.perf_counter() - begin)


def _report(seed: int, chaos: Chaos, memory: list[tuple[int, Rest]], seconds: float) -> None:
    print(f"seed {seed}: {seconds:.0f} s; memory, MB: {', '.join(f'{rest.resident / 1e6:.0f}' for _, rest in memory)}")
    print(f"  {slopes(memory[len(memory) // 3 :])}; when it is closed {chaos.rest_at_last()}")
    silent = [each for each in chaos.silences if each.seconds > _LONG_SECONDS]
    print(f"  {len(silent)} × silent over {_LONG_SECONDS:.0f} s:", ", ".join(map(str, silent)) or "none")
    longest = sorted(chaos.silences, key=lambda silence: silence.queued_seconds - silence.seconds)
    print("  longest, but for the time without a processor:", ", ".join(map(str, longest[:8])))
    for text, count in chaos.failures.most_common(20):
        print(f"  {count} × {text.strip()}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
