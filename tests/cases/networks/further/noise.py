"""Noise, tables and constants that forward makes, in places of its own choice, and that meet the features."""
import math
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
input_shape = (3, 16, 16)
CONV = 3 * 256 * 27
class After(nn.Module):
    """A convolution, 3 x 16 x 16 to 3 x 16 x 16, then what ``run`` does with it and the other layers."""
    def __init__(self, run):
        super().__init__()
        self.conv, self.norm, self.embed, self.gain = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3), nn.Linear(16, 16), nn.Parameter(torch.ones(3, 1, 1))
        self.table = nn.Embedding(16, 16)
        self.run = run
    def forward(self, x):
        return self.run(self, self.conv(x))
NOISE = {
    "randn": lambda net, x: (x + torch.randn(x.shape), 0),
    "randn of its device": lambda net, x: (x + torch.randn(*x.shape, device=x.device, dtype=x.dtype), 0),
    "like it": lambda net, x: (x + torch.randn_like(x) * net.gain, 0),
    "through batch norm": lambda net, x: (x + net.norm(torch.rand(x.shape)), 0),
    "through a linear layer": lambda net, x: (x * net.embed(torch.randn(16)), 256),
    "through the convolution": lambda net, x: (x - net.conv(torch.randn(1, 3, 16, 16)), CONV),
    "beside it": lambda net, x: (torch.cat([x, torch.zeros(x.shape[0], 1, 16, 16)], 1), 0),
    "behind it": lambda net, x: (torch.cat([torch.ones(x.shape[0], 3, 16, 2), x], -1), 0),
    "stacked": lambda net, x: (torch.stack([x, torch.rand(x.size())]), 0),
    "normal": lambda net, x: (x + torch.normal(0., 1., x.shape), 0),
    "filled": lambda net, x: (x + torch.empty(x.shape).normal_(), 0),
    "filled anew": lambda net, x: (x + x.new_empty(x.shape).uniform_(-1, 1), 0),
    "mask": lambda net, x: (x * torch.bernoulli(torch.full((x.shape[0], 3, 1, 1), .5)), 0),
    "masked": lambda net, x: (x.masked_fill(torch.rand(x.shape) > .5, 0.), 0),
    "where": lambda net, x: (torch.where(torch.rand(16, 16) > .5, x, torch.zeros(())), 0),
    "of a distribution": lambda net, x: (x + torch.distributions.Normal(0., 1.).sample(x.shape), 0),
    "of NumPy": lambda net, x: (x + torch.from_numpy(np.random.randn(*x.shape).astype("float32")), 0),
    "of NumPy, by tensor": lambda net, x: (x * torch.tensor(np.hanning(16), dtype=torch.float32), 0),
    "sines": lambda net, x: (x + torch.sin(torch.arange(16) * math.pi / 16), 0),
    "places": lambda net, x: (x + net.table(torch.arange(16)), 0),
    "grid": lambda net, x: (F.grid_sample(x, F.affine_grid(torch.eye(2, 3)[None].repeat(x.shape[0], 1, 1), list(x.shape), align_corners=False), align_corners=False), 256 * 2 * 3),
    "grid by hand": lambda net, x: (torch.cat([x, *(each.expand(x.shape[0], 1, 16, 16) for each in torch.meshgrid(torch.linspace(-1, 1, 16), torch.linspace(-1, 1, 16), indexing="ij"))], 1), 0),
    "kernel": lambda net, x: (F.conv2d(x, torch.ones(3, 1, 3, 3) / 9, padding=1, groups=3), 3 * 256 * 9),
    "causal mask": lambda net, x: ((x @ x.mT).masked_fill(torch.ones(16, 16).triu(1).bool(), -1e9), 3 * 16**3),
    "padded": lambda net, x: (torch.add(x, torch.rand(3, 1, 1), alpha=.1), 0),
    "lerp": lambda net, x: (torch.lerp(x, torch.rand(x.shape), .5), 0),
    "in place": lambda net, x: (x.add_(torch.rand(x.shape)), 0),
    "into zeros": lambda net, x: (torch.zeros(x.shape[0], 3, 20, 20).index_add(3, torch.arange(16), F.pad(x, (0, 0, 2, 2))), 0),
    "set into zeros": lambda net, x: (set_into(torch.zeros(x.shape[0], 3, 20, 20), x), 0),
}
def set_into(made, x):
    made[:, :, 2:18, 2:18] = x
    return made
