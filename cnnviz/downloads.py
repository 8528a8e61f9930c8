"""Files fetched over https, with a check of their content. Stdlib only; not imported before the first frame."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.request import Request

from cnnviz.errors import CnnvizError
from cnnviz.files import Progress, replacing

_CHUNK = 1 << 18
_START = 64  # bytes, in which a web page says what it is
_TIMEOUT_SECONDS = 20
_BYTES_AT_MOST = 4 << 30  # of one file: the largest published weights have 2.5 GB


def download(
    url: str, file: Path, algorithm: str, is_right: Callable[[str, Path], bool], on_progress: Progress | None = None
) -> None:
    """Fetch ``url`` to ``file``, which appears only when it is right.

    Args:
        url: https.
        file: where it is to stand.
        algorithm: of the digest.
        is_right: says of the hex digest of what came, and of where it lies meanwhile, whether it is what was expected.
        on_progress: what it raises ends the download.

    Raises:
        CnnvizError: there is no connection, the server refuses, or the content is not what was expected.
    """
    host = url.split("/")[2]
    with replacing(file) as temporary:
        try:  # inside ``replacing``, which would take a URLError, an OSError, for a full disk
            with _opened(url) as response:
                total = getattr(response, "length", None) or None  # as far as what the server says of it is a number
                found = _copy(response, temporary, hashlib.new(algorithm), total, on_progress)
        except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # it holds the refused connection open
            raise CnnvizError(
                f"{file.name} cannot be downloaded from {host}: {_reason(error)}.",
                f"Check the network connection, or fetch {url} elsewhere and put it into {file.parent}.",
            ) from error
        if not is_right(found, temporary):
            raise CnnvizError(
                f"{file.name} from {host} is not the file that was expected{_what_came(temporary, total)}.",
                f"Try again, or fetch {url} elsewhere and put it into {file.parent}.",
            )


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no server to where anybody on the way could read and change what comes."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        if (why := _unsafe(newurl, is_local=_is_local(req.full_url))) is not None:
            raise urllib.error.HTTPError(newurl, code, why, headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def http_error_302(self, req: Request, fp: Any, code: int, msg: str, headers: Any) -> Any:
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except ValueError as error:
            raise urllib.error.HTTPError(req.full_url, code, f"it leads to no address: {error}", headers, fp) from error

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _opened(url: str) -> Any:
    if (why := _unsafe(url, is_local=_is_local(url))) is not None:
        raise urllib.error.URLError(why)
    return urllib.request.build_opener(_SafeRedirects).open(url, timeout=_TIMEOUT_SECONDS)


def _unsafe(url: str, is_local: bool) -> str | None:
    """Return why ``url`` is not fetched. ``is_local``: a server of this machine is asked, or leads there."""
    address = urllib.parse.urlsplit(url)
    safe = address.scheme == "https" or (is_local and _is_local(url))
    return None if safe else f"{address.scheme}://{address.hostname} is no https connection"


def _is_local(url: str) -> bool:
    address = urllib.parse.urlsplit(url)
    return address.scheme == "http" and address.hostname == "127.0.0.1"


def _copy(
    response: BinaryIO, temporary: Path, checksum: hashlib._Hash, total: int | None, on_progress: Progress | None
) -> str:
    received = 0
    with temporary.open("wb") as out:
        while chunk := _received(response):
            out.write(chunk)
            checksum.update(chunk)
            received += len(chunk)
            if received > _BYTES_AT_MOST:
                raise urllib.error.URLError(f"more than {_BYTES_AT_MOST >> 30} GiB came")
            if on_progress is not None:
                on_progress(received, total)
    return checksum.hexdigest()


def _what_came(arrived: Path, total: int | None) -> str:
    """Return what is wrong with a file, as far as it is seen at once, behind a colon; "": nothing is."""
    with arrived.open("rb") as opened:
        start = opened.read(_START).lstrip().lower()
    if start.startswith((b"<!doctype", b"<html")):
        return ": a web page came, as a network sends that wants a login first"
    came = arrived.stat().st_size
    return "" if total is None or came >= total else f": the connection was cut after {came:,} of {total:,} bytes"


def _received(response: BinaryIO) -> bytes:
    try:
        return response.read(_CHUNK)
    except OSError as error:  # else it would be taken for one of the disk
        raise urllib.error.URLError(error) from error


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    return str(getattr(cause, "strerror", None) or cause) or type(error).__name__
