"""Pooling, averages over axes, and making maps larger. No torch here.

Operations for each value of the output:

    pooling with a window of k values       k   k − 1 additions and a division; as many for a maximum. Where windows
                                                do not overlap that is each input once (ptflops, fvcore)
    interpolation from k neighbours    2k − 1   a weighted mean; nearest: none

The mean over axes has one for each value that it reads. Max pooling keeps, beside what it was given, an index of 8
bytes for each output.
"""

from __future__ import annotations

from functools import partial
from math import prod

from cnnviz.inspection.call import Call, SettingValue, Shape
from cnnviz.inspection.kinds import window_sizes
from cnnviz.inspection.kinds.formula import Formula, alike
from cnnviz.inspection.kinds.kind import Family, Keeps, Kind, Reads, Role

_INDEX = 8  # bytes
_WINDOW_RULE = "one for every value in every window"
_NEIGHBOURS = {"nearest": 0, "nearest-exact": 0, "linear": 2, "bilinear": 4, "trilinear": 8, "bicubic": 16}


def _in_windows(call: Call, rank: int, each: int = 1) -> int | None:
    """``each`` operation for every value in every window."""
    window = _window(call.settings.get("kernel_size"), rank)
    return None if window is None else each * window * prod(call.output_shapes[0])


def _window(kernel: SettingValue, rank: int) -> int | None:
    if isinstance(kernel, tuple):
        return prod(kernel) if len(kernel) == rank else kernel[0] ** rank
    return kernel**rank if isinstance(kernel, int) else None


def _in_adaptive_windows(call: Call, rank: int) -> int | None:
    return adaptive_reads(call.input_shapes[0], call.output_shapes[0], rank) if call.input_shapes else None


def adaptive_reads(data: Shape, output: Shape, rank: int) -> int:
    """Return how many values the windows of adaptive pooling hold: output i of n reads ⌊i·m/n⌋ … ⌈(i+1)·m/n⌉ of m."""
    sizes = zip(data[-rank:], output[-rank:], strict=True)
    return prod(output[:-rank]) * prod(sum(-(-(i + 1) * m // n) - i * m // n for i in range(n)) for m, n in sizes)


def _interpolated(call: Call) -> int | None:
    mode = call.settings.get("mode", "nearest")
    if call.settings.get("antialias"):  # it reads more neighbours, the smaller the map becomes
        return None
    if mode == "area":
        return _in_adaptive_windows(call, len(call.output_shapes[0]) - 2)
    neighbours = _NEIGHBOURS.get(str(mode))
    return None if neighbours is None else max(0, 2 * neighbours - 1) * prod(call.output_shapes[0])


def _kept_by_interpolation(call: Call) -> Keeps:
    """Weights follow from the sizes alone; "area" is adaptive pooling, which keeps its input."""
    return Keeps.INPUT if call.settings.get("mode") == "area" else Keeps.NOTHING


def _scaled(call: Call) -> tuple[Formula, ...]:
    """⌊size · scale⌋ along every axis."""
    before, made = call.input_shapes[0][2:], (call.output_shape or ())[2:]
    scale = call.settings.get("scale_factor")
    scales = scale if isinstance(scale, tuple) else (scale,) * len(made) if isinstance(scale, int | float) else ()
    if len(scales) != len(made) or len(before) != len(made) or not 0 < len(made) <= 3:
        return ()
    texts = tuple(
        f"{size}·{factor:g} = {after}" if int(size * factor) == after else None
        for size, factor, after in zip(before, scales, made, strict=True)
    )
    return alike("Output", "size · scale", texts)


def _max(rank: int) -> Kind:
    return Kind(
        (f"MaxPool{rank}d", f"max_pool{rank}d", f"max_pool{rank}d_with_indices"),
        Family.POOLING,
        rank,
        Reads.POOLING,
        keeps=Keeps.INPUT,
        keeps_beside=_INDEX,
        other=partial(_in_windows, rank=rank),
        other_rule=_WINDOW_RULE,
        arguments=("kernel_size", "stride", "padding", "dilation", "ceil_mode"),
        sentence="Keeps the largest value of every {kernel} window{stride}: what was found stays, where exactly is "
        "lost.",
        sizes=partial(window_sizes.windowed, rank=rank),
    )


def _average(rank: int) -> Kind:
    return Kind(
        (f"AvgPool{rank}d", f"avg_pool{rank}d"),
        Family.POOLING,
        rank,
        Reads.POOLING,
        keeps=Keeps.INPUT,
        other=partial(_in_windows, rank=rank),
        other_rule=_WINDOW_RULE,
        arguments=("kernel_size", "stride", "padding", "ceil_mode"),
        role=Role.LINEAR,
        sentence="Averages every {kernel} window{stride}: a smaller, smoother map.",
        sizes=partial(window_sizes.windowed, rank=rank),
    )


def _powers(call: Call) -> int:
    """The powers that are averaged, and of the mean its sign, its size, what is positive of it, and the root of it."""
    return 4 * (prod(call.input_shapes[0]) + 4 * prod(call.output_shapes[0])) if call.input_shapes else 0


def _power_mean(rank: int) -> Kind:
    return Kind(
        (f"LPPool{rank}d", f"lp_pool{rank}d"),
        Family.POOLING,
        rank,
        Reads.POOLING,
        keeps=Keeps.INPUT,
        keeps_beside=_powers,
        other=partial(_in_windows, rank=rank, each=2),  # a power and an addition
        sentence="Takes a power mean of every {kernel} window{stride}: between average and maximum.",
        sizes=partial(window_sizes.windowed, rank=rank),
    )


def _adaptive(names: tuple[str, ...], rank: int, keeps_beside: int, sentence: str) -> Kind:
    return Kind(
        names,
        Family.POOLING,
        rank,
        Reads.ADAPTIVE,
        keeps=Keeps.INPUT,
        keeps_beside=keeps_beside,
        other=partial(_in_adaptive_windows, rank=rank),
        arguments=("output_size",),
        sentence=sentence,
        sizes=partial(window_sizes.adaptive, rank=rank),
    )


def _adaptive_average(rank: int) -> Kind:
    names = f"AdaptiveAvgPool{rank}d", f"adaptive_avg_pool{rank}d"
    return _adaptive(names, rank, 0, "Averages each map down to {output}, whatever size comes in.")


def _adaptive_max(rank: int) -> Kind:
    name = f"adaptive_max_pool{rank}d"
    names = f"AdaptiveMaxPool{rank}d", name, f"{name}_with_indices"
    said = "Keeps the largest values of each map on a grid of {output}, whatever size comes in."
    return _adaptive(names, rank, _INDEX, said)


def _fractional(rank: int) -> Kind:
    name = f"fractional_max_pool{rank}d"
    return Kind(
        (f"FractionalMaxPool{rank}d", name, f"{name}_with_indices"),
        Family.POOLING,
        rank,
        keeps=Keeps.INPUT,
        keeps_beside=_INDEX,
        other=partial(_in_windows, rank=rank),
    )


def _unpooling(rank: int) -> Kind:
    return Kind((f"MaxUnpool{rank}d", f"max_unpool{rank}d"), Family.POOLING, rank, keeps=Keeps.INPUT, per_output=0)


_RANKS = (1, 2, 3)
_upsampling = partial(Kind, family=Family.POOLING, rank=2, keeps=Keeps.NOTHING, sizes=_scaled)
KINDS = (
    *map(_max, _RANKS),
    *map(_average, _RANKS),
    *map(_power_mean, _RANKS),
    *map(_adaptive_average, _RANKS),
    *map(_adaptive_max, _RANKS),
    *map(_fractional, (2, 3)),
    *map(_unpooling, _RANKS),
    Kind(("RoIAlign", "roi_align"), Family.POOLING, keeps=Keeps.NOTHING),  # boxes alone
    *(  # and where each value is from
        Kind(names, Family.POOLING, keeps=Keeps.NOTHING, keeps_beside=4)
        for names in (("RoIPool", "roi_pool"), ("PSRoIPool", "ps_roi_pool"), ("PSRoIAlign", "ps_roi_align"))
    ),
    Kind(
        ("mean",),
        Family.POOLING,
        along="dim",
        keeps=Keeps.NOTHING,
        per_input=1,
        sentence="Averages over one or more axes; over height and width, it leaves one number for each map.",
    ),
    Kind(
        ("Upsample", "upsample"),
        Family.POOLING,
        keeps=_kept_by_interpolation,
        other=_interpolated,
        sentence="Makes each map larger by filling in between its pixels ({mode}). Nothing is learned.",
        sizes=_scaled,
    ),
    Kind(
        ("interpolate",),
        Family.POOLING,
        keeps=_kept_by_interpolation,
        other=_interpolated,
        arguments=("size", "scale_factor", "mode"),
        sentence="Makes each map larger or smaller by filling in between its pixels ({mode}). Nothing is learned.",
        sizes=_scaled,
    ),
    _upsampling(("UpsamplingNearest2d", "upsample_nearest"), per_output=0),
    _upsampling(("UpsamplingBilinear2d", "upsample_bilinear"), per_output=7),
)
