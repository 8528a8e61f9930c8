"""Does random things to the window and prints what broke: ``python tests/reliability/chaos.py --actions 2000``.

Every button, list, field and command that can be reached is used at random, in a window of its own settings and
folders, with networks of all sizes, training and looking at feature maps among it. Needs no display. Printed for each
seed: exceptions, words of Qt's, the longest the window did not answer and after which action, and memory over time.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import statistics
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QPointF, Qt, QTimer, qInstallMessageHandler
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QSlider,
    QWidget,
)

from cnnviz.gui.app import dress, make_window
from cnnviz.gui.main_window import MainWindow
from cnnviz.machine import resident_bytes
from cnnviz.pictures.samples import samples

_FOLDER = Path(tempfile.mkdtemp(prefix="chaos-"))
_NETWORKS = ("lenet", "vgg11", "googlenet", "resnet18", "densenet121", "torchvision/mobilenet_v2", "nin", "alexnet")
_WORDS = ("conv", "3", "", "-1", "99999999", "1e-3", "abc", "图", "0", "1", "2", "relu", "28")
_NOT_PRESSED = ("Open…", "Browse", "Choose", "Folder", "File", "Save", "Export", "Download", "Quit")


class Chaos:
    """One window, and what happened in it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.window: MainWindow = make_window(_application())
        self.window.resize(1280, 800)
        self.window.show()
        self.doing, self.gaps, self.failures = "start", collections.Counter[str](), collections.Counter[str]()
        self._last = time.perf_counter()
        self._pulse = QTimer(interval=5, timeout=self._beat)
        self._pulse.start()
        self._janitor = QTimer(interval=40, timeout=self._close_what_waits)
        self._janitor.start()

    def act(self) -> None:
        """Do one random thing, and let the window answer for a moment."""
        actions: list[tuple[int, Callable[[], object]]] = [
            (4, self._pick), (6, self._select_row), (4, self._press), (4, self._type), (3, self._choose),
            (3, self._switch_page), (2, self._command), (2, self._wheel), (2, self._key), (1, self._open_picture),
            (1, self._resize), (1, self._train),
        ]  # fmt: skip
        action = self.random.choices([each for _, each in actions], [weight for weight, _ in actions])[0]
        self.doing = action.__name__.strip("_")
        action()
        deadline = time.perf_counter() + self.random.choice((0, 0.005, 0.02, 0.1))
        while True:
            _application().processEvents()
            if time.perf_counter() >= deadline:
                return

    def close(self) -> None:
        """Close the window in the middle of whatever goes on."""
        self.window.closing.stop_and_close()
        deadline = time.perf_counter() + 20
        while self.window.isVisible() and time.perf_counter() < deadline:
            _application().processEvents()
        self.window.closing.end_threads()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps[self.doing] = max(self.gaps[self.doing], now - self._last)  # type: ignore[assignment]
        self._last = now

    def _close_what_waits(self) -> None:
        popup = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if popup is not None and self.random.random() < 0.5:
            popup.close()
        for dialog in self.window.findChildren(QDialog):
            if dialog.isVisible() and self.random.random() < 0.2:
                dialog.reject()

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
        self.window.open_picture(self.random.choice(samples()).file)

    def _resize(self) -> None:
        self.window.resize(self.random.randrange(400, 1900), self.random.randrange(300, 1000))

    def _train(self) -> None:
        self.window.build_pages()
        page = self.window.page("training")
        page.form.keep_runs_in(_FOLDER / "runs")
        page.form.data.choose("fashion-mnist-sample")
        page.form.fields["epochs"].type_text("1")
        page.form.fields["limit"].type_text("256")
        self.random.choice((page.start, page.start, page.stop, page.pause_or_resume))()


def _application() -> QApplication:
    return QApplication.instance() or QApplication(sys.argv[:1])  # type: ignore[return-value]


def _listen(chaos: Chaos) -> None:
    """Count what Qt says, and what is raised in slots."""

    def hear(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        chaos.failures.update(["".join(traceback.format_exception(kind, error, trace)[-3:])])

    qInstallMessageHandler(lambda _kind, _where, text: chaos.failures.update([f"Qt: {text}"]))
    sys.excepthook = hear


def main() -> None:
    """Run the seeds one after another, each in a new window of the same process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for kind in ("CONFIG", "DATA", "CACHE"):
        os.environ[f"CNNVIZ_{kind}_FOLDER"] = str(_FOLDER / kind.lower())
    dress(_application())
    for seed in range(arguments.seeds):
        chaos = Chaos(seed)
        _listen(chaos)
        memory, begin = [], time.perf_counter()
        for number in range(arguments.actions):
            try:
                chaos.act()
            except Exception:  # what a slot raises that is called directly
                chaos.failures.update([f"{chaos.doing}: {''.join(traceback.format_exc().splitlines(True)[-4:])}"])
            if number % (arguments.actions // 10 or 1) == 0:
                memory.append(resident_bytes() / 1e6)
                spec = chaos.window.session.spec
                print(
                    f"  {number}: {memory[-1]:.0f} MB, {spec.name if spec else ''} {dict(spec.options) if spec else ''}"
                    f" {spec.input_shape if spec else ''}",
                    file=sys.stderr,
                )
        chaos.close()
        _report(seed, chaos, memory, time.perf_counter() - begin)


def _report(seed: int, chaos: Chaos, memory: list[float], seconds: float) -> None:
    print(f"seed {seed}: {seconds:.0f} s; memory, MB: {' '.join(f'{each:.0f}' for each in memory)}", end="; ")
    print(f"second half {statistics.mean(memory[5:]):.0f}")
    print("  longest silence:", ", ".join(f"{name} {gap:.2f} s" for name, gap in chaos.gaps.most_common(6)))
    for text, count in chaos.failures.most_common(20):
        print(f"  {count} × {text.strip()}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
