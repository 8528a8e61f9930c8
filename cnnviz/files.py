"""Files written whole or not at all, fetched with a check of their content, and named in text. Stdlib only."""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes
from urllib.request import Request

from cnnviz.errors import CnnvizError

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all (None: unknown); raise in it to cancel
_CHUNK = 1 << 18
_TIMEOUT_SECONDS = 20
_BYTES_AT_MOST = 4 << 30  # of one file: the largest published weights have 2.5 GB
_URI = "file://"


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Give a temporary path beside ``file``; on leaving, it takes the place of ``file`` in one step.

    Raises:
        CnnvizError: the folder cannot be written or the disk is full. ``file`` is then what it was before.
    """
    temporary = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = _created_beside(file)
        yield temporary
        temporary.replace(file)
    except OSError as error:
        raise cannot_write(file, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(file: Path, text: str) -> None:
    """Write ``text`` in place of ``file``, as UTF-8.

    Raises:
        CnnvizError: as ``replacing``.
    """
    with replacing(file) as temporary:
        temporary.write_text(text, "utf-8")


class NoSpaceError(CnnvizError):
    """The disk is full, or the user's part of it: what could not be written can be once there is room."""


def cannot_write(file: Path, error: OSError) -> CnnvizError:
    """Return what to tell the user when writing ``file`` failed."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "Free some disk space or choose another folder."
        return NoSpaceError(f"There is no space left to write {file}.", remedy)
    return CnnvizError(
        f"{file} cannot be written: {error.strerror or error}.", "Choose a folder that you may write to."
    )


def path_of(text: str) -> Path:
    """Return the path that a text names, as ``storable`` wrote it or as somebody typed it."""
    if text.startswith(_URI):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_URI))))
    return Path(text).expanduser()


def storable(name: str) -> str:
    """Return ``name`` as text that any file can hold: a path that is no Unicode becomes its ``file://`` address."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return Path(name).expanduser().absolute().as_uri()
    return name


def download(url: str, file: Path, algorithm: str, digest: str, on_progress: Progress | None = None) -> None:
    """Fetch ``url`` to ``file``, which appears only when the hex digest of what came starts with ``digest``.

    Raises:
        CnnvizError: there is no connection, the server refuses, or the content is not what was expected.
    """
    host = url.split("/")[2]
    with replacing(file) as temporary:
        try:  # inside ``replacing``, which would take a URLError, an OSError, for a full disk
            with _opened(url) as response:
                total = int(response.headers.get("Content-Length") or 0) or None
                found = _copy(response, temporary, hashlib.new(algorithm), total, on_progress)
        except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # it holds the refused connection open
            raise CnnvizError(
                f"{file.name} cannot be downloaded from {host}: {_reason(error)}.",
                f"Check the network connection, or put the file into {file.parent} by hand.",
            ) from error
        if not found.startswith(digest):
            raise CnnvizError(
                f"{file.name} from {host} is not the file that was expected.",
                "The connection may have been cut or redirected; try again.",
            )


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no server to where anybody on the way could read and change what comes."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        if (why := _unsafe(newurl)) is not None:
            raise urllib.error.HTTPError(newurl, code, why, headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opened(url: str) -> Any:
    if (why := _unsafe(url)) is not None:
        raise urllib.error.URLError(why)
    return urllib.request.build_opener(_SafeRedirects).open(url, timeout=_TIMEOUT_SECONDS)


def _unsafe(url: str) -> str | None:
    address = urllib.parse.urlsplit(url)
    safe = address.scheme == "https" or address.hostname == "127.0.0.1"
    return None if safe else f"{address.scheme}://{address.hostname} is no https connection"


def _copy(
    response: BinaryIO, temporary: Path, checksum: hashlib._Hash, total: int | None, on_progress: Progress | None
) -> str:
    received = 0
    with temporary.open("wb") as out:
        while chunk := response.read(_CHUNK):
            out.write(chunk)
            checksum.update(chunk)
            received += len(chunk)
            if received > _BYTES_AT_MOST:
                raise urllib.error.URLError(f"more than {_BYTES_AT_MOST >> 30} GiB came")
            if on_progress is not None:
                on_progress(received, total)
    return checksum.hexdigest()


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", error)) or type(error).__name__


def _created_beside(file: Path) -> Path:
    """Return a new, empty file beside ``file``, with the rights that the user's umask leaves: the system applies it.

    ``tempfile`` makes files for the owner alone, and asking for the umask sets it for every thread of the process.
    """
    while True:
        temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        with suppress(FileExistsError):
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return temporary
