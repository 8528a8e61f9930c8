"""Work brought about in ways that no mode sees, or that are easily taken as free."""
import asyncio
import ctypes
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch._higher_order_ops.map import map as mapped
from torch.nn.utils import parametrize
from torch.nn.utils.rnn import pack_sequence
from torch.utils.checkpoint import checkpoint
input_shape = (3, 16, 16)
CONV = 8 * 256 * 27
class After(nn.Module):
    """A convolution, 3 x 16 x 16 to 8 x 16 x 16, then what ``run`` does."""
    def __init__(self, run):
        super().__init__()
        self.conv, self.run = nn.Conv2d(3, 8, 3, padding=1), run
    def forward(self, x):
        return self.run(self.conv(x))
class InNumPy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.from_numpy(x.detach().numpy() @ x.detach().numpy())
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x @ x
def pooled(x):
    with ThreadPoolExecutor(2) as pool:
        return torch.stack(list(pool.map(lambda each: each @ each, x[0])))
def by_address(x):
    """doubles ten numbers where they lie"""
    made = torch.empty_like(x)
    read, write = ((ctypes.c_float * 10).from_address(each.data_ptr()) for each in (x, made))
    for at in range(10):
        write[at] = read[at] * 2
    return made
def into_numpy(x):
    made = torch.empty(1, 8, 16, 16)
    np.matmul(x.numpy(), x.numpy(), out=made.numpy())
    return made + 1
def squares(x):
    return sum(each.item() * each.item() for each in x[0, 0, 0])
def products(x):
    """each product is a tensor of one number"""
    return sum((left * right).item() for left, right in zip(x[0, 0, 0], x[0, 0, 1]))
def started(x):
    made = torch.empty(3)
    nn.init.constant_(made, squares(x))
    return made
def awaited(x):
    async def run():
        return x @ x
    return asyncio.run(run())
def jagged(x):
    return torch.nested.nested_tensor([x[0, 0, :3], x[0, 0, :5]], layout=torch.jagged)
def stretched(x):
    """eight bits: the ends are asked for, and all numbers stand between them"""
    step = (x.max().item() - x.min().item()) / 255
    return torch.round(x / step) * step
class LowRank(nn.Module):
    """a weight that is the sum of one and of a product"""
    def __init__(self):
        super().__init__()
        self.down, self.up = nn.Parameter(torch.rand(8, 2)), nn.Parameter(torch.rand(2, 72))
    def forward(self, weight):
        return weight + (self.down @ self.up).view_as(weight)
LOW_RANK = nn.Conv2d(8, 8, 3, padding=1)
parametrize.register_parametrization(LOW_RANK, "weight", LowRank())
def of_windows(x):
    windows = F.pad(x, (1, 1, 1, 1)).unfold(2, 3, 1).unfold(3, 3, 1)
    return torch.einsum("bchwij,ocij->bohw", windows, torch.ones(8, 8, 3, 3))
def together(x):
    """three layers as one, by their stacked weights"""
    layers = [nn.Linear(16, 4) for _ in range(3)]
    one = nn.Linear(16, 4)
    return torch.vmap(lambda held: torch.func.functional_call(one, held, (x,)))(torch.func.stack_module_state(layers)[0])
_square = 8 * 16**3
COUNTED = {
    "weight of low rank": (LOW_RANK, 8 * 256 * 72 + 8 * 2 * 72), "convolution of windows": (of_windows, 8 * 256 * 72), "layers stacked": (together, 3 * 128 * 16 * 4),
    "a kernel for each": (lambda x: torch.vmap(lambda kernel: F.conv2d(x, kernel, padding=1))(torch.ones(5, 8, 8, 3, 3)), 5 * 8 * 256 * 72),
    "mapped": (lambda x: mapped(lambda each: each @ torch.ones(16, 4), x[0]), 128 * 16 * 4), "packed rows": (lambda x: nn.LSTM(16, 5)(pack_sequence([x[0, 0], x[0, 1, :9]]))[0].data, 25 * 4 * 5 * 21),
    "tokens of a gate": (lambda x: F.scaled_dot_product_attention(x, x[:, :2], x[:, :2], enable_gqa=True), 2 * _square), "whole numbers": (lambda x: x * torch._int_mm(torch.ones(32, 32).char(), torch.ones(32, 32).char()).sum(), 32**3),
    "histogram": (lambda x: torch.histogram(x, 4)[0], 0), "renormed": (lambda x: x.renorm(2, 1, 5.0), 0),
    "function of autograd": (Square.apply, _square),
    "checkpoint": (lambda x: checkpoint(lambda y: y @ y, x, use_reentrant=False), _square),
    "vmap": (torch.vmap(lambda each: each @ each), _square),
    "vmap of dot": (lambda x: torch.vmap(torch.dot)(x[0, 0], x[0, 1]), 256),
    "forward derivative": (lambda x: torch.func.jvp(lambda y: y @ y, (x,), (x,))[1], 3 * _square),
    "einsum of three": (lambda x: torch.einsum("bchw,cd,de->behw", x, torch.ones(8, 4), torch.ones(4, 8)), 2 * 256 * 32),
    "matrix power": (lambda x: torch.linalg.matrix_power(x, 3), 2 * _square),
    "covariance": (lambda x: torch.cov(x[0, 0]), 4_096),
    "complex product": (lambda x: torch.complex(x, x) @ torch.complex(x, x), _square),
    "into a tensor": (lambda x: torch.matmul(x, x, out=torch.empty(1, 8, 16, 16)), _square),
    "awaited": (awaited, _square),
    "fork": (lambda x: torch.jit.wait(torch.jit.fork(lambda y: y @ y, x)), _square),
    "jagged rows, times a matrix": (lambda x: (jagged(x) @ torch.ones(16, 4)).values(), 8 * 64),
    "jagged rows, padded": (lambda x: jagged(x).relu().to_padded_tensor(0.0), 0),
    "lists of tensors": (lambda x: torch._foreach_addcmul([x], [x], [x])[0], 0),
    "number that scales": (lambda x: x * x[0, 0, 0, 0].item() + float(x.mean()), 0),
    "ends of a scale": (stretched, 0),
    "looked at in NumPy": (lambda x: x + 1 if x.numpy().size else x, 0),
}
NOT_COUNTED = {
    "orthogonal weight": nn.utils.parametrizations.orthogonal(nn.Linear(16, 16)), "distances": lambda x: torch.cdist(x, x), "exponential": lambda x: torch.matrix_exp(x), "sparse weight": lambda x: torch.eye(8).to_sparse() @ x[0].flatten(1),
    "NumPy in a function of autograd": InNumPy.apply,
    "pool of threads": pooled,
    "by address": by_address,
    "into NumPy's memory": into_numpy,
    "list to array and back": lambda x: torch.tensor(np.array(x.tolist()) @ np.array(x.tolist())),
    "DLPack": lambda x: torch.from_dlpack(np.from_dlpack(x) @ np.from_dlpack(x)),
    "full of a sum": lambda x: torch.full((4,), squares(x)),
    "filled with a sum": lambda x: torch.empty(4).fill_(squares(x)),
    "times a sum": lambda x: x * squares(x),
    "plus a sum of products": lambda x: torch.zeros(4) + products(x),
    "masked with a sum": lambda x: x.masked_fill(x > 0, squares(x)),
    "started with a sum": started,
    "rows up to a sum": lambda x: torch.linspace(0, squares(x), 5),
    "sparse product": lambda x: torch.sparse.mm(x[0, 0].to_sparse(), x[0, 0]),
    "Fourier transform": lambda x: torch.fft.irfft2(torch.fft.rfft2(x) * torch.fft.rfft2(x)),
    "least squares": lambda x: torch.linalg.lstsq(x, x)[0],
    "short transform": lambda x: torch.stft(x.flatten(), 16, window=torch.ones(16), return_complex=True),
}
