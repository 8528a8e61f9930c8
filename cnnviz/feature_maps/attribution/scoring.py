"""A network's score for a class, with its gradient, or of many changed pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.autograd.graph import get_gradient_edge

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.subject import Subject
from cnnviz.inspection.call import Call, Identity
from cnnviz.inspection.examples import showing
from cnnviz.inspection.kinds.kind import Role
from cnnviz.inspection.kinds.table import kind_of_call
from cnnviz.inspection.tracing.one_run import watch
from cnnviz.inspection.tracing.values import tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt
    from torch.autograd.graph import GradientEdge


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What came of a run that can be differentiated."""

    scores: Tensor  # (classes,): before a last softmax; of maps, their mean
    logits: Tensor  # (classes,), detached: the same
    shares: Tensor  # (classes,): probabilities, their mean over the maps
    picture: Tensor  # (1, C, H, W), what the network was given; a leaf
    maps: Tensor | None  # what the watched call returned, detached
    edge: GradientEdge | None  # where its gradient arrives

    def gradient(self, class_index: int, of_maps: bool) -> Tensor:
        """Return ∂ score / ∂ maps, or ∂ picture; zeros where the score does not depend on it."""
        wanted: Any = self.edge if of_maps else self.picture
        (found,) = torch.autograd.grad(self.scores[class_index], [wanted], retain_graph=True, allow_unused=True)
        like = self.maps if of_maps and self.maps is not None else self.picture
        return torch.zeros_like(like) if found is None else found.detach()


def scored(subject: Subject, call: Call | None = None, go_on: Callable[[], None] | None = None) -> Scored:
    """Run the network once, recording gradients, and keep what ``call`` returned.

    Raises:
        CnnvizError: it fails, returns no scores, or does not reach the call.
    """
    example = subject.example
    leaf = torch.from_numpy(subject.pixels).to(_like(example.args)).requires_grad_()
    watcher = _Watcher(None if call is None else call.identity, _last_softmax(subject), go_on)
    with torch.enable_grad():
        given = showing(example, leaf.clone())  # a first layer may write in place, which a leaf forbids
    try:
        output = watch(subject.model, given, watcher.finished, watcher.begun, differentiate=True)
    except CnnvizError:
        raise
    except Exception as error:  # whatever a network's forward pass may raise
        text = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CnnvizError(f"The network fails on this picture: {text}", "The Layers page shows where.") from error
    if call is not None and watcher.edge is None:
        raise CnnvizError(f"{call.path or 'The network'} ({call.kind}) has no gradient here.", "Choose another layer.")
    answer = output if watcher.before_softmax is None else watcher.before_softmax
    scores = _scores(answer)
    return Scored(scores, scores.detach(), shares(answer), leaf, watcher.maps, watcher.edge)


def answer_of(subject: Subject, picture: Tensor) -> object:
    """Return what the network answers, before a last softmax, for another picture, (1, C, H, W), without gradients."""
    watcher = _Watcher(None, _last_softmax(subject), None)
    output = watch(subject.model, showing(subject.example, picture), watcher.finished, watcher.begun)
    return output if watcher.before_softmax is None else watcher.before_softmax


def scores_in(answer: object) -> Tensor:
    """Return the score of each class, (classes,), without gradients: of maps of scores, the mean over their pixels."""
    return _scores(answer).detach()


def shares(answer: object) -> Tensor:
    """Return the probability of each class, (classes,): of maps of scores, the mean over their pixels."""
    first = _classified(answer).detach().float()
    return first.softmax(1)[0].reshape(first.shape[1], -1).mean(1)


def shares_among(outputs: Mapping[Identity, tuple[Tensor, ...]], subject: Subject) -> npt.NDArray[np.float32] | None:
    """Return the probability of each class, (classes,), by what the network's calls returned.

    None: it returns no scores of classes, or was ended before it did.
    """
    softmax = _last_softmax(subject)
    found = outputs.get(subject.report.calls[0].identity if softmax is None else softmax)
    try:
        if found is None:
            return None
        first = _classified(found).float()
        alike = first if softmax is not None else first.softmax(1)
        return alike[0].reshape(first.shape[1], -1).mean(1).cpu().numpy()
    except CnnvizError:
        return None


def _like(args: tuple[Any, ...]) -> Tensor:
    return next(iter(tensors(args)), torch.empty(0))


def _last_softmax(subject: Subject) -> Identity | None:
    """Return the call that turns scores into shares at the end: its input is what counts (Grad-CAM, section 3)."""
    made = [subject.report.calls[at] for at in subject.report.outputs_from]
    if len(made) == 1 and Role.SOFTMAX in kind_of_call(made[0]).role:
        return made[0].identity
    return None


def _scores(output: object) -> Tensor:
    first = _classified(output)
    with torch.set_grad_enabled(first.requires_grad):
        return first[0].reshape(first.shape[1], -1).mean(1)


def _classified(output: object) -> Tensor:
    """Return the answer, (N, classes), or one for each pixel, (N, classes, H, W); nobody knows what else is."""
    first = next(iter(tensors(output)), None)
    if first is None or first.dim() not in (2, 4) or not first.is_floating_point():
        raise CnnvizError("This network returns no scores of classes.", "Choose a network that classifies.")
    return first


class _Watcher:
    def __init__(self, wanted: Identity | None, softmax: Identity | None, go_on: Callable[[], None] | None) -> None:
        self._wanted, self._softmax, self._go_on = wanted, softmax, go_on
        self.maps: Tensor | None = None
        self.edge: GradientEdge | None = None
        self.before_softmax: Tensor | None = None

    def begun(self, call: Identity, _run: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        if call == self._softmax:
            self.before_softmax = next(iter(tensors((args, dict(kwargs)))), None)

    def finished(self, call: Identity, output: object) -> None:
        if self._go_on is not None:
            self._go_on()
        if call != self._wanted:
            return
        first = next(iter(tensors(output)), None)
        if first is not None and first.requires_grad:
            self.maps, self.edge = first.detach().clone(), get_gradient_edge(first)
