"""What a layer does, in one plain sentence with its own numbers. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

from cnnviz import units
from cnnviz.inspection.call import Call
from cnnviz.inspection.explaining.formula import along_axes, integer, plain_kind, rank_of

_POSITION = {1: "step", 2: "pixel", 3: "voxel"}
_SENTENCES: Mapping[str, str] = {  # by the kind, plain and without its number of axes
    "maxpool": "Keeps the largest value of every {kernel} window{stride}: what was found stays, where exactly is lost.",
    "avgpool": "Averages every {kernel} window{stride}: a smaller, smoother map.",
    "lppool": "Takes a power mean of every {kernel} window{stride}: between average and maximum.",
    "adaptiveavgpool": "Averages each map down to {output}, whatever size comes in.",
    "adaptivemaxpool": "Keeps the largest values of each map on a grid of {output}, whatever size comes in.",
    "batchnorm": "Brings each channel to mean 0 and deviation 1, by the batch's statistics while training and by "
    "their running averages afterwards, then scales and shifts it by two learned numbers.",
    "syncbatchnorm": "Batch normalisation with statistics of the batches on all devices together.",
    "layernorm": "Brings the values of each position (or picture) to mean 0 and deviation 1, without looking at others "
    "in the batch, then scales and shifts each by learned numbers.",
    "groupnorm": "Brings each group of channels of each picture to mean 0 and deviation 1, however small the batch is.",
    "instancenorm": "Brings each channel of each picture to mean 0 and deviation 1: contrast and brightness go.",
    "rmsnorm": "Divides the values of each position by their root mean square, then scales each by a learned number.",
    "localresponsenorm": "Divides each value by a sum over {size} neighbouring channels at the same pixel: strong ones "
    "damp their neighbours.",
    "relu": "Keeps positive values and sets negative ones to 0. Without such a bend, layers in a row would be one.",
    "relu6": "Keeps values from 0 to 6 and clips the rest: a ReLU that low precision can hold.",
    "leakyrelu": "Keeps positive values and shrinks negative ones, so that a gradient always passes.",
    "prelu": "Keeps positive values and scales negative ones by a slope that it learns.",
    "elu": "Keeps positive values and bends negative ones smoothly towards a floor.",
    "selu": "A scaled ELU that keeps mean 0 and deviation 1 from layer to layer.",
    "gelu": "Weights each value by the chance that a normal variable is smaller: a ReLU with a smooth bend.",
    "silu": "Multiplies each value by its own sigmoid: a ReLU with a smooth bend. Also called Swish.",
    "mish": "A smooth bend like SiLU's: each value times tanh(softplus(value)).",
    "hardswish": "SiLU made of straight pieces, cheap on phones.",
    "hardsigmoid": "A sigmoid made of three straight pieces, cheap on phones.",
    "hardtanh": "Clips values to a range.",
    "sigmoid": "Squeezes each value into 0 to 1. Far from 0 it is flat, and gradients there vanish.",
    "tanh": "Squeezes each value into −1 to 1. Far from 0 it is flat, and gradients there vanish.",
    "softplus": "A ReLU rounded off everywhere: log(1 + exp(value)).",
    "softmax": "Turns scores into shares that are positive and sum to 1: probabilities, or weights of attention.",
    "logsoftmax": "Logarithms of the shares that softmax would give, as a loss likes to read them.",
    "dropout": "Sets values to 0 at random while training ({p}) and scales up the rest, so that none is relied on; "
    "afterwards it does nothing.",
    "stochasticdepth": "Skips the whole branch at random while training; afterwards it does nothing.",
    "flatten": "Lays all values of a picture in one row, as a fully connected layer reads them. Nothing is computed.",
    "unflatten": "Folds a row of values back into axes. Nothing is computed.",
    "view": "Reads the same values in another shape. Nothing is computed.",
    "reshape": "Reads the same values in another shape. Nothing is computed.",
    "permute": "Exchanges the order of the axes. Nothing is computed.",
    "transpose": "Exchanges two axes. Nothing is computed.",
    "getitem": "Takes a part of the values.",
    "chunk": "Cuts its input into equal parts.",
    "split": "Cuts its input into parts.",
    "unsqueeze": "Adds an axis of length 1. Nothing is computed.",
    "squeeze": "Drops axes of length 1. Nothing is computed.",
    "pad": "Puts a border around each map.",
    "zeropad": "Puts a border of zeros around each map.",
    "cat": "Puts its inputs one behind the other along one axis: nothing is mixed, the next layer reads all of them.",
    "stack": "Puts its inputs side by side along a new axis.",
    "add": "Adds its inputs value by value. Where one of them skipped some layers, those learn only the change: a "
    "residual connection.",
    "sub": "Subtracts its inputs value by value.",
    "mul": "Multiplies its inputs value by value. Where one of them is between 0 and 1, it is a gate.",
    "mean": "Averages over one or more axes; over height and width, it leaves one number for each map.",
    "sum": "Adds up values along one or more axes.",
    "multiheadattention": "Lets every position gather from all others: each compares its query with all keys, and "
    "takes the mean of their values, weighted by how well they match; several heads do so side by side.",
    "scaleddotproductattention": "Compares every query with every key; the softmax of the scores weights the mean "
    "of the values.",
    "matmul": "Multiplies two matrices: every output value is a sum of products of a row and a column.",
    "bmm": "Multiplies matrices, one pair for each entry of the batch.",
    "einsum": "Multiplies and sums along the axes that its formula names.",
    "lstm": "Reads a sequence step by step and keeps a memory, which gates of its own fill, hold and empty.",
    "gru": "Reads a sequence step by step and keeps a state, which two gates renew: an LSTM with fewer parts.",
    "rnn": "Reads a sequence step by step; each state is made of the input and of the last state.",
    "embedding": "Looks up a learned row of {embedding_dim} numbers for each whole number that comes in.",
    "upsample": "Makes each map larger by filling in between its pixels ({mode}). Nothing is learned.",
    "interpolate": "Makes each map larger or smaller by filling in between its pixels ({mode}). Nothing is learned.",
    "pixelshuffle": "Makes maps larger by laying the values of several channels side by side.",
    "channelshuffle": "Deals out the channels anew, so that groups hear of each other.",
    "identity": "Hands on what it is given.",
}


def sentence(call: Call, below: Sequence[Call] = ()) -> str:
    """Return what this call does in plain words; "" where we have none.

    Args:
        below: the calls directly inside it.
    """
    if below and plain_kind(call.kind) not in _SENTENCES:
        return _container(call, below)
    kind, rank = plain_kind(call.kind), rank_of(plain_kind(call.kind))
    bare = kind[:-2] if rank else kind
    if bare in _MADE:
        return _MADE[bare](call)
    return _SENTENCES.get(bare, "").format_map(_Numbers(call))


class _Numbers(dict[str, str]):
    """What a sentence may name of a call."""

    def __init__(self, call: Call) -> None:
        rank = rank_of(call.kind)
        super().__init__({name: _plain(value) for name, value in call.settings.items()})
        self["kernel"] = _extent(call, "kernel_size") or "small"
        stride = along_axes(call.settings.get("stride") or call.settings.get("kernel_size"), rank) or ()
        self["stride"] = f", {stride[0]} {_POSITION[rank]}s apart" if stride and max(stride) > 1 else ""
        made = (call.output_shape or ())[-rank:] if rank else ()
        self["output"] = "one value" if prod(made) == 1 else "×".join(map(str, made))
        share = call.settings.get("p")
        self["p"] = f"{share:.0%}" if isinstance(share, float) else "a share"

    def __missing__(self, name: str) -> str:
        return {"mode": "nearest"}.get(name, "some")


def _convolution(call: Call) -> str:
    rank = rank_of(call.kind)
    inputs, outputs = integer(call, "in_channels"), integer(call, "out_channels")
    if inputs is None or outputs is None:
        return "Slides learned kernels over its input maps; each output map shows where its kernel matches."
    groups, kernel, spread = integer(call, "groups") or 1, _extent(call, "kernel_size"), _dilated(call, rank)
    if groups > 1 and groups == inputs:
        return (
            f"A depthwise convolution: every input map has {_kernels(outputs // inputs)} {kernel} of its own{spread} "
            f"and channels are not mixed; a 1×1 convolution usually does that next.{_strided(call, rank)}"
        )
    if prod(along_axes(call.settings.get("kernel_size"), rank) or (0,)) == 1:
        verb = {-1: "fewer", 0: "as many", 1: "more"}[(outputs > inputs) - (outputs < inputs)]
        return (
            f"A {kernel} convolution: at every {_POSITION[rank]} it mixes {units.exact(inputs)} channels into "
            f"{units.exact(outputs)}, {verb}, without looking at neighbours.{_strided(call, rank)}"
        )
    maps = "the input map" if inputs == 1 else f"all {units.exact(inputs)} input maps"
    reads = maps if groups == 1 else f"one of {groups} groups of {inputs // groups} input maps"
    return (
        f"Slides {units.exact(outputs)} learned {kernel} kernels{spread} over {reads}; each makes one output map, high "
        f"where the input looks like its kernel.{_strided(call, rank)}"
    )


def _transposed(call: Call) -> str:
    stride = along_axes(call.settings.get("stride"), rank_of(call.kind)) or (1,)
    larger = f" Stride {_times(stride)} sets them apart: the maps get larger." if max(stride) > 1 else ""
    return (
        f"A transposed convolution: every input value lays down a learned {_extent(call, 'kernel_size')} kernel, times "
        f"its own value, and what overlaps adds up.{larger}"
    )


def _linear(call: Call) -> str:
    inputs, outputs = integer(call, "in_features"), integer(call, "out_features")
    if inputs is None or outputs is None:
        return "Fully connected: each output is a weighted sum of all inputs."
    each = " at every position" if call.output_shape is not None and len(call.output_shape) > 2 else ""
    return (
        f"Fully connected: each of {units.exact(outputs)} outputs is a weighted sum of all {units.exact(inputs)} "
        f"inputs{each}, with a learned weight for every pair."
    )


_MADE: Mapping[str, Callable[[Call], str]] = {"conv": _convolution, "convtranspose": _transposed, "linear": _linear}


def _container(call: Call, below: Sequence[Call]) -> str:
    """What a module's own parts tell: a sum with its input, branches that are joined, a chain."""
    outside = set(call.inputs_from)
    last = below[-1]
    sums = [each for each in below if each.kind == "add" and len(each.inputs_from) + each.reads_input > 1]
    if sums and any(outside & set(each.inputs_from) or (call.reads_input and each.reads_input) for each in sums):
        return "A residual block: its input is added to what its layers make of it, so that they learn only the change."
    if sums:
        return "Adds up what its branches make of its input; where one of them is a short cut, it is a residual block."
    if last.kind == "cat" and len(last.input_shapes) > 1:
        if outside & set(last.inputs_from) or (call.reads_input and last.reads_input):
            return "Puts new maps behind the ones that it was given, so that later layers read all of them."
        return (
            f"Looks at its input in {len(last.input_shapes)} ways side by side, and puts the maps of all branches "
            "one behind the other."
        )
    return f"Runs its {len(below)} parts one after another." if call.kind == "Sequential" and len(below) > 1 else ""


def _kernels(count: int) -> str:
    return "one kernel of" if count == 1 else f"{count} kernels of"


def _strided(call: Call, rank: int) -> str:
    stride = along_axes(call.settings.get("stride"), rank) or (1,)
    if max(stride) == 1:
        return ""
    return f" Stride {_times(stride)} leaves out {_POSITION[rank]}s between: the maps get smaller."


def _dilated(call: Call, rank: int) -> str:
    dilation = along_axes(call.settings.get("dilation"), rank) or (1,)
    return f" with gaps of {dilation[0] - 1}" if max(dilation) > 1 else ""


def _extent(call: Call, name: str) -> str:
    return _times(along_axes(call.settings.get(name), rank_of(call.kind)) or ())


def _times(sizes: Sequence[int]) -> str:
    """Return "3×3"; along one axis "3"."""
    return "×".join(map(str, sizes))


def _plain(value: object) -> str:
    return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)
