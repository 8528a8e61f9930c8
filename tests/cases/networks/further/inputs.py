"""Inputs of several kinds of number, none of which is said."""
import torch
from torch import nn
class Mask(nn.Module):
    def __init__(s): super().__init__(); s.c=nn.Conv2d(3,4,3,padding=1)
    def forward(s,x,m): return s.c(x).masked_fill(~m[:,None],0.)
class Bit(nn.Module):
    def __init__(s): super().__init__(); s.c=nn.Conv2d(3,4,3,padding=1)
    def forward(s,x,m): return s.c(x)*(m & (m.sum()>0))[:,None]
class TokF(nn.Module):
    def __init__(s): super().__init__(); s.l=nn.Linear(5,8); s.e=nn.Embedding(10,8)
    def forward(s,f,t): return s.l(f)+s.e(t)
class Cplx(nn.Module):
    def __init__(s): super().__init__(); s.l=nn.Linear(4,4)
    def forward(s,x): return s.l(torch.view_as_real(x).flatten(-2)[...,:4])
class Three(nn.Module):
    def __init__(s): super().__init__(); s.c=nn.Conv2d(3,4,3); s.t=nn.Embedding(10,4); s.k=nn.Linear(7,4)
    def forward(s,x,t,k): return s.c(x)+(s.t(t)+s.k(k))[:,:,None,None]
class Pad(nn.Module):
    def __init__(s): super().__init__(); s.e=nn.Embedding(10,8); s.a=nn.MultiheadAttention(8,2,batch_first=True)
    def forward(s,t,pad): e=s.e(t); return s.a(e,e,e,key_padding_mask=pad)[0]
class Gat(nn.Module):
    def __init__(s): super().__init__(); s.l=nn.Linear(4,4)
    def forward(s,x,i): return s.l(x).gather(1,i[...,None].expand(-1,-1,4))
class Byte(nn.Module):
    def __init__(s): super().__init__(); s.l=nn.Linear(12,4)
    def forward(s,x): return s.l((x>>1).float())
