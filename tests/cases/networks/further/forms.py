"""Networks that a file offers in yet other ways: each is a convolution, 3 x 8 x 8 to 4 x 6 x 6."""
import functools, dataclasses, typing
from torch import nn
import torch
input_shape=(3,8,8)
def deco(c): return c
@deco
class Deco(nn.Module):
    def __init__(s): super().__init__(); s.c=nn.Conv2d(3,4,3)
    def forward(s,x): return s.c(x)
@dataclasses.dataclass(eq=False)
class Data(nn.Module):
    width:int=4
    def __post_init__(s): super().__init__(); s.c=nn.Conv2d(3,s.width,3)
    def forward(s,x): return s.c(x)
Part=functools.partial(Data,width=4)
Lam=lambda width=4: nn.Sequential(nn.Conv2d(3,width,3))
def factory(width=4,*,k=3,**kw)->nn.Module: return nn.Sequential(nn.Conv2d(3,width,k))
@functools.lru_cache
def cached(): return nn.Sequential(nn.Conv2d(3,4,3))
exec("class Exec(Deco): pass")
Made=type("Made",(Deco,),{})
globals()["Glob"]=Deco
for _i in (1,2): globals()[f"Net{_i}"]=type(f"Net{_i}",(Deco,),{})
inst=Deco()
with torch.no_grad(): withed=Deco()
match 1:
    case 1:
        class Matched(Deco): pass
while True:
    class Looped(Deco): pass
    break
(walrus:=Deco())
class Callable_:
    def __call__(s): return Deco()
call=Callable_()
T=typing.TypeVar("T")
class Gen(Deco,typing.Generic[T]): pass
