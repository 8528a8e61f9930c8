"""What looks wrong or wasteful in a network, why, and what to do about it. No torch here.

Each rule is a function of a report. They would rather miss something than raise a false alarm: a factorised
convolution, a linear bottleneck and a depthwise convolution are meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cnnviz import units
from cnnviz.inspection.call import Call, SettingValue
from cnnviz.inspection.kinds.formula import along_axes, times
from cnnviz.inspection.kinds.kind import Reads, Role
from cnnviz.inspection.kinds.table import kind_of_call
from cnnviz.inspection.report import Part, Report
from cnnviz.inspection.windows import windows_of
from cnnviz.inspection.wiring import Wiring

_MANY, _MOST = 1_000_000, 0.5  # parameters, and share of the network's: a linear layer of both dominates it


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to look at."""

    rule: str  # "bias before BatchNorm"
    call: int  # index in the report: where to look first
    what: str
    why: str
    fix: str
    also: tuple[int, ...] = ()  # the other calls it is true of

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form: every call's index under "calls"."""
        calls = [self.call, *self.also]
        return {"rule": self.rule, "calls": calls, "what": self.what, "why": self.why, "fix": self.fix}


def advise(report: Report) -> tuple[Advice, ...]:
    """Return what a reader should look at, in the order of execution; what is said of several calls is said once."""
    wiring = Wiring(report)
    found: dict[tuple[str, str], Advice] = {}
    for rule in _RULES:
        for advice in rule(wiring):
            key = (advice.rule, advice.fix)
            first = found.setdefault(key, advice)
            if first is not advice:
                found[key] = Advice(
                    first.rule, first.call, first.what, first.why, first.fix, (*first.also, advice.call)
                )
    return tuple(sorted(found.values(), key=lambda advice: advice.call))


def dropped_pixels(wiring: Wiring) -> Iterator[Advice]:
    """Warn of real pixels at the lower and right edge that no window reaches (Dumoulin and Visin, 1603.07285, 2.4)."""
    for call in wiring.leaves:
        windows = windows_of(call)
        if call.settings.get("ceil_mode") or any(w.kernel < w.stride for w in windows):
            continue  # a kernel smaller than its stride skips pixels everywhere, which is meant
        lost = [max(0, (w.size + 2 * w.padding - w.reach) % w.stride - w.padding) for w in windows]
        sizes = tuple(w.size for w in windows)
        edge = "row or column" if max(lost, default=0) == 1 else f"{max(lost, default=0)} rows or columns"
        if any(lost):
            yield Advice(
                "pixels dropped",
                call.index,
                f"{_name(call)} never sees the last {edge} of its {times(sizes)} maps.",
                "The kernel's steps do not come out even, so the edge of the map is cut off.",
                "Add padding, use ceil_mode in a pooling layer, or choose an input size that divides.",
            )


def bias_before_norm(wiring: Wiring) -> Iterator[Advice]:
    """Warn of biases that BatchNorm subtracts again (Ioffe and Szegedy, arXiv:1502.03167, section 3.2)."""
    for call in wiring.leaves:
        readers = wiring.readers(call)
        normed = readers and all(_is(Role.BATCH_NORM, reader) for reader in readers)
        if _is_weight_layer(call) and call.settings.get("bias") is True and normed:
            yield Advice(
                "bias before BatchNorm",
                call.index,
                f"{_name(call)} has a bias, and BatchNorm follows.",
                "BatchNorm subtracts the mean, and the bias with it; its own shift does the bias's work.",
                "Set bias=False.",
            )


def dominating_layer(wiring: Wiring) -> Iterator[Advice]:
    """Warn of one fully connected layer that holds most of a convolutional network (Lin et al., 1312.4400, 3.2)."""
    whole = wiring.report.totals.params
    convolutional = any(_convolves(call) for call in wiring.leaves)
    for call in wiring.leaves:
        if kind_of_call(call).reads is Reads.ALL and convolutional and call.own_params >= max(_MANY, _MOST * whole):
            yield Advice(
                "one layer holds most parameters",
                call.index,
                f"{_name(call)} holds {units.short(call.own_params)} of {units.short(whole)} parameters.",
                "It reads every pixel of every map with a weight of its own: large, and easy to overfit.",
                "Average each map first (nn.AdaptiveAvgPool2d(1)), or pool the maps smaller before flattening.",
            )


def decided_by_data(wiring: Wiring) -> Iterator[Advice]:
    """Say that the report shows one way through a network that chooses by its numbers."""
    parts = [part.path for part in wiring.report.never_ran]
    idle = f" {', '.join(parts[:5])}{' …' if len(parts) > 5 else ''} took no part in it." if parts else ""
    for index in wiring.report.decided_by_data:
        yield Advice(
            "numbers decide what runs",
            index,
            f"The numbers in {_name(wiring.report.calls[index])} decide what runs, or how large it is.",
            "What stands here is what one input ran, drawn where none was given, with these weights, on this device;"
            f" others may run more or less.{idle}",
            "In Python, cnnviz.inspect(model, inputs=(tensor, …)) shows what yours runs with the weights of model.",
        )


def never_ran(wiring: Wiring) -> Iterator[Advice]:
    """Warn of modules whose parameters the forward pass did not touch, unless other numbers might run them."""
    one_way = wiring.report.error is not None or wiring.report.decided_by_data
    for part in () if one_way else wiring.report.never_ran:
        inside = wiring.report.find(part.path.rpartition(".")[0]) or wiring.report.calls[0]
        lazy = wiring.report.unsized_below(part.path)
        held = "of no size until it runs" if lazy else f"{units.short(part.params)} parameters"
        yield Advice(
            "part that never ran",
            inside.index,
            f"{part.path} ({part.kind}, {held}) took no part in the forward pass.",
            "Its parameters are stored, and get no gradient in this mode. Auxiliary heads run in training only.",
            f"Call {part.path} in forward, or remove it.",
        )


def unregistered(wiring: Wiring) -> Iterator[Advice]:
    """Warn of modules and parameters that PyTorch does not know of."""
    holders: dict[tuple[str, str], list[Part]] = {}
    for part in wiring.report.unregistered:
        kind = "Parameter" if part.kind == "Parameter" else "Module"
        holders.setdefault((part.path.rpartition(".")[0], kind), []).append(part)
    for (holder, kind), parts in holders.items():
        first = (wiring.report.find(parts[0].path) if holder else None) or wiring.report.calls[0]
        names, count, params = (
            ", ".join(part.path for part in parts),
            len(parts),
            units.short(sum(part.params for part in parts)),
        )
        yield Advice(
            "modules in a plain list",
            first.index,
            f"{holder} is no nn.Module and holds {count} nn.{kind}{'s' * (count > 1)} with {params} parameters."
            if holder
            else f"The network reads {params} parameters of {names}, which none of its modules holds.",
            "PyTorch does not see them there: no optimizer trains them, and they are neither saved nor moved to a GPU.",
            f"Make {holder} an nn.{kind}List or nn.{kind}Dict." if holder else f"Make {names} attributes of a module.",
        )


def uneven_transposed(wiring: Wiring) -> Iterator[Advice]:
    """Warn of checkerboards (Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", 2016)."""
    for call in wiring.leaves:
        kind = kind_of_call(call)
        kernel, stride = (along_axes(call.settings.get(name), kind.rank) or () for name in ("kernel_size", "stride"))
        if kind.reads is Reads.TRANSPOSED and any(k % s for k, s in zip(kernel, stride, strict=False)):
            yield Advice(
                "uneven transposed convolution",
                call.index,
                f"{_name(call)} has kernel {times(kernel)} and stride {times(stride)}.",
                "The kernel is no multiple of the stride: some outputs get more terms than others, a checkerboard.",
                "Choose a kernel that is a multiple of the stride, or resize and convolve.",
            )


def missing_nonlinearity(wiring: Wiring) -> Iterator[Advice]:
    """Warn of two weight layers that together are one linear map, unless they are a factorisation of it."""
    for call in wiring.leaves:
        if not _is_weight_layer(call):
            continue
        for source in wiring.before(call):
            if _is_weight_layer(source):
                if not _is_factorisation(source, call):
                    yield Advice(
                        "no activation between layers",
                        call.index,
                        f"Nothing but linear work lies between {_name(source)} and {_name(call)}.",
                        "Two linear layers in a row can do no more than one.",
                        "Put an activation such as ReLU between them, or merge them.",
                    )
                break
            if not _is(Role.LINEAR, source):
                break


def map_below_kernel(wiring: Wiring) -> Iterator[Advice]:
    """Warn of kernels that are larger than the map and see padding in every place."""
    for call in wiring.leaves:
        if _convolves(call) and any(w.reach > w.size for w in windows_of(call)):
            reach, size = (tuple(getattr(w, name) for w in windows_of(call)) for name in ("reach", "size"))
            yield Advice(
                "kernel larger than its map",
                call.index,
                f"{_name(call)} lays a {times(reach)} kernel on a {times(size)} map.",
                "Part of the kernel always lies on padding and can learn nothing.",
                "Use a larger input, fewer strides before it, or a smaller kernel.",
            )


def final_softmax(wiring: Wiring) -> Iterator[Advice]:
    """Warn of a softmax at the end, which cross entropy applies once more."""
    last = wiring.leaves[-1] if wiring.leaves and wiring.report.error is None else None
    if last is not None and _is(Role.SOFTMAX, last):
        yield Advice(
            "softmax before the loss",
            last.index,
            f"The network ends with {_name(last)}.",
            "nn.CrossEntropyLoss applies softmax itself; twice, it flattens the gradients and training crawls.",
            "Return the logits, and apply softmax only to show probabilities.",
        )


def dropout_before_norm(wiring: Wiring) -> Iterator[Advice]:
    """Warn of variance shift (Li et al., arXiv:1801.05134): dropout's scale differs between training and testing."""
    for call in wiring.leaves:
        for source in wiring.before(call) if _is(Role.BATCH_NORM, call) else ():
            if _is(Role.DROPOUT, source) and source.settings.get("p") != 0:
                yield Advice(
                    "dropout before BatchNorm",
                    source.index,
                    f"{_name(source)} stands before {_name(call)}.",
                    "Dropout changes the variance in training only, so BatchNorm's statistics are wrong in testing.",
                    "Put dropout behind the last BatchNorm.",
                )
                break
            if _is(Role.NORM, source):
                break


_RULES: tuple[Callable[[Wiring], Iterable[Advice]], ...] = (
    dropped_pixels,
    bias_before_norm,
    dominating_layer,
    decided_by_data,
    never_ran,
    unregistered,
    uneven_transposed,
    missing_nonlinearity,
    map_below_kernel,
    final_softmax,
    dropout_before_norm,
)


def _is(role: Role, call: Call) -> bool:
    return role in kind_of_call(call).role


def _is_weight_layer(call: Call) -> bool:
    """A function's weights may come from anywhere: of those nothing is said."""
    return call.module and _is(Role.WEIGHTS, call)


def _convolves(call: Call) -> bool:
    return kind_of_call(call).reads is Reads.CONVOLUTION


def _is_factorisation(first: Call, second: Call) -> bool:
    """True where one linear map was split on purpose: depthwise and pointwise, or through fewer channels."""
    if any(call.settings.get("groups", 1) != 1 for call in (first, second)):
        return True
    narrow, before, after = _width(first, "out"), _width(first, "in"), _width(second, "out")
    kernels = [call.settings.get("kernel_size") for call in (first, second)]
    separable = any(isinstance(each, tuple) and len(each) == 2 and 1 in each and each != (1, 1) for each in kernels)
    projected = first.settings.get("kernel_size") == (1, 1) and narrow <= before and narrow < after
    return separable or projected or narrow < min(before, after)


def _width(call: Call, side: str) -> int:
    settings: Mapping[str, SettingValue] = call.settings
    value = settings.get(f"{side}_channels", settings.get(f"{side}_features", 0))
    return value if isinstance(value, int) else 0


def _name(call: Call) -> str:
    return f"{call.path} ({call.kind})" if call.path else call.kind
