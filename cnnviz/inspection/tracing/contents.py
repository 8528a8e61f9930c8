"""What tensors held when they were last seen: what changes in between was written where nobody watches.

PyTorch counts the writes into a tensor, together for all its views; another thread's count as ours do. NumPy's do not:
of memory that it may write into, the bytes are compared. What another thread writes through ``x.data``, which counts
for itself, shows nowhere.
"""

from __future__ import annotations

import weakref
import zlib
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from cnnviz.inspection.tracing.values import storage_of, version_of

_MANY = 16  # tensors in one memory, before those that are gone are forgotten


class Contents:
    """What the tensors of a run held, and which of them lie in one memory."""

    def __init__(self) -> None:
        self._versions: dict[int, tuple[weakref.ref[Tensor], int]] = {}  # of each tensor
        self._last: dict[int, int] = {}  # of each memory, after what was seen to be written there
        self._inside: dict[int, list[weakref.ref[Tensor]]] = {}  # each memory's tensors
        self._bytes: dict[int, int] = {}  # checksums of what NumPy may write into
        self._told = False  # numbers have left, so NumPy may bring work on them back

    def saw(self, tensors: Iterable[Tensor]) -> None:
        """These are now as they should be."""
        for tensor in tensors:
            memory, reference, version = storage_of(tensor), weakref.ref(tensor), version_of(tensor)
            self._versions[id(tensor)], self._last[memory] = (reference, version), version
            inside = self._inside.get(memory)
            if inside is None:
                self._inside[memory] = [reference]
            else:
                inside.append(reference)
                if len(inside) > _MANY:
                    inside[:] = [weakref.ref(each) for each in self._alive(memory)]
            if self._told and (memory in self._bytes or _is_lent(tensor)):
                self._bytes[memory] = _checksum(tensor)

    def written(self, given: Iterable[Tensor], operands: Sequence[Tensor]) -> list[Tensor]:
        """Return what a call has changed: of what it was given, and what its operators wrote into in other memory."""
        changed = self.changed(given)
        if not operands:
            return changed
        memories = {storage_of(each) for each in changed}
        apart = [each for each in operands if storage_of(each) not in memories]
        self.saw(apart)
        return changed + apart

    def changed(self, tensors: Iterable[Tensor]) -> list[Tensor]:
        """Return those of these that have changed while somebody watched: they are now as they should be."""
        moved = [each for each in tensors if not self._is_as_seen(each)]
        if moved:
            self.saw(moved)
        return moved

    def is_other(self, tensor: Tensor) -> bool:
        """True for one that was changed, and that nobody was seen to change, nor another in its memory."""
        known, version = self._versions.get(id(tensor)), version_of(tensor)
        if known is None or known[0]() is not tensor:
            self.saw([tensor])
        elif known[1] != version:
            if self._last.get(storage_of(tensor)) != version:
                return True
            self._versions[id(tensor)] = known[0], version
        held = self._bytes.get(storage_of(tensor)) if self._bytes else None
        return held is not None and held != _checksum(tensor)

    def knows(self, tensor: Tensor) -> bool:
        """True where its memory is known, by itself or by another tensor."""
        return storage_of(tensor) in self._last

    def beside(self, tensor: Tensor) -> list[Tensor]:
        """Return the other tensors in its memory: views, ``x.detach()``, what a view is of."""
        return [each for each in self._alive(storage_of(tensor)) if each is not tensor]

    def told(self, lent: Iterable[Tensor] = ()) -> None:
        """Numbers have left for NumPy, which may write into these, and where it was let before."""
        if not self._told:
            self._told = True
            self._note(each for memory in self._inside for each in self._alive(memory)[:1] if _is_lent(each))
        self._note(lent)

    def _is_as_seen(self, tensor: Tensor) -> bool:
        known = self._versions.get(id(tensor))
        return known is not None and known[0]() is tensor and known[1] == version_of(tensor)

    def _note(self, tensors: Iterable[Tensor]) -> None:
        self._bytes.update({storage_of(each): _checksum(each) for each in tensors if not each.is_meta})

    def _alive(self, memory: int) -> list[Tensor]:
        found = [each() for each in self._inside.get(memory, ())]
        return list({id(each): each for each in found if each is not None and storage_of(each) == memory}.values())


def _is_lent(tensor: Tensor) -> bool:
    """True where PyTorch may not move the memory, since it is not its alone: NumPy has it too, or a file."""
    try:
        return not tensor.is_meta and not tensor.untyped_storage().resizable()
    except (RuntimeError, ValueError):  # sparse tensors show none
        return False


def _checksum(tensor: Tensor) -> int:
    """Return a number that other contents of the tensor's memory hardly have."""
    try:
        with torch._C._DisableTorchDispatch():
            shown = torch.tensor([], dtype=torch.uint8).set_(tensor.untyped_storage())
            return zlib.crc32(shown.numpy().data)
    except (RuntimeError, ValueError):  # as above, or not on the CPU
        return 0
