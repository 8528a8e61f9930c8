"""Work along an axis, or past the maps: what one pixel sees is said as the gradient has it, or is not known."""
import threading
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint
SIZE = 12
input_shape = (3, SIZE, SIZE)
class After(nn.Module):
    """A convolution, 3 x 12 x 12 to 4 x 12 x 12, then what ``run`` does."""
    def __init__(self, run):
        super().__init__()
        self.conv, self.run = nn.Conv2d(3, 4, 3, padding=1), run
    def forward(self, x):
        return self.run(self.conv(x))
def conv(k=3, **more):
    return nn.Conv2d(4, 4, k, **more)
def hooked(layer, after=None, before=None):
    if after:
        layer.register_forward_hook(after)
    if before:
        layer.register_forward_pre_hook(before)
    return layer
def with_forward(layer, forward):
    layer.forward = forward
    return layer
class ReLU(nn.Module):
    """bears the name of PyTorch's"""
    def forward(self, x):
        return x.mT
class Own(nn.Conv2d):
    def _conv_forward(self, *args):
        return super()._conv_forward(*args).flip(2)
class Aside(nn.Module):
    """what runs last is not what comes out"""
    def __init__(self):
        super().__init__()
        self.aside = conv(padding=1)
    def forward(self, x):
        y = x.flip(2)
        self.aside(x)
        return y
class Turned(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.from_numpy(np.ascontiguousarray(x.detach().numpy()[:, :, ::-1]))
    @staticmethod
    def backward(ctx, gradient):
        return gradient.flip(2)
@torch.library.custom_op("further::relu", mutates_args=())
def relu(x: torch.Tensor) -> torch.Tensor:
    return x.flip(2)
relu.register_fake(torch.empty_like)
relu.register_autograd(lambda ctx, gradient: gradient.flip(2))
torch.utils.flop_counter.register_flop_formula(torch.ops.further.relu)(lambda shape, **more: 0)
def in_thread(x):
    made = []
    thread = threading.Thread(target=lambda: made.append(x.flip(2)))
    thread.start()
    thread.join()
    return made[0]
def row_set(x):
    y = x * 1
    y[:, :, 0] = x[:, :, 5]
    return y.relu()
def half_added(x):
    y = x * 1
    y[:, :, :6].add_(x[:, :, 6:])
    return y
def half_copied(x):
    y = x * 1
    y[:, :, :6].copy_(x[:, :, 6:])
    return y.relu()
def rows(x):
    """a recurrence down the rows"""
    state, made = torch.zeros_like(x[:, :, 0]), []
    for row in x.unbind(2):
        state = torch.tanh(state + row)
        made.append(state)
    return torch.stack(made, 2)
def mapped(function, axis=0):
    return lambda x: torch.vmap(function, in_dims=axis, out_dims=axis)(x)
def attention(x):
    tokens = x.flatten(2).mT
    return F.scaled_dot_product_attention(tokens, tokens, tokens).mT.reshape(x.shape)
_places, _grid = torch.randint(0, SIZE, (1, 4, SIZE, SIZE)), torch.rand(1, SIZE, SIZE, 2) * 2 - 1
_ones = torch.ones(4, 4, 3, 3)
# nothing is known
UNKNOWN = {
    "cumsum": lambda x: x.cumsum(2),
    "flip": lambda x: x.flip(3),
    "roll": lambda x: x.roll(3, 2),
    "sort": lambda x: x.sort(2).values,
    "topk": lambda x: x.topk(4, dim=2).values,
    "unfold": lambda x: F.unfold(x, 3, padding=1).view(1, 36, SIZE, SIZE),
    "pixel_shuffle": lambda x: F.pixel_shuffle(x, 2),
    "index_select": lambda x: x.index_select(2, torch.tensor([3, 1, 11, 7])),
    "gather": lambda x: x.gather(3, _places),
    "grid_sample": lambda x: F.grid_sample(x, _grid, align_corners=False),
    "interpolate": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
    "fourier": lambda x: torch.fft.ifft2(torch.fft.fft2(x) * torch.rand(SIZE, SIZE)).real,
    "einsum": lambda x: torch.einsum("bchw,hk->bckw", x, torch.ones(SIZE, SIZE)),
    "attention": attention,
    "mean of a row": lambda x: x - x.mean(3, keepdim=True),
    "transposed by attribute": lambda x: x.mT,
    "times its transpose": lambda x: x * x.mT,
    "recurrence": rows,
    "row of a pool, added to all": lambda x: x + F.avg_pool2d(x, (SIZE, 1), stride=1),
    "row of a convolution, times all": lambda x: x * F.conv2d(x, torch.ones(4, 4, 1, SIZE)),
    "circular pad": nn.CircularPad2d(2),
    "circular convolution": conv(padding=1, padding_mode="circular"),
    "softmax, NumPy's word": lambda x: x.softmax(axis=2),
    "cat, NumPy's word": lambda x: torch.cat([x, x], axis=3),
    "concat": lambda x: torch.concat((x, x), axis=3),
    "softmax of the flattened": lambda x: x.flatten(1).softmax(1).view_as(x),
    "softmax in vmap": mapped(lambda x: x.softmax(1)),
    "softmax in vmap over channels": mapped(lambda x: x.softmax(1), axis=1),
    "cat in vmap": mapped(lambda x: torch.cat([x, x], 1)),
    "aten softmax": lambda x: torch.ops.aten._softmax(x, 2, False),
    "aten cat": lambda x: torch.ops.aten.cat.default([x, x], 3),
    "row set": row_set,
    "half added in place": half_added,
    "half copied": half_copied,
    "hook after a convolution": hooked(conv(padding=1), lambda module, args, out: out.flip(2)),
    "hook after an activation": hooked(nn.ReLU(), lambda module, args, out: out.mT),
    "hook before": hooked(nn.ReLU(), before=lambda module, args: (args[0].flip(2),)),
    "forward on the instance": with_forward(nn.ReLU(), lambda x: x.flip(2)),
    "a method of the layer": Own(4, 4, 3, padding=1),
    "name of a layer": ReLU(),
    "own operator named as PyTorch's": relu,
    "own operator by its library": lambda x: torch.ops.further.relu(x),
    "NumPy in a function of autograd": Turned.apply,
    "thread": in_thread,
    "checkpoint": lambda x: checkpoint(lambda y: y.flip(2), x, use_reentrant=False),
    "another comes out": Aside(),
}
# the whole picture
WHOLE = {
    "instance norm": nn.InstanceNorm2d(4),
    "group norm": nn.GroupNorm(2, 4),
    "batch norm without running averages": nn.BatchNorm2d(4, track_running_stats=False),
    "linear layer of what was joined": nn.Sequential(nn.Flatten(), nn.Linear(4 * SIZE * SIZE, 4), nn.Unflatten(1, (4, 1, 1))),
}
# a box
EXACT = {
    "instance norm with running averages": nn.InstanceNorm2d(4, track_running_stats=True),
    "softmax over channels": lambda x: x.softmax(-3),
    "maps behind one another": lambda x: torch.cat([x, x.relu()], axis=1),
    "hook that looks": hooked(nn.ReLU(), lambda module, args, out: None),
    "spectral norm": torch.nn.utils.spectral_norm(conv(padding=1)),
    "even kernel": lambda x: F.conv2d(x, torch.ones(4, 4, 4, 4), padding="same"),
    "dilated": conv(padding=2, dilation=2),
    "functional call": lambda x: torch.func.functional_call(nn.Conv2d(4, 4, 3), {"weight": _ones, "bias": torch.zeros(4)}, (x,)),
    "pool by name": lambda x: F.max_pool2d(x, kernel_size=2, stride=1),
}
