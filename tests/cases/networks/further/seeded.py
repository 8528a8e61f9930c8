"""Weights that the constructor makes itself: by a seed, a formula, a file, NumPy. ``filters`` is 4 x 3 x 3 x 3, and no layer draws it."""
import io
import math
import random
import numpy as np
import torch
from torch import nn
input_shape = (3, 32, 32)
class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.Linear(4, 10)
        with torch.no_grad():
            self.conv.weight.copy_(self.filters())
    def forward(self, x):
        return self.head(torch.relu(self.conv(x)).mean((2, 3)))
class NumPysSeed(Base):
    def filters(self):
        np.random.seed(5)
        return torch.from_numpy(np.random.randn(4, 3, 3, 3))
class NumPysGenerator(Base):
    def filters(self):
        return torch.tensor(np.random.default_rng(5).normal(size=(4, 3, 3, 3)))
class NumPysState(Base):
    def filters(self):
        return torch.as_tensor(np.random.RandomState(5).rand(4, 3, 3, 3))
class Pythons(Base):
    def filters(self):
        random.seed(5)
        return torch.tensor([random.gauss(0, 1) for _ in range(108)]).view(4, 3, 3, 3)
class PythonsOwn(Base):
    def filters(self):
        chance = random.Random(5)
        return torch.tensor([chance.random() for _ in range(108)]).view(4, 3, 3, 3)
class Forked(Base):
    def filters(self):
        with torch.random.fork_rng():
            torch.manual_seed(5)
            return torch.randn(4, 3, 3, 3)
class StateSet(Base):
    def filters(self):
        before = torch.get_rng_state()
        torch.set_rng_state(torch.Generator().manual_seed(5).get_state())
        made = torch.rand(4, 3, 3, 3)
        torch.set_rng_state(before)
        return made
class ByInit(Base):
    def filters(self):
        return nn.init.normal_(torch.empty(4, 3, 3, 3), generator=torch.Generator().manual_seed(5))
class Filled(Base):
    def filters(self):
        return torch.empty(4, 3, 3, 3).uniform_(-1, 1, generator=torch.Generator().manual_seed(5))
class Shuffled(Base):
    def filters(self):
        return (torch.randperm(108, generator=torch.Generator().manual_seed(5)) / 108.).view(4, 3, 3, 3)
class Orthogonal(Base):
    def filters(self):
        torch.manual_seed(5)
        return nn.init.orthogonal_(torch.empty(4, 27)).view(4, 3, 3, 3)
class Large(Base):
    """drawn out of many more"""
    def filters(self):
        torch.manual_seed(5)
        return torch.randn(64, 64)[:4, :27].reshape(4, 3, 3, 3)
class Gabor(Base):
    """by a formula, of a grid"""
    def filters(self):
        y, x = torch.meshgrid(torch.linspace(-1, 1, 3), torch.linspace(-1, 1, 3), indexing="ij")
        waves = [torch.exp(-x**2 - y**2) * torch.cos(math.pi * (x * math.cos(t) + y * math.sin(t))) for t in (0., .8, 1.6, 2.4)]
        return torch.stack(waves)[:, None].expand(4, 3, 3, 3)
class Cosines(Base):
    def filters(self):
        at = torch.arange(27.)
        return torch.cos(math.pi / 27 * (at + .5) * torch.arange(4.)[:, None]).view(4, 3, 3, 3)
class Loaded(Base):
    """from what was saved"""
    def filters(self):
        file = io.BytesIO()
        torch.save(torch.linspace(-1, 1, 108), file)
        file.seek(0)
        return torch.load(file, weights_only=True).view(4, 3, 3, 3)
class LoadedByNumPy(Base):
    def filters(self):
        file = io.BytesIO()
        np.save(file, np.linspace(-1, 1, 108).reshape(4, 3, 3, 3))
        file.seek(0)
        return torch.from_numpy(np.load(file))
class Lists(Base):
    def filters(self):
        sobel = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
        return torch.tensor([[sobel] * 3] * 4, dtype=torch.float32)
class FirstLayer(Base):
    """seeds before the layers are made: all are drawn from it"""
    def __init__(self):
        torch.manual_seed(5)
        super().__init__()
    def filters(self):
        return self.conv.weight
class Copied(Base):
    """the first filter stands for all"""
    def filters(self):
        torch.manual_seed(5)
        nn.init.kaiming_normal_(self.conv.weight)
        return self.conv.weight[:1].repeat(4, 1, 1, 1)
class OwnGenerator(Base):
    """keeps what it draws from"""
    def filters(self):
        self.chance = torch.Generator()
        self.chance.manual_seed(5)
        return torch.randn(4, 3, 3, 3, generator=self.chance)
class TwoDraws(Base):
    """the second of what its own generator draws, from NumPy's of the same seed"""
    def filters(self):
        chance = np.random.Generator(np.random.PCG64(5))
        chance.random(108)
        return torch.from_numpy(chance.random((4, 3, 3, 3), dtype=np.float32))
class Permuted(Base):
    """Python's own shuffling"""
    def filters(self):
        numbers = [number / 108 for number in range(108)]
        random.Random(5).shuffle(numbers)
        return torch.tensor(numbers).view(4, 3, 3, 3)
SEEDED = [
    NumPysSeed, NumPysGenerator, NumPysState, Pythons, PythonsOwn, Forked, StateSet, ByInit, Filled, Shuffled, Orthogonal, Large,
    Gabor, Cosines, Loaded, LoadedByNumPy, Lists, FirstLayer, Copied,
    OwnGenerator, TwoDraws, Permuted,
]
