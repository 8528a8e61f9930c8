"""Kills runs, fills their disks, takes their folders away and lets them race, and prints what broke.

``python tests/reliability/run_faults.py --kills 100 --full 20 --vanished 20 --races 100``. Each run is a real one, of
the command line: LeNet on a few pictures, in a process forked from this one, which has imported PyTorch already.
Full disks, unmounted and forbidden folders are real too, and need the rights to mount: elsewhere they are left out.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "strategies"))

from run_events import WHOLE

from cnnviz.__main__ import main as command_line
from cnnviz.errors import CnnvizError
from cnnviz.runs.checkpoint import read_newest_weights
from cnnviz.runs.layout import has_started
from cnnviz.training.events import CheckpointWritten, EpochDone, Noticed, RunFinished, StepsDone
from cnnviz.training.recording import read_run, record

_TRAIN = ("train", "lenet", "--data", "fashion-mnist-sample", "--device", "cpu", "--deterministic", "--limit", "128")
_OVERRIDES = 1 << 1 | 1 << 2 | 1 << 3  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
Attempt = Callable[[random.Random, float, Path], str]  # chance, seconds of a run, scratch folder → what came of it
_PATIENCE = 240.0  # seconds, for a run on a machine that has other things to do


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended and what it said on standard error."""

    status: int  # of the exit; negative: the signal
    said: str


class Child:
    """A process forked from this one that does ``what``; None of its output gets here but through ``ended``."""

    def __init__(self, what: Callable[[], int], obeys_rights: bool = False) -> None:
        self._output = Path(tempfile.mkstemp(prefix="run-fault-")[1])
        self.process = os.fork()
        if self.process == 0:
            status = 1
            try:
                opened = os.open(self._output, os.O_WRONLY)
                os.dup2(opened, 1)
                os.dup2(opened, 2)
                if obeys_rights:
                    _obey_rights()
                status = what()
            except BaseException:
                sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)

    @property
    def is_over(self) -> bool:
        return os.waitid(os.P_PID, self.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def ended(self) -> Ended:
        """Wait for the end."""
        deadline = time.monotonic() + _PATIENCE
        while not self.is_over and time.monotonic() < deadline:
            time.sleep(0.005)
        self.kill()
        _, status = os.waitpid(self.process, 0)
        said = self._output.read_text("utf-8", "replace")
        self._output.unlink()
        return Ended(os.waitstatus_to_exitcode(status), said)


def _obey_rights() -> None:
    """Let a process of root's be refused what the rights of a file refuse to its owner."""
    system = ctypes.CDLL(None, use_errno=True)
    head, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    system.capget(head, sets)
    sets[0] &= ~_OVERRIDES  # the effective ones
    if system.capset(head, sets) != 0:
        raise OSError(ctypes.get_errno(), "the rights cannot be given up")


def training(folder: Path, epochs: int = 2) -> Callable[[], int]:
    """Return what trains in ``folder``, as the command line does."""

    def train() -> int:
        import torch

        torch.set_num_threads(1)
        return command_line([*_TRAIN, "--epochs", str(epochs), "--run-dir", str(folder)])

    return train


def until(found: Callable[[], bool], child: Child) -> None:
    """Wait until something is so, or the child has ended."""
    while not (found() or child.is_over):
        time.sleep(0.002)


def over(seconds: float) -> Callable[[], bool]:
    """Return what says whether so much time has gone by from now on."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def temporaries(folder: Path) -> list[str]:
    """Return what is hidden below a folder: a run writes nothing of the kind but for the moment."""
    return [str(each.relative_to(folder)) for each in folder.rglob(".*")]


def steps_of(folder: Path) -> int:
    """Return the last step of a run whose steps are told one after another from the first; none is missing."""
    last = 0
    for event in read_run(folder).events:
        if isinstance(event, StepsDone):
            assert event.first_step == last + 1, f"steps {last + 1} to {event.first_step - 1} are missing"
            last = event.last_step
        if isinstance(event, EpochDone):
            assert event.step == last, f"epoch {event.epoch} ends at step {event.step}, told were {last}"
    assert not [event for event in read_run(folder).events if isinstance(event, Noticed) and "amaged" in event.what]
    return last


def check_clear(ended: Ended) -> None:
    """Hold that what went wrong was told in one line, and no traceback."""
    assert "Traceback" not in ended.said, ended.said[-2000:]
    assert ended.status == 2, (ended.status, ended.said[-500:])
    assert ended.said.splitlines()[-1].startswith("cnnviz: "), ended.said[-500:]


# Killed


def killing(rng: random.Random, seconds: float, folder: Path) -> str:
    """Kill a run at a random moment, of the clock or of what it does with files; check, and return what it was at."""
    runs = folder / "runs"
    run = runs / "killed"
    if rng.random() < 0.5:
        child, moment = Child(training(run)), rng.uniform(0, seconds)
        until(over(moment), child)
        child.kill()
    else:
        child = Child(lambda: _dying_at(rng.randrange(1, 130), runs, training(run)))
    ended = child.ended()
    assert ended.status in (-signal.SIGKILL, 0), ended
    where = check_killed(run, ended.status == 0)
    left = len(temporaries(runs)) if runs.exists() else 0
    again = run if not has_started(run) else runs / "next"
    list(record(WHOLE, again))
    assert read_run(again).state == "finished"
    assert not temporaries(runs), temporaries(runs)
    return f"{where}{', temporaries' if left else ''}"


def check_killed(run: Path, in_time: bool) -> str:
    """Check that a run that was killed tells the truth, and return how far it had come."""
    if not has_started(run):
        with contextlib.suppress(CnnvizError):
            read_run(run)
            raise AssertionError("a run that never started opens")
        return "preparing"
    found = read_run(run)
    last = steps_of(run)
    ends = [event for event in found.events if isinstance(event, RunFinished)]
    assert found.state == ("finished" if in_time else found.state)
    assert found.state in ("lost", "finished"), found.state
    if found.state == "finished":
        assert ends
        assert (run / "checkpoints" / "final" / "model.safetensors").is_file()
    written = [event for event in found.events if isinstance(event, CheckpointWritten)]
    if written:
        assert int(read_newest_weights(run).about["step"]) >= written[-1].step
    if found.state == "finished":
        return "ended"
    if ends or (run / "checkpoints" / "final").exists():
        return "ending"
    is_evaluating = last and not last % 2 and written[-1:] and written[-1].step < last
    return "evaluating or saving" if is_evaluating else ("between steps" if last else "first step")


def _dying_at(number: int, below: Path, what: Callable[[], int]) -> int:
    """Do ``what``, and die when it asks the system for the ``number``-th thing about files below a folder."""
    count, prefix = [0], str(below)

    def hear(name: str, arguments: tuple[object, ...]) -> None:
        if (name == "open" or name.startswith(("os.", "fcntl."))) and any(str(e).startswith(prefix) for e in arguments):
            count[0] += 1
            if count[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)
    return what()


# Without room


@contextlib.contextmanager
def small_disk(size: str = "3m") -> Iterator[Path]:
    """Give a folder that is a disk of its own.

    Raises:
        PermissionError: mounting is not allowed here.
    """
    place = Path(tempfile.mkdtemp(prefix="run-fault-disk-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True, check=False
    )
    if done.returncode != 0:
        place.rmdir()
        raise PermissionError(done.stderr.decode())
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], capture_output=True, check=False)
        with contextlib.suppress(OSError):
            place.rmdir()


def filling(rng: random.Random, seconds: float, _folder: Path) -> str:
    """Fill the disk of a run at a random moment, and make room again, or not."""
    with small_disk() as disk:
        run = disk / "run"
        child = Child(training(run, epochs=3))
        moment, ends_full = rng.uniform(0, seconds), rng.random() < 0.3
        until(over(moment), child)
        ballast = disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as out:
            while True:
                out.write(bytes(4096))
        has_begun = has_started(run)
        if not ends_full:
            pause = rng.uniform(0.1, 1.0) * seconds
            until(over(pause), child)
            ballast.unlink()
        ended = child.ended()
        ballast.unlink(missing_ok=True)
        if ended.status == 0:
            assert read_run(run).state == "finished"
            assert steps_of(run) == 6
            assert int(read_newest_weights(run).about["step"]) == 6
            return "finished with all numbers" + (", full for a while" if "Training goes on" in ended.said else "")
        check_clear(ended)
        assert "no space left" in ended.said
        if not has_started(run):
            list(record(WHOLE, run))
            return "told while preparing"
        steps_of(run)
        assert read_run(run).state in ("failed", "lost")
        if [event for event in read_run(run).events if isinstance(event, CheckpointWritten)]:
            read_newest_weights(run)
        return "told at the end, still full" if has_begun else "told at the start"


# Without a folder


def vanishing(rng: random.Random, seconds: float, folder: Path) -> str:
    """Take a run's folder away at a random moment, in one of several ways."""
    how = rng.choice(("removed", "renamed", "a file", "another folder", "forbidden", "unmounted"))
    with contextlib.ExitStack() as undo:
        place = undo.enter_context(small_disk("8m")) if how in ("forbidden", "unmounted") else folder
        run = place / "run"
        child = Child(training(run, epochs=2000), obeys_rights=how == "forbidden")
        until(lambda: has_started(run), child)
        moment = rng.uniform(0, 0.5 * seconds)
        until(over(moment), child)
        assert has_started(run), child.ended()
        _take_away(how, place, run)
        began = time.monotonic()
        ended = child.ended()
        took = time.monotonic() - began
        check_clear(ended)
        assert took < 30, f"told after {took:.0f} s"
        if how == "forbidden":
            run.chmod(0o700)
            assert read_run(run).state in ("lost", "failed")
        elif how == "renamed":
            assert read_run(place / "elsewhere").state == "lost"
            assert steps_of(place / "elsewhere") >= 0
            assert not run.exists()
        elif how == "another folder":
            assert sorted(each.name for each in run.iterdir()) == ["mine.txt"]
        elif how == "a file":
            assert run.read_text() == "mine"
        else:
            assert not run.exists()
        return f"{how}: told"


def _take_away(how: str, place: Path, run: Path) -> None:
    if how == "forbidden":
        run.chmod(0)
    elif how == "unmounted":
        subprocess.run(["umount", "-l", place], check=True)
    else:
        run.rename(place / "elsewhere")
        if how != "renamed":
            shutil.rmtree(place / "elsewhere")
        if how == "a file":
            run.write_text("mine")
        if how == "another folder":
            run.mkdir()
            (run / "mine.txt").write_text("mine")


# Wanted by several


def racing(rng: random.Random, _seconds: float, folder: Path) -> str:
    """Let several processes want one folder at once."""
    run, kind = folder / "run", rng.choice(("free", "killed", "ended"))
    if kind == "killed":
        Child(lambda: _until_killed(run)).ended()
    if kind == "ended":
        list(record(WHOLE, run))
    before = {each.name: each.read_bytes() for each in run.iterdir() if each.is_file()} if kind == "ended" else {}
    begin = time.monotonic() + 0.1
    tried, go_on = os.pipe(), os.pipe()
    children = [Child(lambda: _wanting(run, begin, tried[1], go_on)) for _ in range(rng.randint(2, 8))]
    said = b""
    while len(said) < len(children):
        said += os.read(tried[0], 100)
    for end in (go_on[1], tried[0], tried[1]):
        os.close(end)
    ended = [child.ended() for child in children]
    os.close(go_on[0])
    winners = said.count(b"1")
    assert winners == (0 if kind == "ended" else 1), f"{winners} of {len(children)} got a folder that was {kind}"
    assert [each.status for each in ended].count(0) == winners
    assert read_run(run).state == "finished"
    assert not temporaries(folder)
    assert all((run / name).read_bytes() == content for name, content in before.items())
    return f"{kind}: {'none wins' if kind == 'ended' else 'one wins'}"


def _until_killed(run: Path) -> int:
    next(iter(record(WHOLE, run)))
    os.kill(os.getpid(), signal.SIGKILL)
    return 1


def _wanting(run: Path, begin: float, tried: int, go_on: tuple[int, int]) -> int:
    os.close(go_on[1])
    while time.monotonic() < begin:
        pass
    recording = record(WHOLE, run)
    try:
        next(recording)
    except CnnvizError:
        os.write(tried, b"0")
        return 2
    os.write(tried, b"1")
    os.read(go_on[0], 1)  # until all have tried
    list(recording)
    return 0


def main() -> None:
    """Do what is asked for, and print it as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = {"kills": killing, "full": filling, "vanished": vanishing, "races": racing}
    for name in kinds:
        parser.add_argument(f"--{name}", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    import torch  # noqa: F401  once, for all that are forked from here

    import cnnviz.training.engine  # noqa: F401

    scratch = Path(tempfile.mkdtemp(prefix="run-faults-"))
    os.environ["CNNVIZ_CACHE"] = str(scratch / "cache")
    began = time.monotonic()
    whole = Child(training(scratch / "whole")).ended()
    assert whole.status == 0, whole.said
    seconds = time.monotonic() - began
    broken = 0
    for name, attempt in kinds.items():
        broken += _try(name, attempt, vars(asked)[name], asked.seed, seconds, scratch)
    shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(1 if broken else 0)


def _try(name: str, attempt: Attempt, times: int, seed: int, seconds: float, scratch: Path) -> int:
    outcomes, failures, began = collections.Counter[str](), collections.Counter[str](), time.monotonic()
    for number in range(times):
        folder = scratch / f"{name}-{number}"
        folder.mkdir()
        try:
            outcomes[attempt(random.Random(f"{seed} {name} {number}"), seconds, folder)] += 1
        except PermissionError:
            outcomes["left out: no mounting here"] += 1
        except Exception as error:
            failures[f"{type(error).__name__}: {str(error).strip()} ({name} {number})"] += 1
        shutil.rmtree(folder, ignore_errors=True)
    if times:
        told = ", ".join(f"{count} {what}" for what, count in outcomes.most_common())
        spent = time.monotonic() - began
        print(f"{name}: {times} tried, {failures.total()} broken, {spent:.0f} s; {told}", flush=True)
    for text, count in failures.most_common(20):
        print(f"  {count} × {text}", flush=True)
    return failures.total()


if __name__ == "__main__":
    main()
