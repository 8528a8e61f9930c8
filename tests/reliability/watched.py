"""Does one thing under watch: how it ended, how long it took, what memory it needed. POSIX alone."""

from __future__ import annotations

import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from cnnviz.errors import CnnvizError

_CONTROL = {*map(chr, range(32)), *map(chr, range(127, 160)), "\u202e", "\u2066", "\u2067", "\u2068"}


class TookTooLongError(BaseException):
    """No ``except Exception`` shall take it for damage."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    what: str
    fault: str  # "": an answer, or one clear line
    line: str  # what the user was told; "": an answer
    seconds: float  # of the CPU, in all threads
    megabytes: float  # that the process held more at its highest than before


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Inside, what takes longer, in the main thread, is cut short by TookTooLongError.

    Time in which a thread was ready and other programs had the processors does not count.
    """
    end, before_it = time.monotonic() + seconds, without_processor()

    def cut(_number: int, _frame: FrameType | None) -> None:
        left = end + without_processor() - before_it - time.monotonic()
        if left <= 0:
            raise TookTooLongError
        signal.setitimer(signal.ITIMER_REAL, left)

    before = signal.signal(signal.SIGALRM, cut)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def watched(what: str, act: Callable[[], object], seconds: float = 5, megabytes: float = 2000) -> Outcome:
    """Return how ``act`` ended: it may return, or raise a CnnvizError of one line; all else is a fault.

    ``seconds`` are of the CPU, which other programs do not lengthen; what waits is cut short after six times that.
    """
    before, start, fault, line = _held("VmRSS"), time.process_time(), "", ""
    _forget_highest()
    try:
        with warnings.catch_warnings(), at_most(6 * seconds):
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", module=r"PIL\.")
            act()
    except CnnvizError as error:
        line = str(error)
        if bad := [each for each in line if each in _CONTROL]:
            fault = f"not one plain line: {bad}: {line!r:.150}"
        elif len(line) > 2100:
            fault = f"a line of {len(line)} characters: {line[:150]}"
    except TookTooLongError:
        fault = "does not end"
    except BaseException as error:
        trace = traceback.extract_tb(error.__traceback__)
        fault = f"{type(error).__name__}: {str(error)[:150]} at {trace[-1].filename[-60:]}:{trace[-1].lineno}"
    took, more = time.process_time() - start, (_held("VmHWM") - before) / 1024
    if not fault and took > seconds:
        fault = f"took {took:.1f} s"
    if not fault and more > megabytes:
        fault = f"took {more:.0f} MB"
    return Outcome(what, fault, line, took, more)


def told(title: str, outcomes: list[Outcome]) -> int:
    """Print what many came to, and return how many faults there are."""
    faults = [each for each in outcomes if each.fault]
    answers = sum(not each.line and not each.fault for each in outcomes)
    slowest = max(outcomes, key=lambda each: each.seconds)
    largest = max(outcomes, key=lambda each: each.megabytes)
    print(
        f"{title}: {len(outcomes)} tries, {answers} answers, {sum(bool(each.line) for each in outcomes)} lines,"
        f" {len(faults)} faults; slowest {slowest.seconds:.2f} s ({slowest.what}),"
        f" largest {largest.megabytes:.0f} MB ({largest.what})"
    )
    for fault in dict.fromkeys(each.fault for each in faults):
        where = [each.what for each in faults if each.fault == fault]
        print(f"  {len(where)} × {fault} ({', '.join(map(repr, where[:8]))})")
    return len(faults)


def without_processor() -> float:
    """Return the seconds that this process's threads were ready and waited; 0 where the system does not tell."""
    waited = 0.0
    for thread in Path("/proc/self/task").glob("*"):
        with suppress(OSError, IndexError):
            waited += int((thread / "schedstat").read_text("ascii").split()[1]) / 1e9
    return waited


def _held(row: str) -> float:
    """Return kilobytes; 0 where the system does not tell."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith(f"{row}:"):
                return float(line.split()[1])
    return 0.0


def _forget_highest() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "ascii")
