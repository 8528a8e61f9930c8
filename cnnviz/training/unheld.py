"""What the code of somebody's network changes while it learns and no checkpoint holds: said once, by its name."""

from __future__ import annotations

import random
import zlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.inspection.tracing.within_reach import within_reach
from cnnviz.training.events import Event, Noticed, WeightsReady
from cnnviz.training.own_attributes import PLAIN, TORCHS_OWN, is_kept, is_torchs
from cnnviz.training.prepare import Prepared
from cnnviz.zoo.own.own_names import own_name

_MOST_NAMED = 3
_LARGEST = 1 << 20  # bytes
_EVERYBODYS = (torch.default_generator, random._inst, np.random.mtrand._rand)


def unheld_told(events: Generator[Event, None, None], prepared: Prepared) -> Generator[Event, None, None]:
    """Yield ``events``, and behind weights, once, what a run that goes on from them does not find again.

    Only the code of somebody's file may change such a thing.
    """
    network, is_told = prepared.state.network, own_name(prepared.config.model) is None
    before = set() if is_told else _within(network)
    with closing(events):
        for event in events:
            yield event
            if isinstance(event, WeightsReady) and not is_told and (changed := _within(network) - before):
                is_told = True
                yield Noticed(_said(sorted({name for name, _ in changed})))


def _said(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    what = f"The network changes {', '.join(names[:_MOST_NAMED])}{more} while it learns, which no checkpoint holds"
    return (
        f"{what}: where forward reads that, a run that goes on ends otherwise."
        " Keep it as a number of the module, or as a buffer (register_buffer)."
    )


def _within(network: nn.Module) -> set[tuple[str, int]]:
    """Return name and digest of each thing within reach that can be changed and is not kept."""
    kept = {id(each) for each in (*network.state_dict(keep_vars=True).values(), *network.buffers(), *_EVERYBODYS)}
    for module in network.modules():
        own = vars(module)
        kept |= {id(own), *(id(value) for value in own.values() if is_torchs(module) or is_kept(module, value))}
    things = ((name, thing) for name, thing in within_reach(network) if id(thing) not in kept)
    return {
        (each, zlib.crc32(said))
        for name, thing in things
        for each, said in _changeable(name, thing)
        if each and not each.startswith("__") and each not in TORCHS_OWN
    }


def _changeable(name: str, thing: object) -> Iterator[tuple[str, bytes]]:
    """Yield what a thing itself holds that is no other thing, with its name."""
    match thing:
        case dict() | type() if not name.startswith("__"):
            held = list((thing if isinstance(thing, dict) else vars(thing)).items())
            yield from [(key, _plain([each])) for key, each in held if isinstance(key, str) and type(each) in PLAIN]
        case list() | set() | deque():
            yield name, _plain(thing)
        case np.ndarray() if thing.nbytes <= _LARGEST and thing.dtype != object:
            yield name, thing.tobytes()
        case Tensor() if thing.grad_fn is None and thing.layout is torch.strided and not thing.is_meta:
            yield name, _of_tensor(thing)
        case torch.Generator():
            yield name, thing.get_state().numpy().tobytes()
        case np.random.Generator():
            yield name, repr(thing.bit_generator.state).encode()
        case random.Random():
            yield name, repr(thing.getstate()).encode()


def _plain(values: Iterable[object]) -> bytes:
    return repr([each if type(each) in PLAIN else type(each).__name__ for each in values]).encode()


def _of_tensor(value: Tensor) -> bytes:
    if value.nbytes > _LARGEST:
        return repr((value.shape, value._version)).encode()
    return value.detach().cpu().reshape(-1).contiguous().view(torch.uint8).numpy().tobytes()
