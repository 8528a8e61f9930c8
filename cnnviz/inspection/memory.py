"""How much memory a network needs: weights, a forward pass, and training at a batch size. No torch here.

Training holds, in bytes, for P parameters of which T are trained, with float32 throughout:

    weights           4 · (P + buffers)
    gradients         4 · T
    optimizer state   4 · T · (what the optimizer keeps of each: 0 for SGD, 1 with momentum, 2 for Adam's moments)
    saved activations batch · (every output that some layer's derivative needs), each once

A convolution, a linear layer, normalisation and pooling need what they were given; ReLU, sigmoid, tanh and softmax
need what they made; ``+`` and ``torch.cat`` need neither. What a kind of layer needs stands on its row in ``kinds``,
as autograd keeps it on a CPU. Of one on no row, and of recurrent layers, nobody can say: they are counted with what
they need at least, and named in ``at_least_for``. Not in it: the gradient that travels backwards, at its widest
about the two largest outputs, the workspace of the libraries, and the device's own context.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from cnnviz.inspection.call import Call
from cnnviz.inspection.frozen_modules import learning_paths, trainable_params
from cnnviz.inspection.kinds.kind import UNKNOWN, Keeps
from cnnviz.inspection.kinds.table import kind_of_call
from cnnviz.inspection.report import Report

_FLOAT = 4  # bytes


@dataclass(frozen=True, slots=True)
class TrainingMemory:
    """What one step of training holds, in bytes."""

    weights: int  # buffers included
    gradients: int
    optimizer_state: int
    activations: int  # saved for the backward pass, for the whole batch
    at_least_for: tuple[str, ...] = ()  # kinds of layers and functions that may keep more than is counted

    @property
    def total(self) -> int:
        """The sum of the parts."""
        return self.weights + self.gradients + self.optimizer_state + self.activations


def weight_bytes(report: Report) -> int:
    """Return the bytes of parameters and buffers."""
    return _FLOAT * (report.totals.params + report.totals.buffers)


def forward_bytes(report: Report) -> int:
    """Return the most that a forward pass without gradients holds at once, weights left out, in bytes.

    An output is held from the call that makes it to the last call that reads it.
    """
    owners = _owners(report, training=False)
    last_use = {owner: owner for owner in owners}
    for call in report.calls:
        for source in call.inputs_from:
            last_use[owners[source]] = max(last_use[owners[source]], call.index)
    releases: dict[int, int] = {}
    for call in report.calls:
        if call.activation_bytes:
            end = last_use[owners[call.index]]
            releases[end] = releases.get(end, 0) + call.activation_bytes
    held = most = sum(_FLOAT * prod(shape) for shape in report.input_shapes)
    for call in report.calls:
        held += call.activation_bytes
        most = max(most, held)
        held -= releases.get(call.index, 0)
    return most


def training_memory(report: Report, batch: int, moments: int, frozen: Sequence[str] = ()) -> TrainingMemory:
    """Return what training at ``batch`` pictures holds; the module's docstring has the formula.

    Args:
        moments: numbers that the optimizer keeps for each trained parameter.
        frozen: modules that keep their weights.
    """
    learning = next(iter(trainable_params(report, frozen)), None) if frozen else None
    trained = _FLOAT * (report.totals.trainable_params if learning is None else learning)
    probed = report.input_shapes[0][0] if report.input_shapes and report.input_shapes[0] else 1
    return TrainingMemory(
        weights=weight_bytes(report),
        gradients=trained,
        optimizer_state=moments * trained,
        activations=_saved_bytes(report, frozen) * batch // max(probed, 1),
        at_least_for=tuple(dict.fromkeys(call.kind for call in _leaves(report) if _is_unknown(call))),
    )


def _saved_bytes(report: Report, frozen: Sequence[str]) -> int:
    owners, followed = _owners(report, training=True), _followed(report, frozen)
    kept: set[int] = set()
    beside = 0
    reads_input = False
    for call in _leaves(report):
        if not followed[call.index]:
            continue
        beside += _beside(call)
        if _keeps_input(call):
            kept.update(owners[source] for source in call.inputs_from)
            reads_input |= call.reads_input
        if _keeps(call) in (Keeps.OUTPUT, Keeps.BOTH):
            kept.add(owners[call.index])
    own = sum(_held(report.calls[owner]) for owner in kept)
    return own + beside + reads_input * sum(_FLOAT * prod(shape) for shape in report.input_shapes)


def _followed(report: Report, frozen: Sequence[str]) -> list[bool]:
    """Return which calls have a derivative: none does before the first layer that learns, and keeps nothing for it."""
    followed: list[bool] = []
    learning = learning_paths(report, frozen)
    for call in report.calls:
        holder = call if call.module or call.parent is None else report.calls[call.parent]  # of a function's weights
        learns = not frozen or holder.path in learning
        followed.append(learns or any(followed[source] for source in call.inputs_from))
    return followed


def _leaves(report: Report) -> list[Call]:
    """Return the calls that made something themselves."""
    containers = {call.parent for call in report.calls}
    return [call for call in report.calls if call.index not in containers and call.output_shapes]


def _is_unknown(call: Call) -> bool:
    return _keeps(call) is Keeps.UNKNOWN and not _hands_on(call)


def _hands_on(call: Call) -> bool:
    """True for a module of the user's that calls nothing and makes nothing: it returns what it was given."""
    return call.module and not call.activation_bytes and kind_of_call(call) is UNKNOWN


def _owners(report: Report, training: bool) -> list[int]:
    """Return, for each call, the call whose memory its output lies in: a view and work in place make none.

    Args:
        report: of a run.
        training: of a run that drops what its dropouts say, whatever the one reported did.
    """
    owners: list[int] = []
    for call in report.calls:
        makes_none = not call.activation_bytes
        if training and _keeps(call) is Keeps.MASK:
            makes_none = not _drops(call)
        alias = makes_none and call.inputs_from
        owners.append(owners[call.inputs_from[0]] if alias else call.index)
    return owners


def _keeps(call: Call) -> Keeps:
    return kind_of_call(call).kept_by(call)


def _keeps_input(call: Call) -> bool:
    keeps = _keeps(call)
    if keeps is Keeps.INPUT_OR_COPY:
        return call.activation_bytes > 0
    return keeps in (Keeps.INPUT, Keeps.BOTH) or _is_unknown(call)


def _held(call: Call) -> int:
    return _FLOAT * prod(call.output_shapes[0]) if _drops(call) else call.activation_bytes


def _beside(call: Call) -> int:
    """What a layer keeps besides its input or output."""
    keeps = _keeps(call)
    if keeps is Keeps.INPUT_OR_COPY and not call.activation_bytes:
        return _FLOAT * prod(call.output_shapes[0])
    return 0 if keeps is Keeps.MASK and not _drops(call) else kind_of_call(call).kept_beside(call)


def _drops(call: Call) -> bool:
    """In training a dropout makes an output of its own; the report was made in evaluation, where it makes none."""
    return _keeps(call) is Keeps.MASK and call.settings.get("p") != 0
