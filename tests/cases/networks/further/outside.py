"""Layers and parameters that the network uses and none of its modules holds."""
import torch
from torch import nn
input_shape = (3, 8, 8)
GLOBAL=nn.Conv2d(3,3,1)
class Glob(nn.Module):
    def __init__(s): super().__init__(); s.c=nn.Conv2d(3,4,3)
    def forward(s,x): return s.c(GLOBAL(x))
class Clos(nn.Module):
    def __init__(s):
        super().__init__(); s.c=nn.Conv2d(3,4,3); a=nn.Conv2d(4,4,1); s.run=lambda x:a(x)
    def forward(s,x): return s.run(s.c(x))
class Obj:
    def __init__(s): s.m=nn.Conv2d(4,4,1)
class Held(nn.Module):
    def __init__(s): super().__init__(); s.c=nn.Conv2d(3,4,3); s.o=Obj()
    def forward(s,x): return s.o.m(s.c(x))
class ClsAttr(nn.Module):
    shared=nn.Conv2d(4,4,1)
    def __init__(s): super().__init__(); s.c=nn.Conv2d(3,4,3)
    def forward(s,x): return s.shared(s.c(x))
W=nn.Parameter(torch.ones(4,4,1,1))
class Par(nn.Module):
    def __init__(s): super().__init__(); s.c=nn.Conv2d(3,4,3)
    def forward(s,x): return nn.functional.conv2d(s.c(x),W)
def hooked():
    net=nn.Sequential(nn.Conv2d(3,4,3),nn.ReLU()); a=nn.Conv2d(4,4,1)
    net[1].register_forward_hook(lambda m,i,o:a(o)); return net
class Made(nn.Module):
    def __init__(s): super().__init__(); s.c=nn.Conv2d(3,4,3)
    def forward(s,x): return nn.Conv2d(4,4,1)(s.c(x))
