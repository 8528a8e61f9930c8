"""Picture files of a source → their size and channels, then their pixels: in threads, kept on disk. No torch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypedDict

import numpy as np
import numpy.typing as npt

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.files import open_file
from cnnviz.machine import check_room
from cnnviz.pictures.preprocessing import Fit
from cnnviz.pictures.reading import Header, header, seen
from cnnviz.training.data import picture_cache as cache
from cnnviz.training.data.folder_tree import readable
from cnnviz.training.data.image_data import ImageData, TrainAndTest
from cnnviz.training.data.in_threads import in_threads
from cnnviz.training.data.labelled import Part, Pictures, Source, listed

FIT: Fit = "squash"  # what training shows of a picture: all of it
_PIECE = 1 << 20  # bytes
_MOST_NAMED = 5
_MOST_FAULTS = 0.5  # of the pictures of a class: with more, what is left is not what the user thinks

Shape = tuple[int, int, int]  # C, H, W
Faults = dict[str, str]  # why a picture cannot be read, by its path


class Headers(TypedDict):
    """What the headers of many pictures come to."""

    size: tuple[int, int] | None  # height and width, where all have the same
    channels: int  # 3 where any has colour
    faults: Faults


Reading = Generator[float, None, tuple[Source, npt.NDArray[np.uint8]]]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A source and the size at which its pictures are kept."""

    source: Source  # without the pictures that cannot be read
    shape: Shape  # C, H, W

    @property
    def bytes_in_memory(self) -> int:
        """What is held in main memory at once; pictures in files are read as they are needed."""
        parts = (self.source.train, self.source.test)
        return sum(part.pictures.nbytes for part in parts if isinstance(part.pictures, np.ndarray))


def measured(source: Source, size: int, channels: int | None) -> Generator[float, None, Measured]:
    """Return the source with the size at which its pictures are kept, from their headers; yields 0..1.

    Args:
        source: whose pictures may be files.
        size: pixels, height and width of the network's input.
        channels: 1 or 3, what the network takes; else: 3 where any picture has colour.

    Raises:
        CnnvizError: most of the pictures cannot be read.
    """
    if isinstance(source.train.pictures, np.ndarray):
        _, *shape = source.train.pictures.shape
        return Measured(source, (shape[0], shape[1], shape[2]))
    files = (*source.train.pictures, *_files(source.test.pictures))
    keys, faults = _keys(files, "header")
    note = cache.file_for(keys, "headers.json")
    known = cache.noted(note) if not faults else None
    if not isinstance(known, dict) or not known.keys() >= Headers.__annotations__.keys():
        known = yield from _headers(files, faults)
        cache.note(note, known)
    source = without(source, known["faults"])
    colour = channels if channels in (1, 3) else known["channels"]
    height, width = known["size"] or (size, size)
    return Measured(source, (colour, *((height, width) if max(height, width) <= size else (size, size))))


def read_pictures(found: Measured) -> Generator[float, None, TrainAndTest]:
    """Return the pictures themselves, without those that turned out to be broken, which is said; yields 0..1.

    Raises:
        CnnvizError: most of a class cannot be read, or the pictures can be kept neither on disk nor in memory.
    """
    source, shape = found.source, found.shape
    size = len(source.train) / (len(source.train) + len(source.test))
    source, train = yield from _share(_read_part(source, "train", shape), 0.0, size)
    source, test = yield from _share(_read_part(source, "test", shape), size, 1.0 - size)
    names = source.class_names
    halves = ImageData(train, source.train.labels, names), ImageData(test, source.test.labels, names)
    return TrainAndTest(source.title, *halves, source.notices)


def _read_part(source: Source, which: Literal["train", "test"], shape: Shape) -> Reading:
    """Return the pictures of one half, and the source without those that turned out to be broken."""
    while True:
        part: Part = getattr(source, which)
        if isinstance(part.pictures, np.ndarray):
            return source, part.pictures
        rows, faults = yield from _rows(part.pictures, shape)
        if not faults:
            return source, rows
        source = without(source, faults)


def without(source: Source, faults: Faults) -> Source:
    """Return the source without the pictures that cannot be read, which is said.

    Raises:
        CnnvizError: that would be most of the pictures of a class.
    """
    if not faults:
        return source
    reasons = ((Path(file), reason.replace(file, Path(file).name, 1)) for file, reason in sorted(faults.items()))
    names = [f"{readable(file.parent.name)}/{readable(reason)}" for file, reason in reasons]
    halves = {"train": source.train, "test": source.test}
    good = {
        each: np.array([file not in faults for file in _files(half.pictures)], bool) for each, half in halves.items()
    }
    for label, name in enumerate(source.class_names):
        own = np.concatenate([good[each][half.labels == label] for each, half in halves.items()])
        learned = good["train"][source.train.labels == label].any()
        if own.size and not (learned and own.mean() > 1 - _MOST_FAULTS):
            message = f"Of {units.counted(own.size, 'picture')} of {name}, {(~own).sum():,} cannot be read. {names[0]}"
            raise CnnvizError(message, "Replace them by PNG or JPEG files.")
    if not good["test"].any():
        raise CnnvizError(
            f"None of the pictures for the test can be read. {names[0]}", "Replace them by PNG or JPEG files."
        )
    parts = {each: half.taken(np.flatnonzero(good[each])) for each, half in halves.items()}
    lost = set(halves["test"].labels.tolist()) - set(parts["test"].labels.tolist())
    more = f" And {len(names) - _MOST_NAMED:,} more." if len(names) > _MOST_NAMED else ""
    said = (
        f"Left out, for {units.counted(len(faults), 'picture')} cannot be read: {' '.join(names[:_MOST_NAMED])}{more}"
    )
    unsaid = [f"No test picture of {listed([source.class_names[at] for at in sorted(lost)])} is left."] if lost else []
    return replace(source, train=parts["train"], test=parts["test"], notices=(*source.notices, said, *unsaid))


def _rows(files: Sequence[str], shape: Shape) -> Generator[float, None, tuple[npt.NDArray[np.uint8], Faults]]:
    """Return the pictures, (N, C, H, W), or why some of them cannot be read."""
    keys, faults = _keys(files, f"{units.shape(shape)} {FIT}")
    known = cache.known_faults()
    if known:
        names = dict(zip((key.tobytes().hex() for key in keys), files, strict=True))
        faults |= {names[key]: known[key] for key in names.keys() & known.keys()}
    if faults:
        return np.empty((0, *shape), np.uint8), faults
    target = cache.file_for(keys, f"{'x'.join(map(str, shape))}.u8")
    kept = cache.kept(target)
    if kept is not None and np.array_equal(kept[0], keys):
        return kept[1], {}
    size = len(files) * int(np.prod(shape))
    if not cache.has_room(size):
        check_room(size, f"Choose a smaller resize or limit; on disk {units.size(cache.LIMIT)} may be kept at most.")
        rows = np.empty((len(files), *shape), np.uint8)
        yield from _decoding(files, shape, range(len(files)), rows.__setitem__, faults)
        return rows, faults
    yield from _written(files, shape, keys, target, faults)
    lasting = {file: reason for file, reason in faults.items() if _is_at_hand(file)}
    cache.note_faults({keys[files.index(file)].tobytes().hex(): reason for file, reason in lasting.items()})
    kept = cache.kept(target)
    if kept is None:
        check_room(size, "Choose a smaller resize or limit.")  # a file takes room where memory is limited
        raise CnnvizError(f"{target} cannot be read back.", "Free some disk space.")
    return kept[1], faults


def _is_at_hand(file: str) -> bool:
    """Return whether a file can be read to its end: then what is wrong with its picture is in it, and stays so."""
    with suppress(OSError), open_file(Path(file)) as content:
        while content.read(_PIECE):
            pass
        return True
    return False


def _written(
    files: Sequence[str], shape: Shape, keys: cache.Keys, target: Path, faults: Faults
) -> Generator[float, None, None]:
    """Write what is known from earlier runs, then decode the rest. What a stop leaves serves the next run."""
    with cache.writing(target, keys, shape) as writer:
        todo = dict(zip((key.tobytes() for key in keys), range(len(keys)), strict=True))
        for old, rows in cache.donors(keys, shape):
            for at, key in enumerate(old):
                if (new := todo.pop(key.tobytes(), None)) is not None:
                    writer.write(new, rows[at])
        with suppress(GeneratorExit):  # what is there stands all the same
            yield from _decoding(files, shape, sorted(todo.values()), writer.write, faults)


def _decoding(
    files: Sequence[str],
    shape: Shape,
    todo: Sequence[int],
    take: Callable[[int, npt.NDArray[np.uint8]], None],
    faults: Faults,
) -> Generator[float, None, None]:
    def work(at: int) -> None:
        file = files[todo[at]]
        with _noted(faults, file):
            pixels = seen(Path(file), shape, FIT)
            take(todo[at], pixels)

    yield from in_threads(work, len(todo))


def _keys(files: Sequence[str], how: str) -> tuple[cache.Keys, Faults]:
    """Return what each picture is known by in the cache, and why some cannot even be asked for their size."""
    keys, faults = np.zeros(len(files), cache.KEY), {}
    for at, file in enumerate(files):
        try:
            keys[at] = cache.key_of(file, how)
        except OSError as error:
            faults[file] = f"{Path(file).name} cannot be read: {error.strerror or error}."
    return keys, faults


def _headers(files: Sequence[str], faults: Faults) -> Generator[float, None, Headers]:
    """Return what the headers of all pictures come to."""
    headers: list[Header | None] = [None] * len(files)

    def work(at: int) -> None:
        with _noted(faults, files[at]):
            headers[at] = header(Path(files[at]))

    yield from in_threads(work, len(files))
    good = [each for each in headers if each is not None]
    sizes = {(each.height, each.width) for each in good}
    channels = max((each.channels for each in good), default=1)
    return {"size": sizes.pop() if len(sizes) == 1 else None, "channels": channels, "faults": faults}


def _files(pictures: Pictures) -> tuple[str, ...]:
    return () if isinstance(pictures, np.ndarray) else pictures


def _share(reading: Reading, start: float, share: float) -> Reading:
    """Yield the progress of a part as a progress of the whole."""
    try:
        while True:
            yield start + share * next(reading)
    except StopIteration as end:
        read: tuple[Source, npt.NDArray[np.uint8]] = end.value
        return read
    finally:
        reading.close()


class _noted:  # noqa: N801  reads as a verb
    """Notes why a picture cannot be read, and lets the others go on."""

    def __init__(self, faults: Faults, file: str) -> None:
        self._faults, self._file = faults, file

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, CnnvizError):
            return False
        self._faults[self._file] = error.message
        return True
