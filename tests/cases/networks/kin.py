"""More members of the kinds that the files beside this one stand for."""

from __future__ import annotations

from collections import UserDict, UserList, defaultdict, deque
from functools import partial

import torch
from torch import nn
from torch.nn import functional

input_shape = (3, 16, 16)


class Queue(nn.Module):
    """Layers in a deque and, below it, in a list of the user's."""

    class Steps(list):
        pass

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 1)
        self.queue = deque([nn.Conv2d(4, 8, 3), self.Steps([nn.Conv2d(8, 8, 1)])])

    def forward(self, x):
        return self.queue[1][0](self.queue[0](self.stem(x)))


class Default(nn.Module):
    """Layers and their parameters in dictionaries that are more than a dictionary."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 1)
        self.by_name = defaultdict(list)
        self.by_name["a"].append(nn.Conv2d(4, 8, 3))
        self.more = UserDict(scale=UserList([nn.Parameter(torch.ones(8, 1, 1))]), none=frozenset())

    def forward(self, x):
        return self.by_name["a"][0](self.stem(x)) * self.more["scale"][0]


class Shared(nn.Module):
    """Nothing is hidden: the list holds what is registered too."""

    def __init__(self):
        super().__init__()
        self.conv, self.gain = nn.Conv2d(3, 4, 1), nn.Parameter(torch.ones(4, 1, 1))
        self.order = deque([self.conv, self.gain])

    def forward(self, x):
        return self.order[0](x) * self.order[1]


class After(nn.Module):
    """A convolution, 3 × 16 × 16 to 4 × 16 × 16, then what ``run`` does."""

    def __init__(self, run):
        super().__init__()
        self.conv, self.run = nn.Conv2d(3, 4, 3, padding=1), run

    def forward(self, x):
        return self.run(self.conv(x))


def normalised(x):
    return functional.normalize(x, dim=2)


FLIPPED = After(partial(torch.flip, dims=(3,)))
ROLLED = After(partial(torch.roll, shifts=5, dims=2))
SUMMED = After(partial(torch.cumsum, dim=3))
SORTED = After(lambda x: x.sort(dim=2).values)
SPLIT = After(lambda x: sum(x.split([4, 12], dim=3)[1].split(4, dim=3)))
TURNED = After(lambda x: x.transpose(2, 3))
UNIT = After(normalised)


class Double(nn.Module):
    """forward is a partial of a function that holds the module's BatchNorm."""

    def __init__(self):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.forward = partial(_twice, bn=self.bn, conv=self.conv)


def _twice(x, bn, conv):
    return bn(conv(x)) + bn(conv(x))


def counting():
    """A hook of a lambda counts in a buffer of a module that it holds."""
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4))
    seen = nn.BatchNorm2d(3)
    net[0].register_forward_pre_hook(lambda module, args: (seen(args[0]),))
    return net


class Depth(nn.Module):
    """As many layers as the picture's first number says."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(3, 3, 1, bias=False) for _ in range(3))

    def forward(self, x):
        for layer in self.layers[: 1 + int(x.flatten()[0])]:
            x = layer(x)
        return x


class Early(nn.Module):
    """Leaves where it is sure."""

    def __init__(self):
        super().__init__()
        self.sure, self.rest = nn.Linear(48, 3, bias=False), nn.Linear(3, 3, bias=False)

    def forward(self, x):
        guess = self.sure(functional.adaptive_avg_pool2d(x, 4).flatten(1))
        return guess if guess.softmax(1).amax() < 0.5 else self.rest(guess)
