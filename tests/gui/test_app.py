"""What the process is set up with before the window is made."""

import subprocess
import sys


def test_modules_are_imported_without_reading_their_source() -> None:
    code = """
import linecache
from cnnviz.gui.app import make_application
application = make_application()
import xmlrpc.client, cnnviz.inspection.report
read = [file for file in linecache.cache if "xmlrpc" in file or "inspection" in file]
assert not read, read
from PySide6.QtWidgets import QLabel
assert QLabel("one").text() == "one"
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_garbage_of_any_thread_is_collected_in_the_window_s() -> None:
    code = """
import gc, threading
from PySide6.QtCore import QEventLoop, QTimer
from cnnviz.gui.app import make_application
from cnnviz.gui.workers.collector import collector_paused
application = make_application()
freed = []
class Cyclic:
    def __init__(self): self.me = self
    def __del__(self): freed.append(threading.get_ident())
def litter():
    for _ in range(20_000): Cyclic()
def wait(milliseconds):
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
thread = threading.Thread(target=litter)
thread.start()
thread.join()
assert not freed
with collector_paused():
    wait(1500)
    assert not freed
wait(1500)
assert len(freed) == 20_000 and set(freed) == {threading.get_ident()}, len(freed)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
