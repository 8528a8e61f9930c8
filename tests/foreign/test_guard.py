"""Prints of code that is not ours, and of everybody else meanwhile."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import threading
import warnings

from cnnviz.foreign.guard import foreign_code

_PRINTING = """
import sys, threading, time
from torch import nn
import cnnviz

class Talking(nn.Sequential):
    def forward(self, x):
        print("from the network")
        sys.stdout.buffer.write(b"in bytes")
        return super().forward(x)

until = time.monotonic() + float(sys.argv[1])

def inspect():
    while time.monotonic() < until:
        cnnviz.inspect(Talking(nn.Conv2d(1, 1, 3)), (1, 8, 8))

threads = [threading.Thread(target=inspect) for _ in range(4)]
for thread in threads:
    thread.start()
lines = 0
while any(thread.is_alive() for thread in threads):
    print("from the program")
    lines += 1
print(lines, file=sys.stderr)
"""


def test_a_program_prints_while_threads_inspect():
    done = subprocess.run([sys.executable, "-c", _PRINTING, "3"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "from the program\n" * int(done.stderr.split()[-1])


def test_what_stands_for_the_output_stays():
    with foreign_code():
        first = sys.stdout
    assert sys.stdout is first
    with foreign_code():
        assert sys.stdout is first


def test_another_output_gets_what_is_printed_beside_foreign_code_and_no_more():
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        print("before")
        with foreign_code():
            print("foreign")
        print("after")
    print("outside")
    assert shown.getvalue() == "before\nafter\n"


def test_an_output_that_foreign_code_sets_does_not_stay(capsys):
    with foreign_code():
        sys.stdout = io.StringIO()
        print("lost")
    print("seen")
    assert capsys.readouterr().out == "seen\n"


def test_foreign_code_closes_nothing_and_a_program_that_has_no_output_runs_on(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with foreign_code():
        sys.stdout.close()
        print("nowhere")
    print("nowhere either")


def test_bytes_of_the_program_reach_its_output(capfdbinary):
    with foreign_code():
        sys.stdout.buffer.write(b"foreign")
    sys.stdout.buffer.write(b"ours")
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == b"ours"


def test_each_thread_prints_where_it_is():
    """A thread in foreign code does not take another's lines."""
    shown, entered, end = io.StringIO(), threading.Event(), threading.Event()

    def foreign():
        with foreign_code():
            entered.set()
            print("foreign")
            end.wait(10)

    with contextlib.redirect_stdout(shown):
        thread = threading.Thread(target=foreign)
        thread.start()
        entered.wait(10)
        print("ours")
        end.set()
        thread.join()
    assert shown.getvalue() == "ours\n"


def test_warnings_that_somebody_records_are_recorded_as_ever():
    with warnings.catch_warnings(record=True) as recorded:
        warnings.simplefilter("always")
        with foreign_code():
            warnings.warn("foreign", stacklevel=1)
        warnings.warn("ours", stacklevel=1)
    assert [str(each.message) for each in recorded] == ["ours"]


def _started(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def _fail():
    raise ValueError("in a thread")


def test_failure_of_a_thread_that_foreign_code_starts_is_logged_and_told(monkeypatch, caplog):
    hooked = []
    monkeypatch.setattr(threading, "excepthook", lambda failure: hooked.append(failure.exc_type))
    with foreign_code() as quiet, caplog.at_level("INFO"):
        _started(lambda: None)
    with foreign_code() as failing, caplog.at_level("INFO"):
        _started(_fail)
    assert (quiet.threads_failed, failing.threads_failed, hooked) == (False, True, [])
    assert "a thread failed: ValueError: in a thread" in caplog.messages
    _started(_fail)
    assert hooked == [ValueError]
