"""Layers and parameters in places where PyTorch does not look: Conv2d 3 to 4 is registered, Conv2d 4 to 8 is not."""
import collections
import contextvars
import dataclasses
import enum
import functools
import itertools
import threading
import types
import weakref
import numpy as np
import torch
from torch import nn
input_shape = (3, 16, 16)
REGISTERED, HIDDEN, MACS = 16, 296, 4 * 256 * 3 + 8 * 196 * 36
class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 1)
        self.keep(nn.Conv2d(4, 8, 3))
    def forward(self, x):
        return self.kept()(self.stem(x))
class Listed(Base):
    def keep(self, layer): self.held = [layer]
    def kept(self): return self.held[0]
class Tuple(Base):
    def keep(self, layer): self.held = (None, (layer,))
    def kept(self): return self.held[1][0]
class Set(Base):
    def keep(self, layer): self.held = {layer}
    def kept(self): return next(iter(self.held))
class Pairs(Base):
    def keep(self, layer): self.held = [("name", layer, {"stride": 1})]
    def kept(self): return self.held[0][1]
class Dict(Base):
    def keep(self, layer): self.held = {(3, 3): [layer]}
    def kept(self): return self.held[3, 3][0]
class Keys(Base):
    def keep(self, layer): self.held = {layer: "conv"}
    def kept(self): return next(iter(self.held))
Pair = collections.namedtuple("Pair", "layer size")
class Named(Base):
    def keep(self, layer): self.held = Pair(layer, 3)
    def kept(self): return self.held.layer
@dataclasses.dataclass
class Step:
    layer: nn.Module
class Data(Base):
    def keep(self, layer): self.held = [Step(layer)]
    def kept(self): return self.held[0].layer
class Object(Base):
    def keep(self, layer): self.held = types.SimpleNamespace(layer=layer)
    def kept(self): return self.held.layer
class Slots:
    __slots__ = ("layer",)
class Slotted(Base):
    def keep(self, layer):
        self.held = Slots()
        self.held.layer = layer
    def kept(self): return self.held.layer
class Partial(Base):
    def keep(self, layer): self.held = functools.partial(layer)
    def kept(self): return self.held
class Method(Base):
    def keep(self, layer): self.held = layer.forward
    def kept(self): return self.held
class Closure(Base):
    def keep(self, layer): self.held = lambda x: layer(x)
    def kept(self): return self.held
class ArrayOf(Base):
    def keep(self, layer):
        self.held = np.empty(1, object)
        self.held[0] = layer
    def kept(self): return self.held[0]
class Unregistered(Base):
    """past PyTorch's __setattr__"""
    def keep(self, layer): object.__setattr__(self, "held", layer)
    def kept(self): return self.held
class InDict(Base):
    def keep(self, layer): self.__dict__["held"] = layer
    def kept(self): return self.held
class Chained(Base):
    def keep(self, layer): self.held = collections.ChainMap({}, {"layer": layer})
    def kept(self): return self.held["layer"]
class OfAList(Base):
    """a list inside of a registered block"""
    def keep(self, layer):
        self.block = nn.Identity()
        self.block.held = [layer]
    def kept(self): return self.block.held[0]
class Sequence(Base):
    """a whole Sequential in a list"""
    def keep(self, layer): self.held = [nn.Sequential(layer, nn.ReLU())]
    def kept(self): return self.held[0]
class Cached(Base):
    def keep(self, layer): self.layer_of = functools.lru_cache(lambda: layer)
    def kept(self): return self.layer_of()
class OfTheClass(Base):
    def keep(self, layer): type(self).held = [layer]
    def kept(self): return self.held[0]
class Weak(Base):
    """somebody else holds it"""
    LAYERS = []
    def keep(self, layer):
        self.LAYERS[:] = [layer]
        self.held = weakref.ref(layer)
    def kept(self): return self.held()
class Deep(Base):
    def keep(self, layer): self.held = [[[[[layer]]]]]
    def kept(self): return self.held[0][0][0][0][0]
class Enumerated(Base):
    def keep(self, layer): self.held = enum.Enum("Layers", {"CONV": [layer]})
    def kept(self): return self.held.CONV.value[0]
class Weights(Base):
    """the parameters alone"""
    def keep(self, layer): self.held = [layer.weight, {"bias": layer.bias}]
    def kept(self): return lambda x: nn.functional.conv2d(x, self.held[0], self.held[1]["bias"])
class WeightsOfObject(Base):
    def keep(self, layer): self.held = types.SimpleNamespace(w=layer.weight, b=layer.bias)
    def kept(self): return lambda x: nn.functional.conv2d(x, self.held.w, self.held.b)
class Defaulted(Base):
    """the default of an argument"""
    def keep(self, layer): self.held = lambda x, *, layer=layer: layer(x)
    def kept(self): return self.held
class Ring(Base):
    def keep(self, layer): self.held = itertools.cycle([layer])
    def kept(self): return next(self.held)
class Local(Base):
    """what belongs to a thread"""
    def keep(self, layer):
        self.held = threading.local()
        self.held.layer = layer
    def kept(self): return self.held.layer
class InContext(Base):
    def keep(self, layer):
        self.held = contextvars.ContextVar("layer")
        self.held.set(layer)
    def kept(self): return self.held.get()
class Forgotten(Base):
    """was registered, and is taken out"""
    def keep(self, layer):
        self.held = layer
        self.__dict__["held"] = self._modules.pop("held")
    def kept(self): return self.held
PLAIN = [
    Listed, Tuple, Set, Pairs, Dict, Keys, Named, Data, Object, Slotted, Partial, Method, Closure, ArrayOf, Unregistered, InDict, Chained,
    OfAList, Sequence, Cached, OfTheClass, Weak, Deep, Enumerated, Weights, WeightsOfObject,
    Defaulted, Ring, Local, InContext, Forgotten,
]
