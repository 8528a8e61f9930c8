"""What moves numbers and computes nothing, or nothing in evaluation: other shapes, parts, borders, dropout.

Moving numbers is free. No torch here.
"""

from __future__ import annotations

from functools import partial
from math import prod

from cnnviz.inspection.call import Call, Shape
from cnnviz.inspection.kinds.formula import Formula, integer, product
from cnnviz.inspection.kinds.kind import Family, Keeps, Kind, Reads, Role

_MOVES = (  # they keep nothing, or whole numbers
    "ravel", "view_as", "reshape_as", "swapaxes", "swapdims", "moveaxis", "t", "expand_as", "broadcast_to", "repeat",
    "repeat_interleave", "tile", "setitem", "select", "narrow", "index_select", "index_put", "scatter",
    "split_with_sizes", "tensor_split", "unbind", "flip",
    "rot90", "tril", "triu", "diagonal", "meshgrid", "native_channel_shuffle", "one_hot", "copy", "fill", "zero",
    "new_zeros", "new_ones", "new_full", "new_empty", "new_tensor", "zeros_like", "ones_like", "empty_like",
    "full_like", "real", "imag", "view_as_real", "view_as_complex", "bool", "int", "long", "double", "bfloat16",
    "as_strided", "adjoint", "positive", "fliplr", "flipud", "hsplit", "vsplit", "dsplit", "atleast_1d", "atleast_2d",
    "atleast_3d", "diag", "diag_embed", "index_copy", "index_fill", "narrow_copy", "slice_scatter", "select_scatter",
    "diagonal_scatter", "constant_pad_nd", "unfold_copy",
)  # fmt: skip


def _flattened(call: Call) -> tuple[Formula, ...]:
    before, made = call.input_shapes[0], call.output_shape or ()
    first, last = integer(call, "start_dim"), integer(call, "end_dim")
    first = (1 if call.module else 0) if first is None else first
    last = -1 if last is None else last
    merged: Shape = before[first : len(before) + last + 1 if last < 0 else last + 1]
    if len(merged) < 2 or prod(merged) not in made:
        return ()
    return (Formula("Output features", "every value of the input, in one row", f"{product(*merged)} = {prod(merged)}"),)


_move = partial(Kind, family=Family.OTHER, per_output=0)
_view = partial(_move, keeps=Keeps.NOTHING)


def _of_channels(call: Call) -> int:
    """Whether each map was dropped, in 4 bytes."""
    return 4 * prod(call.output_shapes[0][:2])


_dropout = partial(
    _move,
    keeps=Keeps.MASK,
    keeps_beside=4,
    role=Role.DROPOUT | Role.LINEAR,
    sentence="Sets values to 0 at random while training ({p}) and scales up the rest, so that none is relied on; "
    "afterwards it does nothing.",
)


def _kept_by_padding(call: Call) -> Keeps:
    """The gradients of a mirrored border need its input, as autograd has it (derivatives.yaml)."""
    return Keeps.INPUT if call.settings.get("mode") in ("reflect", "replicate") else Keeps.NOTHING


def _padding(of: str, rank: int) -> Kind:
    return _view((f"{of.capitalize()}Pad{rank}d",), rank=rank)


def _mirrored(of: str, rank: int) -> Kind:
    return _move((f"{of.capitalize()}Pad{rank}d", f"{of}_pad{rank}d"), rank=rank, keeps=Keeps.INPUT)


def _zero_padding(rank: int) -> Kind:
    name = f"ZeroPad{rank}d"
    return _view((name,), rank=rank, role=Role.LINEAR, sentence="Puts a border of zeros around each map.")


KINDS = (
    _view(("Identity",), reads=Reads.POINT, role=Role.LINEAR, sentence="Hands on what it is given."),
    Kind(("Sequential",), Family.OTHER, role=Role.CHAIN),
    _view(
        ("Flatten", "flatten"),
        reads=Reads.POINT,
        along="start_dim",
        arguments=("start_dim", "end_dim"),
        role=Role.LINEAR,
        sentence="Lays all values of a picture in one row, as a fully connected layer reads them. Nothing is computed.",
        sizes=_flattened,
    ),
    _view(("Unflatten", "unflatten"), sentence="Folds a row of values back into axes. Nothing is computed."),
    _view(
        ("view",),
        role=Role.LINEAR | Role.RESHAPE | Role.MATRIX,
        sentence="Reads the same values in another shape. Nothing is computed.",
    ),
    _view(
        ("reshape",),
        role=Role.LINEAR | Role.RESHAPE | Role.MATRIX,
        sentence="Reads the same values in another shape. Nothing is computed.",
    ),
    _view(
        ("Permute", "permute"),
        role=Role.MATRIX,
        sentence="Exchanges the order of the axes. Nothing is computed.",
    ),
    _view(("transpose",), role=Role.MATRIX, sentence="Exchanges two axes. Nothing is computed."),
    _view(("movedim",)),
    _view(("expand",)),
    _view(("roll",)),
    _view(("squeeze",), sentence="Drops axes of length 1. Nothing is computed."),
    _view(("unsqueeze",), sentence="Adds an axis of length 1. Nothing is computed."),
    _view(("getitem",), sentence="Takes a part of the values."),
    _view(
        ("chunk",),
        reads=Reads.POINT,
        along="dim",
        arguments=("chunks", "dim"),
        sentence="Cuts its input into equal parts.",
    ),
    _view(
        ("split",),
        reads=Reads.POINT,
        along="dim",
        arguments=("split_size", "dim"),
        sentence="Cuts its input into parts.",
    ),
    _view(
        ("PixelShuffle", "pixel_shuffle"),
        along=1,
        sentence="Makes maps larger by laying the values of several channels side by side.",
    ),
    _view(("PixelUnshuffle", "pixel_unshuffle"), along=1),
    _view(
        ("ChannelShuffle", "channel_shuffle"),
        along=1,
        sentence="Deals out the channels anew, so that groups hear of each other.",
    ),
    *(_view((name,)) for name in _MOVES),
    *(_move((name,), keeps=Keeps.INPUT) for name in ("gather", "take", "take_along_dim", "masked_select")),
    _view(("masked_fill",), keeps_beside=1),  # what is masked
    _move(
        ("pad",),
        keeps=_kept_by_padding,
        arguments=("pad", "mode"),
        role=Role.LINEAR,
        sentence="Puts a border around each map.",
    ),
    *map(_zero_padding, (1, 2, 3)),
    *(_padding(of, rank) for of in ("constant", "circular") for rank in (1, 2, 3)),
    *(_mirrored(of, rank) for of in ("reflection", "replication") for rank in (1, 2, 3)),
    _dropout(("Dropout", "dropout"), reads=Reads.POINT),
    _dropout(("Dropout1d", "dropout1d"), rank=1, keeps_beside=_of_channels),
    _dropout(("Dropout2d", "dropout2d"), rank=2, reads=Reads.POINT, keeps_beside=_of_channels),
    _dropout(("Dropout3d", "dropout3d"), rank=3, keeps_beside=_of_channels),
    # These keep mean and deviation while training: nothing to warn of.
    _move(("AlphaDropout", "alpha_dropout"), keeps=Keeps.MASK, keeps_beside=4),
    *(
        _move(names, keeps=Keeps.MASK, keeps_beside=_of_channels)
        for names in (("FeatureAlphaDropout", "feature_alpha_dropout"), ("feature_dropout",))
    ),
)
