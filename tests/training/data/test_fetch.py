from __future__ import annotations

import gzip
import io
import threading
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request

import pytest
from idx_content import IDX_FILES, idx_arrays, idx_bytes
from whole_data import drained

from cnnviz.downloads import _SafeRedirects
from cnnviz.errors import CnnvizError
from cnnviz.training.control import Control
from cnnviz.training.data.data_sets import DATA_SETS, DataSet, idx_quadruple
from cnnviz.training.data.fetch import fetch
from cnnviz.training.data.idx import md5
from cnnviz.training.data.obtaining import find_named
from cnnviz.training.events import Preparing

CONTENT = {f"{name}.gz": gzip.compress(idx_bytes(values), mtime=0) for name, values in idx_arrays().items()}
REFUSED = "http://127.0.0.1:9/"  # discard: nobody listens


class Mirror:
    """A web server on this machine; ``files`` is what it has, ``announced`` what it claims a file's length to be."""

    def __init__(self) -> None:
        self.files = dict(CONTENT)
        self.announced: dict[str, int | str] = {}
        self.elsewhere: dict[str, str] = {}
        self.asked: list[str] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.strip("/")
                mirror.asked.append(name)
                if name not in mirror.files:
                    self.send_error(404)
                    return
                if name in mirror.elsewhere:
                    self.send_response(302)
                    self.send_header("Location", mirror.elsewhere[name])
                    self.end_headers()
                    return
                content = mirror.files[name]
                self.send_response(200)
                self.send_header("Content-Length", str(mirror.announced.get(name, len(content))))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args: object) -> None:
                return

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    server = Mirror()
    yield server
    server.close()


def data_set(*mirrors: str) -> DataSet:
    sums = tuple(md5(idx_bytes(values)) for values in idx_arrays().values())
    return DataSet("tiny", "Tiny", 3, 1, 8, ("a", "b", "c"), 12, 6, "", files=idx_quadruple(*sums), mirrors=mirrors)


def drain(data: DataSet, folder: Path, control: Control | None = None) -> list[tuple[str, float]]:
    return list(fetch(data, folder, control or Control()))


def read_to_end(data: DataSet):
    return drained(find_named(data, Control()))


def test_data_set_is_downloaded_once_then_read_from_disk(mirror: Mirror, own_data_folder: Path) -> None:
    news, data = read_to_end(data_set(mirror.address))
    assert len(data.train) == 12
    assert mirror.asked == [f"{name}.gz" for name in IDX_FILES]
    assert Preparing(f"Downloading {IDX_FILES[0]}.gz", 1.0) in news
    news, _ = read_to_end(data_set(mirror.address))
    assert {event.what for event in news} == {"Reading Tiny"}
    assert sorted(file.name for file in (own_data_folder / "tiny").iterdir()) == sorted(CONTENT)


def test_other_compression_of_the_same_bytes_is_accepted(mirror: Mirror, tmp_path: Path) -> None:
    for name, values in idx_arrays().items():
        mirror.files[f"{name}.gz"] = gzip.compress(idx_bytes(values), compresslevel=1, mtime=7)
    drain(data_set(mirror.address), tmp_path)
    assert len(list(tmp_path.glob("*.gz"))) == 4


@pytest.mark.parametrize("elsewhere", ["http://example.org/a.gz", "ftp://example.org/a.gz", "file:///etc/passwd"])
def test_no_server_leads_to_where_others_can_read_along(mirror: Mirror, tmp_path: Path, elsewhere: str) -> None:
    mirror.elsewhere[f"{IDX_FILES[0]}.gz"] = elsewhere
    with pytest.raises(CnnvizError, match=r"no https connection|not allowed"):
        drain(data_set(mirror.address), tmp_path)
    with pytest.raises(CnnvizError, match="no https connection"):
        drain(data_set("http://example.org/"), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("elsewhere", ["https://[", "https://" + "x" * 70 + ".example", "https://a:b/", "//\x07"])
def test_address_that_is_none_is_refused(mirror: Mirror, tmp_path: Path, elsewhere: str) -> None:
    mirror.elsewhere[f"{IDX_FILES[0]}.gz"] = elsewhere
    with pytest.raises(CnnvizError, match="cannot be downloaded"):
        drain(data_set(mirror.address), tmp_path)


def test_server_elsewhere_leads_to_none_of_this_machine(mirror: Mirror) -> None:
    request = Request("https://example.org/a.gz")
    with pytest.raises(HTTPError, match="no https connection"):
        _SafeRedirects().redirect_request(request, io.BytesIO(), 302, "", Message(), mirror.address)


@pytest.mark.parametrize("said", ["many", "-5", "9" * 5000])
def test_length_that_is_no_number_is_not_known(mirror: Mirror, tmp_path: Path, said: str) -> None:
    mirror.announced = dict.fromkeys(mirror.files, said)
    drain(data_set(mirror.address), tmp_path)
    assert len(list(tmp_path.glob("*.gz"))) == 4


def test_every_data_set_comes_over_https() -> None:
    assert all(mirror.startswith("https://") for data_set in DATA_SETS for mirror in data_set.mirrors)


def test_next_mirror_is_asked_when_one_refuses(mirror: Mirror, tmp_path: Path) -> None:
    drain(data_set(REFUSED, mirror.address), tmp_path)
    assert len(list(tmp_path.glob("*.gz"))) == 4


@pytest.mark.parametrize("content", [CONTENT[f"{IDX_FILES[0]}.gz"][:-9], b"<html>Sign in</html>", gzip.compress(b"x")])
def test_wrong_or_truncated_content_leaves_no_file(mirror: Mirror, tmp_path: Path, content: bytes) -> None:
    mirror.files[f"{IDX_FILES[0]}.gz"] = content
    with pytest.raises(CnnvizError, match=f"{IDX_FILES[0]}.gz from 127.0.0.1:.* is not the file that was expected"):
        drain(data_set(mirror.address), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_connection_cut_in_the_middle_leaves_no_file(mirror: Mirror, tmp_path: Path) -> None:
    name = f"{IDX_FILES[0]}.gz"
    mirror.announced[name] = len(CONTENT[name]) + 1000
    mirror.files[name] = CONTENT[name][:100]
    cut = f"expected: the connection was cut after 100 of {len(CONTENT[name]) + 1000:,} bytes"
    with pytest.raises(CnnvizError, match=cut):
        drain(data_set(mirror.address), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_missing_file_and_refused_connection_say_so(mirror: Mirror, tmp_path: Path) -> None:
    mirror.files.clear()
    with pytest.raises(CnnvizError, match=r"cannot be downloaded from 127.0.0.1:\d+: Not Found"):
        drain(data_set(mirror.address), tmp_path)
    with pytest.raises(CnnvizError, match=r"cannot be downloaded from 127.0.0.1:9: .*[Rr]efused") as caught:
        drain(data_set(REFUSED), tmp_path)
    assert f"put it into {tmp_path}" in caught.value.hint


def test_stop_ends_a_download_without_a_file(mirror: Mirror, tmp_path: Path) -> None:
    control = Control()
    news = fetch(data_set(mirror.address), tmp_path, control)
    next(news)
    control.stop()
    assert len(list(news)) <= 1
    assert mirror.asked == [f"{IDX_FILES[0]}.gz"]


def test_web_page_in_the_place_of_a_file_is_said_to_be_one_and_where_the_file_lies_by_hand(
    mirror: Mirror, tmp_path: Path
) -> None:
    mirror.files[f"{IDX_FILES[0]}.gz"] = b"\n<!DOCTYPE html><title>Welcome to our network</title>"
    with pytest.raises(CnnvizError, match="expected: a web page came") as refused:
        drain(data_set(mirror.address), tmp_path)
    address = f"{mirror.address}{IDX_FILES[0]}.gz"
    assert refused.value.hint == f"Try again, or fetch {address} elsewhere and put it into {tmp_path}."
    with pytest.raises(CnnvizError, match="cannot be downloaded") as refused:
        drain(data_set(REFUSED), tmp_path)
    assert f"fetch {REFUSED}{IDX_FILES[0]}.gz elsewhere" in refused.value.hint
