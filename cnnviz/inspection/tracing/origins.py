"""Which call made which tensor, and which tensors appeared without anybody having seen them made."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from cnnviz.inspection.tracing.contents import Contents
from cnnviz.inspection.tracing.draft import Draft
from cnnviz.inspection.tracing.values import storage_of
from cnnviz.inspection.tracing.within_reach import kept_by_torch, within_reach

_INPUT, _BEFORE, _CONSTANT, _UNSEEN, _DRAWN, _SAVED = -1, -2, -3, -4, -5, -6  # whence it comes, if no call made it
_THERE = (_BEFORE, _SAVED)
_NO_DATA = (*_THERE, _CONSTANT, _DRAWN)


class Sources(NamedTuple):
    """Where the tensors that a call reads come from."""

    tensors: list[Tensor]  # without those that were there before, or were made of nothing
    calls: tuple[int, ...]  # each once, in the order in which they are read
    later_outputs: tuple[tuple[int, int], ...]  # (call, number of its output) of calls that are read past the first
    reads_input: bool
    reads_unseen: bool
    reads_written: bool  # one into which a part of another was written, by no call


class Origins:
    """Remembers for each tensor of a run the call that made it.

    A tensor that was not there before, and that nobody saw made, was made where nobody watches: in another thread, in
    compiled code.

    Args:
        before: the tensors that were there before the run; None: unknown, everything strange is taken for one of them,
            and ``doubtful`` says so.
    """

    def __init__(self, before: Iterable[weakref.ref[Tensor]] | None = None) -> None:
        self.doubtful = False
        self._before_is_known = before is not None
        self._makers: dict[int, tuple[weakref.ref[Tensor], int, int]] = {}
        self.strangers: dict[int, nn.Parameter] = {}
        self._held: set[int] = set()
        self._written: dict[int, weakref.ref[Tensor]] = {}
        self.contents = Contents()
        for each in before or ():
            tensor = each()
            if tensor is not None:
                self._makers[id(tensor)] = (each, _SAVED if isinstance(tensor, nn.Parameter) else _BEFORE, 0)
                self.contents.saw([tensor])

    def made(self, tensors: Iterable[Tensor], call: int) -> None:
        """These are the outputs of a call."""
        for number, tensor in enumerate(tensors):
            self._makers[id(tensor)] = (weakref.ref(tensor), call, number)

    def given(self, tensors: Sequence[Tensor]) -> None:
        """These are the network's own inputs."""
        self.contents.saw(tensors)
        self.made(tensors, _INPUT)

    def held_by(self, modules: Sequence[nn.Module]) -> None:
        """These modules of the network hold their buffers and parameters."""
        for module in modules:
            for name, each in module._buffers.items():
                if each is not None:
                    passing = name in module._non_persistent_buffers_set
                    self.there([each], _BEFORE if passing else _SAVED)
            held: list[Any] = list(module._parameters.values())
            self.there([each for each in held if type(each) is Tensor], _SAVED)  # TorchScript's
        self._held.update([id(each) for module in modules for each in module._parameters.values()])

    def reads(self, values: Iterable[object]) -> None:
        """A function is given these: parameters that no module of the network holds are strangers."""
        for each in values:
            if type(each) is nn.Parameter and id(each) not in self._held and not self._is_new(each):
                self.strangers[id(each)] = each

    def _is_new(self, parameter: nn.Parameter) -> bool:
        """True for one of a layer that was made in this run: its memory was."""
        return self._known(parameter) is None and self.contents.knows(parameter)

    def _known(self, tensor: Tensor) -> tuple[weakref.ref[Tensor], int, int] | None:
        """Return what is noted of a tensor, and not of one that is gone and had its address."""
        known = self._makers.get(id(tensor))
        return known if known is not None and known[0]() is tensor else None

    def there(self, tensors: Sequence[Tensor], whence: int = _BEFORE) -> None:
        """These were there before."""
        self.contents.saw(tensors)
        self.made(tensors, whence)

    def seen(self, tensors: Iterable[Tensor]) -> None:
        """These were made in this run, of nothing unless it is known already from what."""
        for tensor in tensors:
            if self._known(tensor) is None:
                self._makers[id(tensor)] = (weakref.ref(tensor), _CONSTANT, 0)

    def unseen(self, tensors: Iterable[Tensor]) -> None:
        """These were made where nobody watches."""
        self.made(tensors, _UNSEEN)

    def also_unseen(self, copies: Iterable[Tensor], of: Iterable[Tensor]) -> None:
        """These are copies, unseen where what they were made of is."""
        if self.sources(of).reads_unseen:
            self.unseen(copies)

    def drawn(self, tensors: Iterable[Tensor]) -> None:
        """These were drawn at random, or made of what was."""
        self.made(tensors, _DRAWN)

    def made_of(self, made: Sequence[Tensor], read: Sequence[Tensor]) -> None:
        """These were made of no data, but of what was ``read``."""
        if any(map(self.is_drawn, read)):
            self.drawn(made)
        elif any(map(self.is_saved, read)):
            self.made(made, _SAVED)
        else:
            self.seen(made)

    def is_saved(self, tensor: Tensor) -> bool:
        """True for what is saved with the network, weights and counters, and what was made of that and constants."""
        return self._maker(tensor)[0] == _SAVED

    def is_drawn(self, tensor: Tensor) -> bool:
        """True for what is nothing but chance."""
        return self._maker(tensor)[0] == _DRAWN

    def passed_on(self, source: Tensor, copy: Tensor) -> None:
        """A copy or a view that is no layer stands for the tensor that it was made from."""
        call, number = self._maker(source)
        self._makers[id(copy)] = (weakref.ref(copy), call, number)
        self.contents.saw([copy])

    def written_by(
        self, written: Iterable[Tensor], given: Sequence[Tensor], made: Sequence[Tensor], apart: bool
    ) -> None:
        """A call has returned, which wrote into these: what shares their memory is other than it was.

        Args:
            written: what it wrote into.
            given: the tensors that it was given.
            made: its outputs, of which some may be what it was given.
            apart: it makes each value that it writes of that value alone, or of those of its own pixel.
        """
        for each in written:
            read = [one for one in given if one is not each and self.is_data(one)]
            whole = any(each is one for one in made)
            for other in self.contents.beside(each):
                if whole and _is_same_view(each, other):
                    self.passed_on(each, other)
                elif read or not apart:
                    self._is_in_part(other, read)
            if read and not whole:
                self._is_in_part(each, read)
        self.contents.saw(made)

    def returned(self, draft: Draft, made: Sequence[Tensor]) -> None:
        """A container returns these, which calls in it made, or calls before it, or what nobody watches."""
        came = self.sources(made)
        if came.reads_unseen:
            draft.self_macs = None
        draft.reads_unseen = draft.reads_unseen or came.reads_written
        draft.output_from = self.maker(made[0]) if made else None

    def _is_in_part(self, target: Tensor, of: Sequence[Tensor]) -> None:
        """Into a part of a tensor, ``x[…] = y``, others were written."""
        if of and not self.is_data(target):
            self.passed_on(of[0], target)
        self._written[id(target)] = weakref.ref(target)

    def _is_written(self, tensor: Tensor) -> bool:
        known = self._written.get(id(tensor))
        return known is not None and known() is tensor

    def made_here(self, tensor: Tensor) -> bool:
        """True for what this run made in memory of its own."""
        known = self._known(tensor)
        if known is None or known[1] in (*_THERE, _INPUT):
            return False
        base = tensor._base
        return base is None or self.made_here(base)

    def is_data(self, tensor: Tensor) -> bool:
        """True for the network's input, for all that was made from it or where nobody watches, and for chance."""
        return self._maker(tensor)[0] not in (*_THERE, _CONSTANT)

    def maker(self, tensor: Tensor) -> tuple[int, int] | None:
        """Return the call that made it, −1 for the network's input, and which output it is; None of all else."""
        call, number = self._maker(tensor)
        return (call, number) if call >= _INPUT else None

    def sources(self, tensors: Iterable[Tensor]) -> Sources:
        """Return where these come from."""
        makers = [(each, self._maker(each)) for each in tensors]
        data = [each for each, (call, _number) in makers if call not in _NO_DATA]
        read = dict.fromkeys([maker for _each, maker in makers])
        calls = dict.fromkeys([call for call, _number in read])
        later = {call for call, number in read if number > 0 and call >= 0}
        return Sources(
            data,
            tuple([call for call in calls if call >= 0]),
            tuple([maker for maker in read if maker[0] in later]) if later else (),
            _INPUT in calls,
            _UNSEEN in calls,
            bool(self._written) and any(self._is_written(each) for each, _maker in makers),
        )

    def _maker(self, tensor: Tensor) -> tuple[int, int]:
        if (known := self._known(tensor)) is not None:
            if self.contents.is_other(tensor):
                self.unseen(changed := [tensor, *self.contents.beside(tensor)])
                self.contents.saw(changed)
                return _UNSEEN, 0
            return known[1], known[2]
        if torch._C._functorch.peek_interpreter_stack() is not None:  # torch.func wraps what it hands on
            return _CONSTANT, 0
        if isinstance(tensor, nn.Parameter):
            return _SAVED, 0
        if (same := self._in_its_memory(tensor)) is not None:
            return same
        self.doubtful = True
        return (_UNSEEN if self._before_is_known else _BEFORE), 0

    def _in_its_memory(self, tensor: Tensor) -> tuple[int, int] | None:
        """Where the data of ``x.as_subclass(Image)`` come from, which no mode sees: whence ``x`` does."""
        memory = storage_of(tensor)
        for known, call, number in reversed(self._makers.values()):
            other = known()
            if other is not None and other is not tensor and storage_of(other) == memory:
                if self._is_written(other):
                    self._written[id(tensor)] = weakref.ref(tensor)
                return call, number
        return None


def _is_same_view(one: Tensor, other: Tensor) -> bool:
    """True for two of one memory that show the same of it."""
    return (one.shape, one.dtype, one.stride(), one.storage_offset()) == (
        other.shape,
        other.dtype,
        other.stride(),
        other.storage_offset(),
    )


def tensors_there(*roots: object) -> list[weakref.ref[Tensor]]:
    """Return every tensor that these reach, and those that PyTorch keeps for itself. Takes some 30 ms."""
    reached = within_reach(*roots, *kept_by_torch())
    return [weakref.ref(each) for _name, each in reached if issubclass(type(each), Tensor)]
