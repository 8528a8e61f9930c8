"""Opens damaged files of every kind: ``python tests/reliability/damaged_files.py --count 300 --seed 1``.

Programs, weights, Python files, notebooks, saved and kept reports, settings, run folders and data, made from a seed and
then cut short, turned bit by bit, filled with chance, nested deep, told false lengths, or packed so that little unpacks
to much. What comes must be an answer or one clear line, soon, and in bounded memory.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import pickle
import random
import struct
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import nn
from watched import Outcome, told, watched

from cnnviz.gui.preferences import Preferences
from cnnviz.gui.spec_text import spec_from
from cnnviz.inspection import export, kept_reports
from cnnviz.inspection.inspected import inspect_spec
from cnnviz.inspection.kept_reports import recall
from cnnviz.runs.weights_file import read_weights_file
from cnnviz.training.control import Control
from cnnviz.training.data import obtaining
from cnnviz.training.recording import read_run
from cnnviz.zoo.catalog import resolve
from cnnviz.zoo.own.own_entries import architectures_in
from cnnviz.zoo.weights import named

_DEEP = b"[" * 200_000
_JUNK = (b"", b"\0", b"\xff\xfe", b"nan", b"1e400", b"{}", b"[]", b"null", b"9" * 6000, b'{"a":' * 100_000, _DEEP,
         b'{"\\ud800": 1}', b'{"a": NaN, "a": Infinity}', b'"' + b"x" * 2_000_000 + b'"')  # fmt: skip
_NET = b"""from torch import nn
input_shape = (3, 16, 16)
class Net(nn.Sequential):
    \"\"\"A small one.\"\"\"
    def __init__(self, width: int = 4) -> None:
        super().__init__(nn.Conv2d(3, width, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
"""
Make = Callable[[], bytes]
Open = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its name, one that is whole, how it is opened, and packings that lie."""

    name: str
    make: Make
    open: Open
    special: Callable[[], list[tuple[str, bytes]]] = list


def damaged(kind: Kind, draw: random.Random) -> tuple[str, bytes]:
    """Return what was done to a whole file of this kind, and what came of it."""
    content, how = bytearray(kind.make()), draw.choice(_WAYS)
    at = draw.randrange(max(len(content), 1))
    match how:
        case "cut":
            return how, bytes(content[:at])
        case "turned" | "turned at the start":
            for _ in range(draw.choice((1, 3, 30))):
                place = draw.randrange(min(len(content), 100 if how.endswith("start") else 1 << 30))
                content[place] ^= 1 << draw.randrange(8)
            return how, bytes(content)
        case "chance":
            return how, draw.randbytes(draw.choice((1, 8, 64, 5000)))
        case "length":
            place = draw.choice((0, 4, 8, at))
            content[place : place + 8] = struct.pack("<Q", draw.choice((0, 1, 2**31, 2**40, 2**63, 2**64 - 1)))
            return how, bytes(content)
        case "inserted":
            return how, bytes(content[:at]) + draw.choice(_JUNK) + bytes(content[at:])
        case "replaced":
            return how, draw.choice(_JUNK)
        case _:
            return _changed_value(bytes(content), draw)


_WAYS = ("cut", "turned", "turned", "turned at the start", "chance", "length", "inserted", "replaced", "value", "value")
_VALUES = (
    *(None, float("nan"), float("inf"), 1e308, -1, 2**70, 10**400),
    *("", "x" * 100_000, "\0", "\ud800", [], [[[]]], {}, True),
)


def _changed_value(content: bytes, draw: random.Random) -> tuple[str, bytes]:
    """Of JSON: one value by another of any type. Of anything else: a word twice."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        middle = len(content) // 2
        return "doubled", content[:middle] + content[max(middle - 40, 0) :]
    holders: list[list[object] | dict[str, object]] = []
    todo = [data]
    while todo:
        each = todo.pop()
        if isinstance(each, dict | list) and each:
            holders.append(each)
            todo += each.values() if isinstance(each, dict) else each
    if holders:
        holder = draw.choice(holders)
        key = draw.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        holder[key] = draw.choice(_VALUES)  # type: ignore[index, call-overload]
    return "value", json.dumps(data).encode()


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, **lies: int) -> bytes:
    """Return a zip; ``lies`` are attributes of each member's entry: what it claims of itself."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=1) as archive:
        for name, content in members:
            archive.writestr(name, content)
        for info in archive.infolist():
            for name, value in lies.items():
                setattr(info, name, value)
    return out.getvalue()


@cache
def _program() -> bytes:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()).eval()
    out = io.BytesIO()
    torch.export.save(torch.export.export(model, (torch.zeros(1, 3, 8, 8),)), out)
    return out.getvalue()


def _programs() -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(_program())) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    model = next(name for name, _ in members if name.endswith("model.json"))
    without = [(name, content) for name, content in members if name != model]
    return [
        ("bomb of a description", zipped(*without, (model, b"[" + bytes(200 << 20)))),
        ("bomb of a weight", zipped(*members, ("archive/data/weights/weight_9", bytes(300 << 20)))),
        ("bomb of many", zipped(*members, *((f"archive/extra/{at}", bytes(20 << 20)) for at in range(9)))),
        ("unknown method", zipped(*members, compress_type=97)),
        ("encrypted", zipped(*members, flag_bits=1)),
        ("false size", zipped(*members, file_size=2**32 - 2)),
        ("size of a description", zipped(*members, file_size=3)),
        ("names out of it", zipped(*members, ("../../../../MARK", b"x"), ("/MARK", b"x"))),
        ("deep description", zipped(*without, (model, _DEEP))),
    ]


@cache
def _tensors() -> bytes:
    return save({"0.weight": torch.zeros(4, 3, 3, 3), "0.bias": torch.zeros(4)}, {"step": "3"})


def _headers() -> list[tuple[str, bytes]]:
    def of(head: bytes, length: int | None = None, body: bytes = bytes(16)) -> bytes:
        return struct.pack("<Q", len(head) if length is None else length) + head + body

    one = b'{"a":{"dtype":"F32","shape":[%s],"data_offsets":[0,16]}}'
    return [
        ("long head", of(b"{}", 2**62)), ("head of 100 MB", of(b"{", 10**8)), ("deep head", of(b'{"a":' * 90_000)),
        ("sizes that overflow", of(one % b"4294967296,4294967296,4294967296")), ("minus", of(one % b"-4")),
        ("no type", of(one.replace(b"F32", b"X9") % b"4")), ("twice", of(b'{"a":1,"a":2}')),
        ("long name", of(one.replace(b'"a"', b'"' + b"a" * 3_000_000 + b'"') % b"4")),
        ("endless", of(one % b"1e400")), ("no words", of(b"\xff\xfe{}")), ("terminal",
        of(b'{"__metadata__":{"class_names":"[\\"\\u001b[31mred\\"]"},' + (one % b"4")[1:])),
    ]  # fmt: skip


@cache
def _checkpoint() -> bytes:
    out = io.BytesIO()
    torch.save({"state_dict": {"0.weight": torch.zeros(4, 3, 3, 3)}, "epoch": 3}, out)
    return out.getvalue()


def _checkpoints() -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(_checkpoint())) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    weight = next(name for name, _ in members if name.endswith("data/0"))
    big = torch.zeros(1).expand(1 << 40)
    out = io.BytesIO()
    torch.save({"w": big}, out)
    return [
        ("bomb of a weight", zipped(*(each for each in members if each[0] != weight), (weight, bytes(300 << 20)))),
        ("bomb of the pickle", zipped(*((n, c + bytes(300 << 20) if n.endswith("pkl") else c) for n, c in members))),
        ("expanded", out.getvalue()), ("unknown method", zipped(*members, compress_type=97)),
        ("encrypted", zipped(*members, flag_bits=1)), ("false size", zipped(*members, file_size=2**32 - 2)),
        ("deep pickle", b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"."), ("memo", b"\x80\x02Nr\xff\xff\xff\x7f."),
    ]  # fmt: skip


def _notebook() -> bytes:
    cells = [{"cell_type": "code", "source": [_NET.decode()], "metadata": {}, "outputs": []}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def _notebooks() -> list[tuple[str, bytes]]:
    magics = ["%run evil.py\n!touch MARK\n%%bash\ntouch MARK\n", "%load_ext x\n?x\n%system touch MARK"]
    cells = [{"cell_type": "code", "source": each} for each in magics]
    many = [{"cell_type": "code", "source": "!x\n" * 3000}] * 3
    return [
        ("magics", json.dumps({"cells": cells}).encode()), ("many magics", json.dumps({"cells": many}).encode()),
        ("cells of numbers", b'{"cells": [1, null, {"cell_type": "code", "source": 5}]}'),
        ("language", b'{"cells": [], "metadata": {"kernelspec": {"language": 7}}}'), ("metadata", b'{"metadata": 3}'),
    ]  # fmt: skip


def _sources() -> list[tuple[str, bytes]]:
    return [
        ("brackets", b"x = " + b"(" * 5000), ("minus signs", b"x = " + b"-" * 100_000 + b"1"),
        ("attributes", b"x = a" + b".b" * 50_000), ("sums", b"x = 1" + b"+1" * 50_000),
        ("huge number", b"x=" + b"9" * 9000),
        ("coding", b"# -*- coding: rot13 -*-\n" + _NET), ("no coding", b"# coding: \x00\n"),
        ("zip", b"# coding: zlib\n"),
        ("surrogate", b"x = '\\ud800'\n" + _NET.replace(b"Net", "Nét".encode())),
        ("huge default", _NET.replace(b"= 4", b"= 10**500")),
        ("form feed", b"\x0c" * 100_000), ("nested", b"".join(b" " * at + b"if 1:\n" for at in range(150))),
    ]  # fmt: skip


@cache
def _report() -> bytes:
    return json.dumps(inspect_spec(resolve("lenet")).report.to_dict()).encode()


def _settings() -> bytes:
    spec = {"name": "lenet", "options": {"num_classes": "10"}, "inputs": [[1, 28, 28]], "dtypes": [""]}
    held = {"window/network": json.dumps(spec), "window/geometry": "AAAA", "own/recent": ["/a.py"], "own/trusted": {}}
    return json.dumps(held).encode()


def _open_settings(file: Path) -> None:
    held = Preferences(file)
    for key in ("window/network", "window/geometry", "own/recent", "own/trusted"):
        held.text(key), held.texts(key), held.mapping(key), held.state(key)
    spec_from(held.text("window/network"))


def _open_network(file: Path) -> None:
    for each in architectures_in(file):
        report = inspect_spec(resolve(each.name)).report
        export.FORMATS["table"](report)


def _open_kept(file: Path) -> None:
    spec = resolve("lenet")
    place = kept_reports._folder() / f"{kept_reports._name(spec)}.gz"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(file.read_bytes())
    assert recall(spec) is not None  # the shipped one at least


def _open_data(file: Path) -> None:
    control = Control()
    source = _last(obtaining.find(str(file.parent), control))
    _last(obtaining.measure(source, 32, None, control))


def _last(news: Iterator[object]) -> object:  # type: ignore[misc]
    while True:
        try:
            next(news)
        except StopIteration as end:
            return end.value


def _in_run(name: str) -> Open:
    def open_(file: Path) -> None:
        run = file.parent
        (run / "checkpoints" / "epoch-0001").mkdir(parents=True, exist_ok=True)
        for each, content in _RUN.items():
            if each != name:
                (run / each).write_bytes(content)
        (run / name).write_bytes(file.read_bytes())
        read_run(run)
        weights = named(str(run))
        read_weights_file(run / "checkpoints" / "epoch-0001" / "model.safetensors")
        assert weights.kind == "run"

    return open_


_RUN = {
    "config.toml": b'model = "lenet"\ndata = "fashion-mnist-sample"\nepochs = 3\n[options]\nnum_classes = 10\n',
    "status.json": b'{"state": "running", "epoch": 1, "step": 9, "heartbeat": 1.5, "process": 7, "host": "x"}',
    "metrics.jsonl": b'{"kind": "epoch", "epoch": 1, "step": 235, "train_loss": 2.3, "train_accuracy": 0.1,'
    b' "test_loss": 2.2, "test_accuracy": 0.2, "seconds": 3.0, "images_per_second": 900.0}\n',
    "checkpoints/latest": b"epoch-0001\n",
    "checkpoints/epoch-0001/checkpoint.json": b'{"step": "235"}',
    "checkpoints/epoch-0001/model.safetensors": save({"a": torch.zeros(2)}),
}


def _arrays() -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, images=np.zeros((20, 8, 8), np.uint8), labels=np.arange(20) % 2)
    return out.getvalue()


def _array(shape: str, kind: str = "|u1", body: bytes = bytes(64)) -> bytes:
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head + body


def _archives_of_arrays() -> list[tuple[str, bytes]]:
    labels = ("labels.npy", _array("(1000,)", body=bytes(1000)))
    return [
        ("bomb", zipped(("images.npy", _array("(1000, 600, 600)", body=bytes(360_000_000))), labels)),
        ("announced", zipped(("images.npy", _array("(1000, 99999, 99999)")), labels)),
        ("too many", zipped(("images.npy", _array("(" + "9" * 4000 + ",)")), labels)),
        ("objects", zipped(("images.npy", _array("(1000, 8, 8)", "|O")), labels)),
        ("unknown method", zipped(("images.npy", _array("(1000, 8, 8)")), labels, compress_type=97)),
        ("encrypted", zipped(("images.npy", _array("(1000, 8, 8)")), labels, flag_bits=1)),
        ("deep", zipped(("images.npy", _array("(" * 3000)), labels)), ("negative", zipped(("images.npy",
        _array("(1000, -8, 8)")), labels)), ("fields", zipped(("images.npy", _array("(1000, 8, 8)", "V8")), labels)),
        ("dates", zipped(("images.npy", _array("(1000, 1, 8)", "<M8[s]", bytes(64000))), labels)),
    ]  # fmt: skip


def _images() -> bytes:
    return gzip.compress(struct.pack(">IIII", 0x803, 20, 8, 8) + bytes(1280))


def _open_idx(file: Path) -> None:
    folder = file.parent
    (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, 20) + bytes([0, 1] * 10))
    _open_data(file)


def _batches() -> bytes:
    batch = {b"data": np.zeros((10, 3072), np.uint8), b"labels": [0, 1] * 5}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in (
            ("data_batch_1", batch),
            ("test_batch", batch),
            ("batches.meta", {b"label_names": [b"a", b"b"]}),
        ):
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            packed = pickle.dumps(content, 2)
            member.size = len(packed)
            archive.addfile(member, io.BytesIO(packed))
    return out.getvalue()


def _archives_of_batches() -> list[tuple[str, bytes]]:
    def archive_of(content: bytes, **lies: object) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            for name in ("data_batch_1", "test_batch", "batches.meta"):
                member = tarfile.TarInfo(f"../../{name}")
                member.size = len(content)
                for attribute, value in lies.items():
                    setattr(member, attribute, value)
                archive.addfile(member, io.BytesIO(content))
        return out.getvalue()

    return [
        ("memo", archive_of(b"\x80\x02Nr\xff\xff\xff\x3f.")), ("bomb", archive_of(b"\x80\x02" + bytes(300 << 20))),
        ("deep", archive_of(b"\x80\x02" + b"]" * 200_000 + b".")), ("no stack", archive_of(b"\x80\x02ttt.")),
        ("long number", archive_of(b"\x80\x02\x8b\xff\xff\xff\x7f.")),
        ("frame", archive_of(b"\x80\x04\x95" + b"\xff" * 8)),
        ("string", archive_of(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40))), ("link", archive_of(b"", type=b"2",
        linkname="/etc/passwd")), ("device", archive_of(b"", type=b"3")),
        ("extension", archive_of(b"\x80\x02\x82\x01.")),
        ("attribute", archive_of(b"\x80\x02cnumpy\ndtype\n}X\x01\0\0\0aNsb.")), ("bytes", archive_of(b"\x80\x05\x96"
        + struct.pack("<Q", 1 << 42))), ("key", archive_of(b"\x80\x02}]Ns.")),
    ]  # fmt: skip


KINDS = (
    Kind("net.pt2", _program, _open_network, _programs),
    Kind("w.safetensors", _tensors, read_weights_file, _headers),
    Kind("w.pth", _checkpoint, read_weights_file, _checkpoints),
    Kind("net.py", lambda: _NET, _open_network, _sources),
    Kind("net.ipynb", _notebook, _open_network, _notebooks),
    Kind("report.json", _report, _open_network),
    Kind("settings.json", _settings, _open_settings),
    Kind(
        "kept.gz", lambda: gzip.compress(_report()), _open_kept, lambda: [("bomb", gzip.compress(bytes(300 << 20), 1))]
    ),
    *(Kind(f"{Path(name).name}.run", lambda name=name: _RUN[name], _in_run(name)) for name in _RUN),  # type: ignore[misc]
    Kind("arrays.npz", _arrays, _open_data, _archives_of_arrays),
    Kind("train-images-idx3-ubyte.gz", _images, _open_idx, lambda: [("bomb", gzip.compress(bytes(300 << 20), 1))]),
    Kind("cifar-10-python.tar.gz", _batches, _open_data, _archives_of_batches),
)


def tried(folder: Path, count: int, seed: int, kinds: tuple[Kind, ...] = KINDS, special: bool = True) -> list[Outcome]:
    """Return how ``count`` damaged files ended, in turn of each kind, after those that lie in a way of their kind."""
    draw = random.Random(seed)
    outcomes = []
    todo = [(kind, *each) for kind in kinds for each in (kind.special() if special else ())]
    todo += [(kinds[at % len(kinds)], *damaged(kinds[at % len(kinds)], draw)) for at in range(count)]
    for number, (kind, how, content) in enumerate(todo):
        place = folder / str(number) / kind.name
        place.parent.mkdir(parents=True)
        place.write_bytes(content)
        outcomes.append(watched(f"{number} {kind.name}: {how}", partial(kind.open, place)))
        place.unlink()
    return outcomes


def main() -> int:
    """Print how it went; the exit status is 1 where there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", default="", help="only files whose name holds this")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        os.chdir(folder)
        for kind in KINDS:  # what is whole is an answer, and what is imported then counts for nobody
            (place := Path(folder, "whole", kind.name, kind.name)).parent.mkdir(parents=True)
            place.write_bytes(kind.make())
            kind.open(place)
        kinds = tuple(kind for kind in KINDS if asked.kind in kind.name)
        status = told(f"damaged files of seed {asked.seed}", tried(Path(folder), asked.count, asked.seed, kinds))
        status += Path(folder, "MARK").exists()
        return int(status > 0)


if __name__ == "__main__":
    sys.exit(main())
