"""Work brought about in ways that no mode sees, or that are easily taken as free."""
import asyncio
import ctypes
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
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
_square = 8 * 16**3
COUNTED = {
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
