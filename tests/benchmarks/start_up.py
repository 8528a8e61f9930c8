"""How long until the first frame and the first table are drawn, beside a bare PySide6 window: medians, in turn.

    python tests/benchmarks/start_up.py [MODEL]

It needs a display. Without a screen: ``xvfb-run -a -s "-screen 0 1280x800x24 -noreset" python …``. Every start is as
somebody's first, without settings, whose report is a shipped one; the start before those that are counted fills the
system's file cache. PyTorch is imported behind the window as ever, and the process ends once the table is drawn.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

_STARTS = 7
_SEEN = """
import os, sys, time
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt

class Eye(QObject):
    '''Says when a frame is on the screen in which a widget was drawn with what is waited for ``there()``.'''
    def __init__(self, what, widget, there, last):
        super().__init__(widget)
        self.what, self.there, self.last, self.seen = what, there, last, False
        widget.installEventFilter(self)
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and not self.seen and self.there():
            self.seen = True
            # Behind the paint of the whole frame, and before whatever else it has set off.
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.User), Qt.EventPriority.HighEventPriority.value)
        return False
    def event(self, event):
        if event.type() == QEvent.Type.User:
            print(self.what, time.monotonic(), time.process_time(), "torch" in sys.modules, flush=True)
            if self.last:
                os._exit(0)
        return super().event(event)
"""
_BARE = f"""{_SEEN}
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.resize(1280, 800)
eye = Eye("frame", window, lambda: True, True)
window.show()
app.exec()
"""
_CNNVIZ = f"""
import sys
from cnnviz.gui import app
make = app.make_window
def watched(*arguments):
    window = make(*arguments)
    exec(_SEEN, globals())  # as late as this: what is imported behind PySide6 takes longer
    view = window.page("layers").view
    window.eyes = (
        Eye("frame", window, lambda: True, False),
        Eye("table", view.viewport(), lambda: view.model().rowCount(view.model().index(0, 0)) > 0, True),
    )
    return window
app.make_window = watched
_SEEN = {_SEEN!r}
from cnnviz.__main__ import main
main(sys.argv[1:])
"""


def seconds_to_each(code: str, *arguments: str) -> dict[str, tuple[float, float]]:
    """Return the wall and the processor time until each thing was drawn; exit if torch was there before."""
    with tempfile.TemporaryDirectory() as empty:
        folders = {f"CNNVIZ_{kind}_FOLDER": empty for kind in ("CONFIG", "DATA", "CACHE")}
        command, environment = [sys.executable, "-c", code, *arguments], {**os.environ, **folders}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once
        begin = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    words = [line.split() for line in done.stdout.splitlines()]
    if not words or any(torch == "True" for *_, torch in words):
        raise SystemExit(f"{words}\n{done.stderr}")
    return {what: (float(then) - begin, float(processor)) for what, then, processor, _ in words}


def main() -> None:
    """Print one line for each thing that is drawn, and what they are to each other."""
    model = sys.argv[1] if len(sys.argv) > 1 else "vgg11"
    starts = [(seconds_to_each(_BARE), seconds_to_each(_CNNVIZ, model)) for _ in range(1 + _STARTS)][1:]
    for position, clock in enumerate(("wall", "processor")):
        bare, frame, table = (
            [start[which][what][position] for start in starts]
            for which, what in ((0, "frame"), (1, "frame"), (1, "table"))
        )
        print(f"{clock} seconds")
        for name, times in (("bare window", bare), ("first frame", frame), ("first table", table)):
            print(f"  {name}  median {statistics.median(times):.3f}   {min(times):.3f} to {max(times):.3f}")
        behind = statistics.median(after - before for before, after in zip(frame, table, strict=True))
        ratio = statistics.median(ours / theirs for theirs, ours in zip(bare, frame, strict=True))
        print(f"  first frame  {ratio:.2f} times the bare window's; first table {behind:.3f} behind it")


if __name__ == "__main__":
    main()
