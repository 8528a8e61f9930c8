"""Memory that is there already, written into by another thread, by NumPy, or by another name of it."""
import threading
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
input_shape = (3, 16, 16)
CONV = 8 * 256 * 27
class After(nn.Module):
    """A convolution, 3 x 16 x 16 to 8 x 16 x 16, then what ``run`` does, given the network too."""
    def __init__(self, run):
        super().__init__()
        self.conv, self.run = nn.Conv2d(3, 8, 3, padding=1), run
        self.register_buffer("cache", torch.zeros(1, 8, 16, 16))
        self.array = np.zeros((1, 8, 16, 16), np.float32)
        self.table = torch.from_numpy(self.array)
    def forward(self, x):
        return self.run(self, self.conv(x))
WORKSPACE = torch.zeros(1, 8, 16, 16)
def elsewhere(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()
# another thread
def into_zeros(net, x):
    made = torch.zeros(1, 8, 16, 16)
    elsewhere(lambda: torch.matmul(x, x, out=made))
    return made + 1
def into_a_product(net, x):
    y = x * 1
    elsewhere(lambda: y.copy_(x @ x))
    return y + 1
def into_a_buffer(net, x):
    elsewhere(lambda: net.cache.copy_(x @ x))
    return net.cache + 1
def into_a_part(net, x):
    y = x * 1
    elsewhere(lambda: y[0].copy_((x @ x)[0]))
    return y
def by_its_view(net, x):
    y = x * 1
    view = y.view(8, 256)
    elsewhere(lambda: y.copy_(x @ x))
    return view + 1
def by_a_pool(net, x):
    y = torch.empty_like(x)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda at: y[0, at].copy_(x[0, at] @ x[0, at]), range(8)))
    return y.relu()
def while_this_one_works(net, x):
    y, started = torch.zeros_like(x), threading.Event()
    def work():
        y.copy_(x @ x)
        started.set()
    thread = threading.Thread(target=work)
    thread.start()
    z = x.relu()
    started.wait()
    y.add_(1)
    thread.join()
    return y + z
def into_the_files(net, x):
    elsewhere(lambda: WORKSPACE.copy_(x @ x))
    return WORKSPACE + x
def in_inference_mode(net, x):
    y = x * 1
    def work():
        with torch.inference_mode():
            y.copy_(x @ x)
    elsewhere(work)
    return y + 1
def before_a_layer(net, x):
    y = x[:, :3] * 1
    elsewhere(lambda: y.copy_(y @ y))
    return net.conv(y)
def added_elsewhere(net, x):
    total = torch.zeros(1, 8, 16, 16, device=x.device)
    elsewhere(lambda: [total.add_(x @ x) for _ in range(3)])
    return total * 2
# NumPy
def into_its_array(net, x):
    y = x * 1
    y.numpy()[...] = x.numpy() @ x.numpy()
    return y + 1
def by_its_array(net, x):
    array = np.zeros((1, 8, 16, 16), np.float32)
    made = torch.from_numpy(array)
    before = made + 0
    array[...] = x.numpy() @ x.numpy()
    return made + before
def by_the_networks_array(net, x):
    net.array[...] = x.numpy() @ x.numpy()
    return net.table + 1
def into_the_buffers_array(net, x):
    np.matmul(x.numpy(), x.numpy(), out=net.cache.numpy())
    return net.cache * 2
def by_detached(net, x):
    y = x * 1
    np.matmul(x.numpy(), x.numpy(), out=y.detach().numpy())
    return y
def by_memoryview(net, x):
    y = x * 1
    np.asarray(memoryview(y.numpy()))[...] = x.numpy() @ x.numpy()
    return y.relu()
def by_asarray(net, x):
    y = x * 1
    np.asarray(y)[...] = x.numpy() @ x.numpy()
    return y.relu()
def into_its_own(net, x):
    array = x.numpy()
    array[...] = array @ array
    return x.relu()
def between_two(net, x):
    y = x * 1
    array = y.numpy()
    z = y.relu()
    array[...] = array @ array
    y.add_(1)
    return y + z
def into_the_files_array(net, x):
    WORKSPACE.numpy()[...] = x.numpy() @ x.numpy()
    return WORKSPACE + x
def of_a_list(net, x):
    values = np.array(x.tolist(), np.float32)
    net.array[...] = values @ values
    return net.table + 1
def into_a_part_of_it(net, x):
    y = torch.zeros(1, 8, 16, 16)
    y[0, 0].numpy()[...] = x[0, 0].numpy() @ x[0, 0].numpy()
    return y * 2
NOT_COUNTED = [
    into_zeros, into_a_product, into_a_buffer, into_a_part, by_its_view, by_a_pool, while_this_one_works, into_the_files, in_inference_mode, before_a_layer, added_elsewhere,
    into_its_array, by_its_array, by_the_networks_array, into_the_buffers_array, by_detached, by_memoryview, by_asarray,
    into_its_own, between_two, into_the_files_array, of_a_list, into_a_part_of_it,
]
# another name of the memory, read after the one was written into: as the gradient has it, or unknown
def named(name, write):
    """What ``name`` makes of a tensor, ``write`` then writes the rows upside down into it, and the name is read."""
    def run(net, x):
        y = x * 1
        other = name(y)
        write(y, y.flip(2))
        return F.conv2d(other, torch.ones(8, 8, 1, 1))
    return run
NAMES = {
    "detached": lambda y: y.detach(), "data": lambda y: y.data, "view": lambda y: y.view(1, 8, 16, 16),
    "permuted": lambda y: y.permute(0, 1, 3, 2).permute(0, 1, 3, 2), "part": lambda y: y[:, :8], "alias": lambda y: y.view_as(y),
    "strided": lambda y: y.as_strided(y.shape, y.stride()), "of a class": lambda y: y.as_subclass(torch.Tensor),
    "itself": lambda y: y,
}
def _item(y, z):
    y[...] = z
def _foreach(y, z):
    torch._foreach_copy_([y], [z])
WRITES = {
    "copy_": lambda y, z: y.copy_(z), "add_": lambda y, z: y.add_(z), "+=": lambda y, z: y.__iadd__(z), "out": lambda y, z: torch.add(z, 1, out=y),
    "set": _item, "data": lambda y, z: y.data.copy_(z), "detached": lambda y, z: y.detach().copy_(z), "part": lambda y, z: y[:, :4].copy_(z[:, :4]),
    "along": lambda y, z: y.cumsum_(2), "lists": _foreach,
}
OTHER_NAMES = {f"{name}, {write}": named(NAMES[name], WRITES[write]) for name in NAMES for write in WRITES}
# nothing hidden happens: all is counted, MACs behind the convolution
def kept_average(net, x):
    net.cache.mul_(.9).add_(x.detach().mean(), alpha=.1)
    return x + net.cache
def kept_average_of_data(net, x):
    net.cache.data.mul_(.9).add_(x.data.mean() * .1)
    return x + net.cache
def kept_copy(net, x):
    net.cache.copy_(x)
    y = net.cache.clone()
    net.cache.zero_()
    return y + net.cache
def many_ways_to_write(net, x):
    made = torch.empty_like(x)
    torch.add(x, 1, out=made)
    made[0, 0] = 3
    made[:, 1:2].mul_(2)
    made.index_fill_(1, torch.tensor([0]), 2.)
    made.index_put_((torch.tensor([0]),), torch.ones(()))
    made.scatter_(1, torch.zeros(1, 1, 1, 1, dtype=torch.long), 2.)
    made.masked_fill_(made > 0, 1.)
    return made + 1
def looked_at(net, x):
    array = x.numpy()
    assert array.max() > -1e9
    y = x.detach()
    F.relu(y, inplace=True)
    return x + 1
def numpys_table(net, x):
    return x + torch.from_numpy(np.ones((1, 8, 16, 16), np.float32)) + torch.from_numpy(net.array) + net.table
def thread_that_waits(net, x):
    elsewhere(lambda: None)
    return x.relu()
def thread_that_logs(net, x):
    elsewhere(lambda: len(str(x.shape)))
    return x.relu_()
def views_all_over(net, x):
    left, right = x.chunk(2, 1)
    left.relu_()
    right.mul_(2).add_(left)
    x.view(1, -1)[:, 0] = 0
    return F.max_pool2d(x, 2) @ x[:, :, :8, :8].mT
def numpy_of_what_torch_wrote(net, x):
    y = torch.zeros(1, 8, 16, 16)
    array = y.numpy()
    y.copy_(x)
    y.mul_(2)
    assert array.shape
    return y + 1
COUNTED = {
    kept_average: 0, kept_average_of_data: 0, kept_copy: 0, many_ways_to_write: 0, looked_at: 0, numpys_table: 0,
    thread_that_waits: 0, thread_that_logs: 0, views_all_over: 8 * 8 * 8 * 8, numpy_of_what_torch_wrote: 0,
}
