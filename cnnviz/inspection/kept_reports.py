"""Reports of networks as they were inspected before, which stand in until the network has been inspected anew.

Those of last time are files in the cache folder; those of the whole catalogue, each network with its usual options, are
shipped in ``resources/reports.zip``. Both hold the same: the network that was asked for, a file of the user's with the
digest of its content among it, what it came to, the versions, and the report. Nothing is imported or run to read them.

A report of other versions is handed out too, for a convolution's shapes and costs do not depend on them; rows of
functions inside torchvision's networks may. So whoever shows it says what it was made with until it is confirmed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import logging
import os
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cnnviz.assets import asset
from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole, replacing, sweep
from cnnviz.inspection.inspected import Inspected, inspect_spec
from cnnviz.inspection.made_with import MadeWith, made_here
from cnnviz.inspection.report import Report
from cnnviz.places import cache_folder
from cnnviz.plain_data import as_plain, from_plain
from cnnviz.zoo.catalog import ModelSpec, find
from cnnviz.zoo.own.neighbours import without_edition
from cnnviz.zoo.own.own_names import OwnName, own_name

_CALLS_AT_MOST = 5000  # a longer report takes more than 0.2 s to read, and holds up the first frame
_BYTES_AT_MOST = 16 << 20  # of the cache folder: 1,000 reports and more
_UNPACKED_AT_MOST = 64 << 20  # bytes of one report
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that is known before anything is imported or run."""

    inspected: Inspected
    made_with: MadeWith | None  # at an earlier time; None: it is a saved report, which nothing else confirms


def recall(spec: ModelSpec) -> Kept | None:
    """Return the answer that is kept for this network, with these options, input and content; None: there is none.

    One that was made with what is installed goes before one that was not, and the last time's before the shipped one.
    """
    if find(spec.name).is_report:
        return _guarded(lambda: Kept(inspect_spec(spec), None), spec)
    found: Kept | None = None
    for read in (_of_last_time, _shipped):
        kept = _guarded(partial(_read, read, spec), spec)
        if kept is not None and kept.made_with == made_here():
            return kept
        found = found or kept
    return found


def keep(asked: ModelSpec, inspected: Inspected) -> None:
    """Keep an answer under what was asked, and under what it came to where an input was only guessed.

    What cannot be written is not kept: it is a convenience.
    """
    own = own_name(asked.name)
    if own is not None and (own.is_report or _is_other_now(own, asked)):  # saved again: whose report is it?
        return
    if len(inspected.report.calls) > _CALLS_AT_MOST:
        return
    asked, inspected = without_edition(asked), replace(inspected, spec=without_edition(inspected.spec))
    kept = Kept(inspected, made_here())
    try:
        for each in (asked, *(() if asked == inspected.spec else (inspected.spec,))):
            if recall(each) != kept:
                with replacing(_folder() / f"{_name(each)}.gz") as temporary:
                    temporary.write_bytes(gzip.compress(_packed(each, kept)))
                _drop_the_oldest()
    except (CnnvizError, OSError) as error:
        _log.info("the report of %s is not kept: %s", asked.name, error)


def ship(answers: list[Inspected], file: Path) -> None:
    """Write the answers that go with the program; the same answers make the same bytes."""
    with replacing(file) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_LZMA) as archive:
        for inspected in answers:
            member = zipfile.ZipInfo(_name(inspected.spec))  # of a fixed date
            archive.writestr(member, _packed(inspected.spec, Kept(inspected, made_here())), zipfile.ZIP_LZMA)


def _packed(asked: ModelSpec, kept: Kept) -> bytes:
    """Return JSON: what is kept for ``asked``. Its calls are columns, which is half as large when it is compressed."""
    report = kept.inspected.report
    calls = report.call_dicts()
    data = {
        "asked": as_plain(asked),
        "spec": as_plain(kept.inspected.spec),
        "made_with": as_plain(kept.made_with),
        "report": {
            **report.to_dict(),
            "calls": {key: [call[key] for call in calls] for key in (calls[0] if calls else ())},
        },
    }
    return json.dumps(data, separators=(",", ":")).encode()


def _is_other_now(name: OwnName, asked: ModelSpec) -> bool:
    from cnnviz.zoo.own.own_entries import revision_of  # which the first frame does without

    return revision_of(name) != asked.revision


def _guarded(read: Callable[[], Kept | None], spec: ModelSpec) -> Kept | None:
    try:
        return read()
    except Exception as error:  # however a file may be damaged
        _log.info("the kept report of %s cannot be read: %s", spec.name, error)
        return None


def _read(read: Callable[[str], bytes | None], asked: ModelSpec) -> Kept | None:
    content = read(_name(asked))
    data = None if content is None else json.loads(content)
    if data is None or from_plain(ModelSpec, data["asked"]) != asked:
        return None
    columns = data["report"]["calls"]
    calls = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    report = Report.from_dict({**data["report"], "calls": calls})
    inspected = Inspected(from_plain(ModelSpec, data["spec"]), report)
    return Kept(inspected, from_plain(MadeWith, data["made_with"]))


def _of_last_time(name: str) -> bytes | None:
    file = _folder() / f"{name}.gz"
    try:
        with gzip.open(io.BytesIO(read_whole(file, _BYTES_AT_MOST))) as packed:
            content = packed.read(_UNPACKED_AT_MOST)  # what is cut short is no JSON
    except FileNotFoundError:
        return None
    with suppress(OSError):
        os.utime(file)  # it is in use: the oldest are dropped first
    return content


def _shipped(name: str) -> bytes | None:
    with zipfile.ZipFile(asset("reports.zip")) as archive:
        return archive.read(name) if name in archive.namelist() else None


def _folder() -> Path:
    return cache_folder() / "reports"


def _name(spec: ModelSpec) -> str:
    """Return a file's name that stands for a network, its options, its inputs and its content."""
    return hashlib.blake2b(json.dumps(as_plain(spec), sort_keys=True).encode(), digest_size=16).hexdigest()


def _drop_the_oldest() -> None:
    sweep(_folder())
    held = sorted((file.stat().st_mtime_ns, file.stat().st_size, file) for file in _folder().iterdir())
    total = sum(size for _, size, _ in held)
    for _, size, file in held:
        if total <= _BYTES_AT_MOST:
            return
        file.unlink(missing_ok=True)
        total -= size
