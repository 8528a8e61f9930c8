"""Names that functions and modules share."""
import torch
from torch import nn
from torch.nn import functional as F
input_shape=(3,8,8)
class conv2d(nn.Module):
    def forward(s,x): return x.relu()
class Loop(nn.Module):
    def __init__(s): super().__init__(); s.relu=nn.ReLU(); s.conv2d=conv2d(); s.add=nn.ModuleList([nn.ReLU()]); s.cat=nn.Sequential(nn.ReLU(),nn.ReLU())
    def forward(s,x):
        for _ in range(3): x=F.relu(x)-.5
        x=s.relu(x); x=F.conv2d(x,torch.ones(3,3,1,1)); x=s.conv2d(x); x=x+1; x=s.add[0](x)
        x=s.cat(x); return torch.cat([x,x],1)
