"""Files written whole or not at all, and named in text. Stdlib only."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import BufferedReader
from pathlib import Path

from cnnviz.errors import MORE_MEMORY, CnnvizError

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all (None: unknown); raise in it to cancel
_TOKEN_BYTES = 4  # at the end of a temporary's name, in hexadecimal digits
_LEFT = re.compile(rf"\.(.+)\.[0-9a-f]{{{2 * _TOKEN_BYTES}}}", re.DOTALL)  # behind it stands what was being written


@contextmanager
def replacing(file: Path, make_parents: bool = True) -> Iterator[Path]:
    """Give a temporary path beside ``file``; on leaving, it takes the place of ``file`` in one step.

    Args:
        file: what is to be written.
        make_parents: whether to make its folder where there is none.

    Raises:
        CnnvizError: the folder cannot be written or the disk is full. ``file`` is then what it was before.
    """
    with _beside(file, _make_empty, make_parents) as temporary:
        yield temporary
        temporary.replace(file)


@contextmanager
def making_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside ``folder``; on leaving, it takes that name in one step.

    Raises:
        CnnvizError: as ``replacing``; ``folder`` is then not there.
    """
    with _beside(folder, Path.mkdir, make_parents=False) as temporary:
        yield temporary
        temporary.rename(folder)


def write_text(file: Path, text: str, make_parents: bool = True) -> None:
    """Write ``text`` in place of ``file``, as UTF-8.

    Raises:
        CnnvizError: as ``replacing``.
    """
    with replacing(file, make_parents) as temporary:
        temporary.write_text(text, "utf-8")


def to_disk(*paths: Path) -> None:
    """Return when what is in these files, and which names are in these folders, would outlast a loss of power.

    Raises:
        OSError: a file could not be written after all.
    """
    for path in paths:
        if path.is_dir():
            with suppress(OSError):  # some systems open no folder
                _flush(path, os.O_RDONLY)
        else:
            _flush(path, os.O_RDWR)


def _flush(path: Path, flags: int) -> None:
    opened = os.open(path, flags)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def create_text(file: Path, text: str) -> bool:
    """Write ``text`` to ``file`` in one step unless it is there, and return whether it was not: of many, one makes it.

    Raises:
        CnnvizError: as ``replacing``.
    """
    with _beside(file, _make_empty, make_parents=False) as temporary:
        temporary.write_text(text, "utf-8")
        try:
            os.link(temporary, file)
        except FileExistsError:
            return False
        except OSError:  # a file system without links: it is empty for a moment
            with suppress(FileExistsError):
                _make_empty(file)
                temporary.replace(file)
                return True
            return False
    return True


def sweep(folder: Path, name: str | None = None) -> None:
    """Remove what was left in ``folder`` by processes that were killed while they wrote; what is being written stays.

    Args:
        folder: where to look.
        name: of the file or folder that was being written; None: of any.
    """
    with suppress(OSError):
        for each in list(folder.iterdir()):
            left = _LEFT.fullmatch(each.name)
            if left is None or name not in (None, left[1]):
                continue
            with suppress(OSError), _held(each) as is_held:
                if is_held:
                    remove(each)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if it is there and can be removed; what a link points to stays."""
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        path.unlink()


def read_whole(file: Path, most: int) -> bytes:
    """Return the content of a file, which may be anybody's: what would never end, or fill the memory, is refused.

    Args:
        file: to be read.
        most: bytes that it may have.

    Raises:
        OSError: it cannot be read, is a pipe or a device, or is larger than that.
    """
    with open_file(file) as opened:
        size = min(os.fstat(opened.fileno()).st_size, most)
        content = opened.read(size + 1)  # as much memory is taken as is asked for
        if content and len(content) > size and size < most:  # it grew, or nobody knows how long it is
            content += opened.read(most - size) or b""
    if content is None:  # what the system calls a file may be a queue
        raise OSError(errno.EAGAIN, "it has nothing to say for now")
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {f'{most >> 20} MB' if most >> 20 else f'{most} bytes'}")
    return content


def open_file(file: Path) -> BufferedReader:
    """Return a file, which may be anybody's, open for reading.

    Raises:
        OSError: it cannot be opened, or is a pipe or a device.
    """
    try:
        opened = open(file, "rb", opener=without_waiting)  # noqa: SIM115  the caller closes it
    except ValueError as error:  # a null character, half a character
        raise OSError(errno.EINVAL, "no file can have this name") from error
    if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        opened.close()
        raise OSError(errno.EINVAL, "it is no file")
    return opened


def without_waiting(file: str, flags: int) -> int:
    """Open a file for ``open``: a pipe that nobody writes to at once, and of a queue only what is in it is read."""
    return os.open(file, flags | getattr(os, "O_NONBLOCK", 0))


class NoSpaceError(CnnvizError):
    """The disk is full, or the user's part of it: what could not be written can be once there is room."""


def stamp_of(file: Path) -> object:
    """Return what changes when a file does, or is exchanged for another; None: it is not there."""
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def cannot_write(file: Path, error: OSError) -> CnnvizError:
    """Return what to tell the user when writing ``file`` failed."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "Free some disk space or choose another folder."
        return NoSpaceError(f"There is no space left to write {file}.", remedy)
    return CnnvizError(
        f"{file} cannot be written: {error.strerror or error}.", "Choose a folder that you may write to."
    )


def failure_of(error: OSError) -> CnnvizError:
    """Return what to tell the user where the system refused something that nobody expected it to refuse."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT) and error.filename is not None:
        return cannot_write(Path(os.fsdecode(error.filename)), error)
    what = "A file" if error.filename is None else os.fsdecode(error.filename)
    hint = MORE_MEMORY if error.errno == errno.ENOMEM else "Check the disk, and your rights there."
    return CnnvizError(f"{what} cannot be used: {error.strerror or error}.", hint)


@contextmanager
def reading(file: Path, hint: str) -> Iterator[None]:
    """Inside, what the system refuses is told of ``file``.

    Raises:
        CnnvizError: it cannot be read.
    """
    try:
        yield
    except OSError as error:
        raise CnnvizError(f"{file} cannot be read: {error.strerror or error}.", hint) from error


@contextmanager
def _beside(target: Path, make: Callable[[Path], object], make_parents: bool) -> Iterator[Path]:
    """Give what ``make`` makes beside ``target``; it is held as long as it is written, and gone afterwards."""
    with ExitStack() as undo:
        try:
            _check_name(target)
            if make_parents:
                target.parent.mkdir(parents=True, exist_ok=True)
            sweep(target.parent, target.name)
            temporary = _made_beside(target, make, undo)
            yield temporary
        except OSError as error:
            raise cannot_write(target, error) from error


def _check_name(path: Path) -> None:
    try:
        os.lstat(path)
    except ValueError as error:  # a null character, half a character
        raise OSError(errno.EINVAL, "no file can have this name") from error
    except OSError:
        return


def _made_beside(target: Path, make: Callable[[Path], object], undo: ExitStack) -> Path:
    while True:
        temporary = target.with_name(f".{target.name}.{os.urandom(_TOKEN_BYTES).hex()}")
        with suppress(FileExistsError):
            make(temporary)
            undo.callback(remove, temporary)
            with suppress(BlockingIOError, FileNotFoundError):  # somebody takes it for left, between the two
                undo.enter_context(_held(temporary))
                if temporary.exists():
                    return temporary


def _make_empty(file: Path) -> None:
    """Make a file with the rights that the user's umask leaves: the system applies it.

    ``tempfile`` makes files for the owner alone, and asking for the umask sets it for every thread of the process.
    """
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))


if sys.platform == "win32":  # where what is open can be neither removed nor renamed

    @contextmanager
    def _held(_path: Path) -> Iterator[bool]:
        yield False
else:
    import fcntl

    @contextmanager
    def _held(path: Path) -> Iterator[bool]:
        """Inside, nobody else holds ``path``; yield False where the file system does not know of such things.

        The system lets go of it when the process is killed.

        Raises:
            BlockingIOError: somebody holds it.
        """
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_held = True
            except BlockingIOError:
                raise
            except OSError:
                is_held = False
            yield is_held
        finally:
            os.close(opened)
