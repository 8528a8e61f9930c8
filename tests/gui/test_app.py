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
