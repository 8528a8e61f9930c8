"""Methods and attributes of the user's under PyTorch's names: Conv2d 3 to 8 and Linear 8 to 10 each."""
import torch
from torch import nn
input_shape = (3, 16, 16)
PARAMS, MACS = 224 + 90, 8 * 14 * 14 * 27 + 80
class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8, 10)
    def forward(self, x):
        return self.head(self.body(x).mean((2, 3)))
class Names(Base):
    def named_parameters(self):
        return [("head", each) for each in self.head.parameters()]
    def named_modules(self):
        return {"body": self.body}
    def named_children(self):
        return "body", "head"
    def named_buffers(self):
        return None
class Children(Base):
    def children(self):
        return [self.head]
    def modules(self, depth):
        return [self][:depth]
    def buffers(self):
        raise RuntimeError("there are none")
class Modes(Base):
    """what training is, is said by a property"""
    @property
    def training(self):
        return False
    @training.setter
    def training(self, mode):
        pass
    def eval(self, metric):
        return metric
class Sized(Base):
    """empty, and so false"""
    def __len__(self):
        return 0
class Equal(Base):
    """equal to everything, and of no hash"""
    def __eq__(self, other):
        return True
    __hash__ = None
class Equals(nn.Module):
    """blocks that compare by what they are: two of them are equal"""
    class Block(nn.Conv2d):
        def __eq__(self, other):
            return type(self) is type(other)
        def __hash__(self):
            return 1
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Sequential(self.Block(3, 8, 3)), nn.Linear(8, 10)
        self.body.append(nn.Identity())
    def forward(self, x):
        return self.head(self.body(x).mean((2, 3)))
class Shown(Base):
    """does not let itself be shown"""
    def __repr__(self):
        raise RuntimeError("not ready")
    def extra_repr(self):
        raise RuntimeError("not ready")
class Attributes(Base):
    """answers for every name"""
    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            return None
class Closed(Base):
    """takes no new attributes once it stands"""
    def __init__(self):
        super().__init__()
        self.__dict__["closed"] = True
    def __setattr__(self, name, value):
        if self.__dict__.get("closed"):
            raise AttributeError(f"{name} cannot be set")
        super().__setattr__(name, value)
class Moved(Base):
    """says itself where it goes"""
    def to(self, where):
        raise RuntimeError("ask .place()")
    def cpu(self):
        raise RuntimeError("ask .place()")
    def _apply(self, function):
        raise RuntimeError("ask .place()")
    def state_dict(self):
        return {"version": 3}
    def load_state_dict(self, version):
        return version
    def apply(self, image):
        return image
    def zero_grad(self, hard):
        return hard
    def requires_grad_(self, which):
        return which
class Copied(Base):
    """does not let itself be copied"""
    def __deepcopy__(self, memo):
        raise TypeError("one of a kind")
    def __reduce_ex__(self, protocol):
        raise TypeError("one of a kind")
    def __copy__(self):
        raise TypeError("one of a kind")
class Iterated(Base):
    """is a sequence of its layers, by its own count"""
    def __iter__(self):
        raise StopIteration
    def __getitem__(self, at):
        raise IndexError(at)
    def __contains__(self, other):
        raise TypeError
class Places(Base):
    """attributes named as methods are"""
    def __init__(self):
        super().__init__()
        self.__dict__.update(parameters=3, modules=["body"], train=True, float=0.5, buffers={}, children=None, eval="top1")
class Names2(Base):
    """layers named as methods are"""
    def __init__(self):
        super().__init__()
        del self.body, self.head
        self._modules.update(train=nn.Conv2d(3, 8, 3), eval=nn.Linear(8, 10))
    def forward(self, x):
        return self._modules["eval"](self._modules["train"](x).mean((2, 3)))
class Named(Base):
    """has a name, a kind and a device of its own"""
    kind, path, index, name = "resnet", "here", 3, "net"
    @property
    def device(self):
        raise RuntimeError("no device")
    def __call__(self, x):
        return super().__call__(x)
class Truth(Base):
    """has no truth, no hash and no size"""
    def __bool__(self):
        raise RuntimeError("neither")
    __len__ = __dir__ = __sizeof__ = __bool__
class Refusing(Base):
    """does not let anybody list it"""
    def __getattribute__(self, name):
        if name in ("modules", "children", "named_modules", "parameters", "state_dict"):
            raise RuntimeError(name)
        return super().__getattribute__(name)
class Another(Base):
    """says that it is a dictionary"""
    @property
    def __class__(self):
        return dict
class OnInstance(Base):
    """forward is a function of the instance's, and so is a layer's"""
    def __init__(self):
        super().__init__()
        body = self.body.forward
        self.body.forward = lambda x: body(x)
        self.forward = lambda x: self.head(self.body(x).mean((2, 3)))
class Deleting(Base):
    """no hook can be set, no part is named, nothing is deleted"""
    def register_forward_hook(self, hook):
        raise RuntimeError("no hooks")
    register_forward_pre_hook = get_submodule = get_parameter = __delattr__ = register_forward_hook
METHODS = [
    Names, Children, Modes, Sized, Equal, Equals, Shown, Attributes, Closed, Moved, Copied, Iterated, Places, Names2, Named,
    Truth, Refusing, Another, OnInstance, Deleting,
]
