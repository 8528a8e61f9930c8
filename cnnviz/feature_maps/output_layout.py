"""How what a call returned lies as maps: told from its shape, and from the calls that made it. No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt, prod
from typing import Literal

from cnnviz.inspection.call import Call, Shape
from cnnviz.inspection.kinds.table import kind_of_call

Form = Literal["vector", "tokens", "strip", "maps", "volume", "stack"]
_MOST_APART = 8  # tokens beside the grid: the class's, the teacher's, registers
_TURNS = ("transpose", "permute", "swapaxes", "movedim", "mT", "T", "roll", "flip", "Permute", "Transpose")
_FLATTENS = ("flatten", "reshape", "view", "Flatten")


@dataclass(frozen=True, slots=True)
class Part:
    """What of a call's outputs is shown."""

    output: int = 0  # of those that it returned
    token: int | None = None  # one of those apart from the grid, as a vector; None: the grid
    slice: int = 0  # of those that are shown one at a time


FIRST_PART = Part()


@dataclass(frozen=True, slots=True)
class Layout:
    """Which axes of an output (N, …) are channel, row and column.

    "vector": (N, F). "tokens": (N, L, D), D channels of a grid or, where none is known, of a strip. "strip": (N, C, L).
    "maps": (N, C, H, W). "volume": (N, C, D, H, W), a slice of D at a time. "stack": more axes, (N, C, …, H, W), C · …
    channels.
    """

    form: Form
    grid: tuple[int, int] = (1, 1)  # rows and columns of tokens and strips
    apart: int = 0  # tokens that stand before the grid
    last: bool = False  # of maps: the channels are the last axis
    second: bool = False  # of tokens: the batch is the second axis
    slices: int = 1  # how many there are to choose from
    along: Literal["depth", "item"] = "item"  # what they are: of the volume's depth, or of the first axis

    @property
    def has_places(self) -> bool:
        """Rows and columns are those of the layer's maps of the input, not tokens or features."""
        return self.form in ("maps", "volume") and (self.slices == 1 or self.along == "depth")

    def words(self, part: Part = FIRST_PART) -> str:
        """Return what is to be said of it; "" of what goes without saying."""
        match self.form:
            case "tokens" if part.token is not None:
                return f"{self.token_name(part.token)}: one number for each channel."
            case "tokens" if self.grid[0] == 1:
                return "Tokens in a row: no grid is known for them."
            case "tokens":
                return f"{prod(self.grid):,} tokens as a grid of {self.grid[0]} × {self.grid[1]}."
            case "stack":
                return "All axes before the last two are shown as channels."
            case _:
                return ""

    def token_name(self, token: int) -> str:
        """Return what a token apart from the grid is called: one alone is the class's."""
        return "Class token" if self.apart == 1 else f"Extra token {token}"


MAPS = Layout("maps")


def layout_of(
    shape: Sequence[int], input_size: Sequence[int], calls: Sequence[Call] = (), call: Call | None = None
) -> Layout:
    """Return how an output lies.

    Args:
        shape: of the output, batch axis kept.
        input_size: height and width of the network's input.
        calls: of the report, which tell what the shape alone does not.
        call: the one that returned it, its first output.
    """
    items = shape[0] if len(shape) > 1 else 1
    match len(shape):
        case 0 | 1:
            return Layout("vector")
        case 2:
            return Layout("vector", slices=items)
        case 3:
            return _of_three(shape, input_size, calls, call)
        case 4:
            return Layout("maps", last=is_channels_last(shape[1:], input_size), slices=items)
        case 5 if call is not None and _rank(calls, call)[0] == 3:
            return Layout("volume", slices=shape[2], along="depth")
        case _:
            return Layout("stack", slices=items)


def is_channels_last(shape: Sequence[int], input_size: Sequence[int]) -> bool:
    """Return True when of (a, b, c) only the first two have the input's aspect: then they are height and width."""
    first, second, third = shape
    return _has_aspect(first, second, input_size) and not _has_aspect(second, third, input_size)


def _has_aspect(height: int, width: int, input_size: Sequence[int]) -> bool:
    """Exact to one cell of the map: layers round sizes down."""
    input_height, input_width = input_size
    return abs(height * input_width - width * input_height) < max(input_size)


def _of_three(shape: Sequence[int], input_size: Sequence[int], calls: Sequence[Call], call: Call | None) -> Layout:
    rank, grid = (0, None) if call is None else _rank(calls, call)
    if rank == 1:
        return Layout("strip", grid=(1, shape[2]), slices=shape[0])
    if grid is not None:
        return Layout("strip", grid=grid, slices=shape[0])
    second = shape[0] != 1 and shape[1] == 1
    length = shape[0] if second else shape[1]
    items = 1 if second else shape[0]
    seen = _grids(calls, call, input_size) if items == 1 and call is not None else ()
    rows, columns, apart = _grid(length, seen, input_size if items == 1 else (1, 1))
    return Layout("tokens", (rows, columns), apart, second=second, slices=items)


def _rank(calls: Sequence[Call], call: Call) -> tuple[int, tuple[int, int] | None]:
    """Return along how many axes the maps of a first output lie, and the grid of those that were flattened.

    0: not known. It is what the nearest layer that tells says, back through those that leave the axes as they are.
    """
    for _ in range(len(calls)):
        if call.output_from is not None and call.output_from[0] >= 0:
            call = calls[call.output_from[0]]
            continue
        shape, given = call.output_shape, call.input_shapes[0] if call.input_shapes else None
        rank = kind_of_call(call).rank
        if shape is None or (rank and len(shape) == rank + 2):
            return rank, None
        if call.kind in _FLATTENS and _is_flattened(shape, given):
            assert given is not None
            return 0, (given[2], given[3])
        if not call.inputs_from or call.kind in _TURNS or (given != shape and call.kind != "cat"):
            return 0, None
        before = calls[call.inputs_from[0]]
        if before.index >= call.index or len(before.output_shape or ()) != len(shape):
            return 0, None
        call = before
    return 0, None


def _is_flattened(shape: Shape, given: Shape | None) -> bool:
    """True for (N, C, H, W) → (N, C, H · W)."""
    return given is not None and len(given) == 4 and shape == (*given[:2], given[2] * given[3])


def _grids(calls: Sequence[Call], call: Call | None, input_size: Sequence[int]) -> list[tuple[int, int]]:
    """Return the heights and widths of maps with the input's aspect that were made before, the nearest first."""
    found = []
    for each in reversed(calls[: call.index] if call is not None else ()):
        shape = each.output_shape
        if shape is not None and len(shape) == 4 and shape[0] == 1:
            height, width = shape[1:3] if is_channels_last(shape[1:], input_size) else shape[2:]
            if _has_aspect(height, width, input_size):
                found.append((height, width))
    return list(dict.fromkeys(found))


def _grid(length: int, seen: Sequence[tuple[int, int]], input_size: Sequence[int]) -> tuple[int, int, int]:
    """Return rows, columns and how many tokens stand before them: as maps that were seen, or as the input's aspect."""
    fitting = [(length - rows * columns, rows, columns) for rows, columns in seen]
    known = [each for each in fitting if 0 <= each[0] <= _MOST_APART and each[1] * each[2] > each[0]]
    if known:
        apart, rows, columns = min(known, key=lambda each: each[0])
        return rows, columns, apart
    for apart in (0, 1):
        rows = isqrt((length - apart) * input_size[0] // input_size[1])
        for each in (rows, rows + 1):
            if each > 0 and (length - apart) % each == 0 and length > apart:
                columns = (length - apart) // each
                if each * input_size[1] == columns * input_size[0]:
                    return each, columns, apart
    return 1, length, 0
