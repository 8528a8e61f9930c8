"""Which tensor of saved weights belongs where in a network, whatever was put before its name when it was saved."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from cnnviz.runs.weights_file import SavedWeights

if TYPE_CHECKING:
    from torch import Tensor

# What wrappers put into names: DataParallel, DDP and AveragedModel; torch.compile; FSDP; activation checkpointing.
_WRAPPERS = {"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
# Names of another day: torchvision's own renamings (densenet._load_state_dict, vision_transformer.MLPBlock), and
# weight_norm and spectral_norm as parametrisations (torch.nn.utils.parametrizations), which are those before them.
_RENAMED = (
    (re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)$"), r"\1\2"),
    (re.compile(r"^(.*\.mlp)\.linear_1\.(.*)$"), r"\1.0.\2"),
    (re.compile(r"^(.*\.mlp)\.linear_2\.(.*)$"), r"\1.3.\2"),
    (re.compile(r"^(.*?)parametrizations\.(\w+)\.original0$"), r"\1\2_g"),
    (re.compile(r"^(.*?)parametrizations\.(\w+)\.original1$"), r"\1\2_v"),
    (re.compile(r"^(.*?)parametrizations\.(\w+)\.original$"), r"\1\2_orig"),
    (re.compile(r"^(.*?)parametrizations\.(\w+)\.0\._([uv])$"), r"\1\2_\3"),
)
# What counters and averages leave beside weights: AveragedModel, thop, EMA classes.
_BOOKKEEPING = {"n_averaged", "total_ops", "total_params", "num_updates", "decay", "initted", "step", "_extra_state"}
_UNUSED = "num_batches_tracked"  # in eval mode, and absent in old files
_AVERAGES = re.compile(r"ema|avg|averag|swa|shadow|teacher|target|best|encoder_k", re.IGNORECASE)
_OPTIMIZERS = re.compile(r"optim|momentum|exp_avg|grad", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fit:
    """How saved weights and a network go together. Names are the network's, but for what it has not."""

    tensors: Mapping[str, Tensor]  # those that can be used
    missing: tuple[str, ...]
    of_other_shape: Mapping[str, Tensor]
    of_other_kind: Mapping[str, Tensor]  # whole numbers for fractions, or complex ones
    torn: tuple[tuple[str, str], ...]  # one tensor of the network, under two names, that is two in the file
    extra: tuple[str, ...]  # in the file, of layers that this network has not
    ignored: tuple[str, ...]  # in the file, and no part of the network, nor of a copy of it
    others: tuple[str, ...]  # what other copies of the network in the file have before their names

    @property
    def is_whole(self) -> bool:
        """All of the network is there, and nothing else."""
        return not (self.missing or self.of_other_shape or self.of_other_kind or self.torn or self.extra)

    @property
    def is_known(self) -> bool:
        """A name of the network is in the file, whatever it holds."""
        return bool(self.tensors or self.of_other_shape or self.of_other_kind)

    @property
    def is_partial(self) -> bool:
        """A layer's weights are there; that of biases alone some have the right length would mean nothing."""
        return any(tensor.dim() > 1 for tensor in self.tensors.values())


def todays_name(name: str) -> str:
    """Return the name that a tensor has today, of one that published files know by the name of their day."""
    for pattern, replacement in _RENAMED:
        name = pattern.sub(replacement, name)
    return name


def fit(expected: Mapping[str, Tensor], saved: SavedWeights, buffers: Collection[str] = ()) -> Fit:
    """Return where each tensor of ``saved`` belongs among those of a network's ``state_dict``.

    The names of a network stand in a file behind whatever kept it: a wrapper, a LightningModule's attribute, a key of
    a checkpoint. The prefix behind which most of the network is found is taken off; the wrappers' own names anywhere.

    Args:
        expected: the network's ``state_dict``.
        saved: the file.
        buffers: names of all its buffers; older files hold those too that the network now makes itself.
    """
    views = [_View(expected, saved.tensors, ours, theirs) for ours, theirs in _ways(expected)]
    best = max(views, key=lambda view: view.score)  # of equals the first: the names as they are
    return best.fit(saved, buffers)


def _ways(expected: Mapping[str, Tensor]) -> Iterable[tuple[Callable[[str], str], Callable[[str], str]]]:
    """Return how the names of a network and of a file may be brought together, the plainest first."""

    def without_root(name: str) -> str:
        return _plain(name).removeprefix(root)

    roots = {_plain(name).partition(".")[0] for name in expected}
    root = f"{roots.pop()}." if len(roots) == 1 else ""
    yield str, str
    yield _plain, _plain
    if root:
        yield without_root, _plain


@lru_cache(1 << 16)
def _plain(name: str) -> str:
    return todays_name(".".join(part for part in name.split(".") if part not in _WRAPPERS))


class _View:
    """A network and a file, both by names that were made alike."""

    def __init__(
        self,
        expected: Mapping[str, Tensor],
        given: Mapping[str, Tensor],
        ours: Callable[[str], str],
        theirs: Callable[[str], str],
    ) -> None:
        self._expected, self._given = expected, given
        self._ours = {ours(name): name for name in expected}
        self._theirs: dict[str, str] = {}
        for name in given:
            self._theirs.setdefault(theirs(name), name)
        self._prefixes = self._counted() if len(self._ours) == len(expected) else {}

    @property
    def score(self) -> tuple[int, int]:
        """How many tensors are found in their shape, and how many at all."""
        return max(self._prefixes.values(), default=(0, 0))

    def fit(self, saved: SavedWeights, buffers: Collection[str]) -> Fit:
        taken = min((prefix for prefix, score in self._prefixes.items() if score == self.score), key=_rank, default="")
        found = {
            name: self._theirs[taken + plain] for plain, name in self._ours.items() if taken + plain in self._theirs
        }
        others = self._other_copies(taken)
        within = [
            theirs
            for plain, theirs in self._theirs.items()
            if plain.startswith(taken) and not any(len(each) > len(taken) and plain.startswith(each) for each in others)
        ]
        own = {self._theirs.get(taken + _plain(name)) for name in buffers}
        left = (name for name in _extra(within, set(found.values()), saved) if name not in own)
        extra = tuple(name for name in left if not self._is_average(name))
        copied = {self._theirs.get(prefix + plain) for prefix in others for plain in self._ours}
        outside = set(self._given) - set(found.values()) - set(extra) - copied
        return _sorted_out(
            self._expected, self._given, found, extra, tuple(n for n in self._given if n in outside), others
        )

    def _other_copies(self, taken: str) -> tuple[str, ...]:
        """Return the other prefixes behind which the network is found, most of it at least."""
        enough = max(1, self.score[0] / 2)
        found = (prefix for prefix, (in_shape, _) in self._prefixes.items() if in_shape >= enough and prefix != taken)
        return tuple(sorted(found, key=_rank))

    def _is_average(self, name: str) -> bool:
        """True for a copy of a tensor under its name in one word, as EMA hooks keep them: ``ema_conv1_weight``."""
        if not _AVERAGES.search(name):
            return False
        word = _squeezed(name)
        for at in range(1, len(word)):
            ours = self._words.get(word[at:])
            if ours is not None and _AVERAGES.search(word[:at]):
                return _same_shape(self._expected[ours], self._given[name])
        return False

    @cached_property
    def _words(self) -> dict[str, str]:
        return {_squeezed(plain): name for plain, name in self._ours.items()}

    def _counted(self) -> dict[str, tuple[int, int]]:
        """Return how many tensors are found in their shape, and how many at all, behind each prefix."""
        in_shape, at_all = Counter[str](), Counter[str]()
        for plain, theirs in self._theirs.items():
            for at in (0, *(dot.end() for dot in re.finditer(r"\.", plain))):
                if (ours := self._ours.get(plain[at:])) is not None:
                    at_all[plain[:at]] += 1
                    in_shape[plain[:at]] += _same_shape(self._expected[ours], self._given[theirs])
        return {prefix: (in_shape[prefix], count) for prefix, count in at_all.items()}


def _squeezed(name: str) -> str:
    return re.sub(r"[._]", "", name)


def _rank(prefix: str) -> tuple[bool, bool, int]:
    """Of several copies of a network: first the one that was trained, then averages of it, last an optimizer's."""
    return bool(_OPTIMIZERS.search(prefix)), bool(_AVERAGES.search(prefix)), prefix.count(".")


def _extra(names: Iterable[str], used: set[str], saved: SavedWeights) -> tuple[str, ...]:
    """Return what belongs to layers that the network has not.

    To none belong counters, whole numbers, and what stands in a dictionary of its own of which nothing was used.
    """
    homes = {saved.dictionaries.get(name, "") for name in used}
    left = (name for name in names if name not in used and saved.dictionaries.get(name, "") in homes)
    return tuple(name for name in left if not _is_bookkeeping(name, saved.tensors[name]))


def _sorted_out(
    expected: Mapping[str, Tensor],
    given: Mapping[str, Tensor],
    found: Mapping[str, str],
    extra: tuple[str, ...],
    ignored: tuple[str, ...],
    others: tuple[str, ...],
) -> Fit:
    """Return what of ``found``, the file's names by the network's, can be used, and what is wrong with the rest."""
    doubles = _doubles(expected)
    shaped = {name: given[theirs] for name, theirs in found.items() if _same_shape(expected[name], given[theirs])}
    fitting = {name: tensor for name, tensor in shaped.items() if _same_kind(expected[name], tensor)}
    needed = [name for name in expected if not name.endswith(_UNUSED)]
    return Fit(
        tensors=fitting,
        missing=tuple(name for name in needed if name not in found and not doubles[name] & found.keys()),
        of_other_shape={name: given[found[name]] for name in needed if name in found and name not in shaped},
        of_other_kind={name: shaped[name] for name in needed if name in shaped and name not in fitting},
        torn=_torn(doubles, fitting),
        extra=extra,
        ignored=ignored,
        others=others,
    )


def _is_bookkeeping(name: str, tensor: Tensor) -> bool:
    return name.rpartition(".")[2] in _BOOKKEEPING or not (tensor.is_floating_point() or tensor.is_complex())


def _same_shape(ours: Tensor, theirs: Tensor) -> bool:
    from torch.nn.parameter import is_lazy

    return is_lazy(ours) or ours.shape == theirs.shape or ours.numel() == theirs.numel() == 1


def _same_kind(ours: Tensor, theirs: Tensor) -> bool:
    """Fractions for fractions, of whatever precision; whole numbers may have been saved as fractions."""
    if theirs.is_complex() or ours.is_complex():
        return theirs.is_complex() and ours.is_complex()
    if ours.is_floating_point() or not theirs.is_floating_point():
        return theirs.is_floating_point() == ours.is_floating_point()
    return bool((theirs.isfinite() & (theirs == theirs.round())).all())


def _doubles(expected: Mapping[str, Tensor]) -> dict[str, set[str]]:
    """Return for each name those under which the network holds the very same tensor."""
    from torch.nn.parameter import is_lazy

    same: dict[object, set[str]] = {}
    places: dict[str, object] = {}
    for name, tensor in expected.items():
        is_real = not is_lazy(tensor) and tensor.numel() > 0
        places[name] = (tensor.data_ptr(), tensor.shape, tensor.stride()) if is_real else name
        same.setdefault(places[name], set()).add(name)
    return {name: same[place] - {name} for name, place in places.items()}


def _torn(doubles: Mapping[str, set[str]], tensors: Mapping[str, Tensor]) -> tuple[tuple[str, str], ...]:
    import torch

    pairs = ((name, other) for name in tensors for other in sorted(doubles[name]) if name < other and other in tensors)
    return tuple(pair for pair in pairs if not torch.equal(tensors[pair[0]], tensors[pair[1]]))
