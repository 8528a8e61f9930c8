"""How a run is doing: ``status.json``, replaced as a whole, with a heartbeat from a thread of its own."""

from __future__ import annotations

import json
import os
import platform
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import cannot_write, create_text, read_whole, reading, write_text
from cnnviz.runs.layout import STATUS, clear, has_started, holds_run, is_taken, others_of_a_run

_LARGEST = 1 << 20  # bytes
_MOST_DIGITS = 19
_HEARTBEAT_SECONDS = 1.0
_DEAD_SECONDS = 30.0  # without a heartbeat; a machine that is short of memory may be slow to write
_CHOOSE = "Choose the folder of a run."
UNDER_WAY = ("preparing", "running", "paused")
_beating = set[str]()  # the hearts of this process, each for as long as its run is under way


class Status:
    """What ``status.json`` in ``folder`` says: state, epoch, step, heartbeat (Unix time, seconds), and more."""

    def __init__(self, folder: Path, check: Callable[[], None] = lambda: None) -> None:
        """``check``: raises CnnvizError where the folder is not the one that was taken; asked before each writing."""
        self._file = folder / STATUS
        self._check_folder = check
        self._facts: dict[str, object] = {"state": "preparing", "epoch": 0, "step": 0}
        self._facts |= {"host": platform.node(), "process": os.getpid(), "begun": time.time()}
        self._heart_name = os.urandom(8).hex()
        self._writing = threading.Lock()
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)
        self._problem: CnnvizError | None = None
        self._before: dict[str, object] = {}  # what it said before this run took it up

    @property
    def under_way(self) -> bool:
        """True until the run has ended."""
        return self._facts["state"] in UNDER_WAY

    def begin(self) -> None:
        """Take the folder: of several runs that want it, one gets it. From now on the heart beats.

        Raises:
            CnnvizError: another run has it, or it cannot be written.
        """
        _beating.add(self._heart_name)
        try:
            self._take(self._file.parent)
        except OSError as error:
            raise cannot_write(self._file, error) from error
        except ValueError as error:  # a null character, half a character
            raise CnnvizError(f"{self._file.parent} can be no folder's name.", "Choose another folder.") from error
        self._heart.start()

    def take_up(self) -> None:
        """Take the folder of a run that has ended, or whose process is gone, to go on with it. The heart beats again.

        Raises:
            CnnvizError: the run is going on, or the folder cannot be written.
        """
        _beating.add(self._heart_name)
        with suppress(CnnvizError):  # none, or a damaged one: no process replaces it any more
            self._before = _read(self._file)
        own = {name: self._facts[name] for name in ("state", "host", "process")}
        self._facts |= {name: self._before[name] for name in ("epoch", "step", "begun") if name in self._before} | own
        if not self._take_over():
            raise _going_on(self._file.parent, self._before)
        self._heart.start()

    def put_back(self) -> None:
        """Say what was said before ``take_up``: the run did not come to go on.

        Raises:
            CnnvizError: it cannot be written.
        """
        self._check_folder()
        self._write(json.dumps(self._before, indent=1))  # the heart that it tells of does not beat again

    def moved(self, folder: Path) -> Status:
        """Take another folder and return its status, which says what this one said; this one says no more.

        Raises:
            CnnvizError: as ``begin``; this one then stands.
        """
        other = Status(folder, self._check_folder)
        other.note(**self._facts)
        other.begin()
        self.end()
        return other

    def _take(self, folder: Path) -> None:
        if folder.exists() and not folder.is_dir():
            raise CnnvizError(f"{folder} is a file.", "Choose a folder for the run.")
        if holds_run(folder) and (has_started(folder) or not is_taken(folder)):
            raise taken(folder)
        if not is_taken(folder) and (there := others_of_a_run(folder)):
            what = f"{folder} holds {' and '.join(there)}, which a run would take for its own."
            raise CnnvizError(what, "Choose another folder for the run.")
        folder.mkdir(parents=True, exist_ok=True)
        if not create_text(self._file, self._text()):
            if has_started(folder) or not self._take_over():
                raise taken(folder)
            clear(folder)

    def _take_over(self) -> bool:
        """Put this run's status in place of one that is over; one at a time, and it is never away.

        Raises:
            CnnvizError: the folder cannot be written.
        """
        turn = self._file.with_name(f".{STATUS}.turn")
        with suppress(OSError):
            if abs(time.time() - turn.stat().st_mtime) > _DEAD_SECONDS:
                turn.rmdir()  # of one that was killed in its turn
        try:
            turn.mkdir()
        except FileExistsError:
            return False
        except OSError as error:
            raise cannot_write(self._file, error) from error
        try:
            is_free = not is_under_way(self._file.parent)
            if is_free:
                self._write(self._text())
        finally:
            with suppress(OSError):
                turn.rmdir()
        return is_free

    def note(self, **facts: object) -> None:
        """Remember facts; the next heartbeat writes them."""
        self._facts = self._facts | facts

    def write(self) -> None:
        """Write the file.

        Raises:
            CnnvizError: there is no space left, or the folder cannot be written, or is gone.
        """
        self._check_folder()
        self._write(self._text())

    def _write(self, text: str) -> None:
        with self._writing:
            write_text(self._file, text, make_parents=False)

    def _text(self) -> str:
        return json.dumps(self._facts | {"heart": self._heart_name, "heartbeat": time.time()}, indent=1)

    def check(self) -> None:
        """Return if the heart can beat.

        Raises:
            CnnvizError: what keeps it from beating, as it is now.
        """
        if self._problem is not None:
            self.write()
            self._problem = None

    def end(self) -> None:
        """Let the heart stand still."""
        self._ended.set()
        if self._heart.is_alive():
            self._heart.join()
        _beating.discard(self._heart_name)

    def _beat_on(self) -> None:
        while not self._ended.wait(_HEARTBEAT_SECONDS):
            try:
                self.write()
                self._problem = None
            except CnnvizError as error:
                self._problem = error


def taken(folder: Path) -> CnnvizError:
    """Return what to say where a run already has its folder."""
    return CnnvizError(f"{folder} already holds a run.", "Choose another folder; a run is never overwritten.")


def _going_on(folder: Path, status: Mapping[str, object]) -> CnnvizError:
    host = status.get("host")
    if not isinstance(host, str) or host == platform.node():
        return CnnvizError(f"The run in {folder} is going on.", "Stop it, or wait for its end.")
    hint = f"Stop it there, or wait for its end; if it was cut off, {_DEAD_SECONDS:.0f} seconds."
    return CnnvizError(f"The run in {folder} is going on, on the computer {host}.", hint)


def read_status(folder: Path) -> dict[str, object]:
    """Return what ``status.json`` says; of a run whose process is gone, or does not stir any more, the state "lost".

    Raises:
        CnnvizError: it cannot be read.
    """
    status = _read(folder / STATUS)
    return status | {"state": "lost"} if status.get("state") in UNDER_WAY and _is_dead(status) else status


def is_under_way(folder: Path) -> bool:
    """Return whether a run in ``folder`` has not ended; of a copy without a status it is taken that it has."""
    with suppress(CnnvizError):
        return read_status(folder).get("state") in UNDER_WAY
    return False


def _read(file: Path) -> dict[str, object]:
    try:
        with reading(file, _CHOOSE):
            content = read_whole(file, _LARGEST)
            if not content:  # taken a moment ago, or by a process that was killed in that moment
                return {"state": "preparing", "heartbeat": file.stat().st_mtime}
        status = json.loads(content, parse_int=_number)
    except (ValueError, RecursionError) as error:
        raise CnnvizError(f"{file} cannot be read: {error}.", _CHOOSE) from error
    if not isinstance(status, dict):
        raise CnnvizError(f"{file} says nothing about a run.", _CHOOSE)
    return status


def _number(digits: str) -> int | float:
    """Of what no machine counts, the nearest that can be computed with: at the worst it is infinite."""
    return int(digits) if len(digits) < _MOST_DIGITS else float(digits)


def _is_dead(status: dict[str, object]) -> bool:
    """Without a heartbeat, and without a living process where it would be one of this machine.

    This process knows its own hearts: of a run that ended here on a disk that took no more, the file still says that it
    is going on.
    """
    beat, process = status.get("heartbeat"), status.get("process")
    if not isinstance(beat, int | float) or abs(time.time() - beat) > _DEAD_SECONDS:
        return True
    if not isinstance(process, int) or status.get("host") != platform.node():
        return False
    heart = status.get("heart")
    if process == os.getpid() and isinstance(heart, str):  # earlier versions gave them no names
        return heart not in _beating
    return not _is_alive(process)


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # where signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError, ValueError):
        return False
    except OSError:  # somebody else's
        return True
    return True
