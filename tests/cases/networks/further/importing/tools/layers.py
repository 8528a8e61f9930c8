from torch import nn
from .ops import double
class Double(nn.Module):
    def forward(self, x):
        return double(x)
