"""Ways into a module beside calling it: each network is Linear 4 to 4 and Linear 4 to 10, 16 + 40 multiply-adds."""
import functools
import torch
from torch import nn
input_shape = (4,)
class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 10)
    def forward(self, x):
        return self.b(self.a(x))
class Around(nn.Module):
    def __init__(self, run, change=None):
        super().__init__()
        self.inner, self.run = Pair(), run
        if change:
            change(self)
    def forward(self, x):
        return self.run(self.inner, x)
class Other(Pair):
    """is entered by another name"""
    def forward(self, x):
        raise NotImplementedError
    def encode(self, x):
        return self.b(self.a(x))
class Encoded(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Other()
    def forward(self, x):
        return self.inner.encode(x)
class Renamed(nn.Module):
    """forward is another module's, given to the instance"""
    def __init__(self):
        super().__init__()
        self.inner = Pair()
        self.forward = self.inner.forward
class Itself(nn.Module):
    """forward is another module"""
    def __init__(self):
        super().__init__()
        self.inner = Pair()
    @property
    def forward(self):
        return self.inner
class InAHook(nn.Module):
    """the work is in a hook of the network's own"""
    def __init__(self):
        super().__init__()
        self.inner = Pair()
        self.register_forward_hook(lambda module, args, output: module.inner(output))
    def forward(self, x):
        return x
class BeforeIt(InAHook):
    def __init__(self):
        nn.Module.__init__(self)
        self.inner = Pair()
        self.register_forward_pre_hook(lambda module, args: (module.inner(args[0]),))
class OwnCall(Pair):
    def __call__(self, x, *more):
        return super().__call__(x)
class OwnCallInside(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = OwnCall()
    def forward(self, x):
        return self.inner(x, "more")
class Wrapped(Pair):
    @torch.compile
    def forward(self, x):
        return self.b(self.a(x))
class Unbatched(Pair):
    def forward(self, x):
        return torch.stack(list(map(super().forward, x)))
def compiled_layers(net):
    net.inner.a.compile()
    net.inner.b = torch.compile(net.inner.b, fullgraph=True)
def functional(inner, x):
    return torch.func.functional_call(inner, dict(inner.named_parameters()), (x,))
def scripted(inner, x):
    return torch.compile(lambda y: inner(y), fullgraph=True)(x)
WAYS = {
    "forward": lambda: Around(lambda inner, x: inner.forward(x)),
    "forward of the class": lambda: Around(lambda inner, x: type(inner).forward(inner, x)),
    "call of the class": lambda: Around(lambda inner, x: nn.Module.__call__(inner, x)),
    "_call_impl": lambda: Around(lambda inner, x: inner._call_impl(x)),
    "_wrapped_call_impl": lambda: Around(lambda inner, x: inner._wrapped_call_impl(x)),
    "partial": lambda: Around(lambda inner, x: functools.partial(inner)(x)),
    "functional call": lambda: Around(functional),
    "map": lambda: Around(lambda inner, x: torch.cat(list(map(inner, x.split(1))))),
    "vmap": lambda: Around(lambda inner, x: torch.vmap(inner)(x)),
    "compiled in forward": lambda: Around(scripted),
    "compiled layers": lambda: Around(lambda inner, x: inner(x), compiled_layers),
    "another name": Encoded, "forward of an instance": Renamed, "forward is a module": Itself, "hook": InAHook, "hook before": BeforeIt,
    "own call": OwnCall, "own call inside": OwnCallInside, "compiled forward": Wrapped, "one by one": Unbatched,
    "compiled whole": lambda: torch.compile(Pair()),
    "parallel": lambda: nn.DataParallel(Pair()), "averaged": lambda: torch.optim.swa_utils.AveragedModel(Pair()),
}
