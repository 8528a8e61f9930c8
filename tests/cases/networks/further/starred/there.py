"""imports what imports it, and has all of it"""
from torch import nn
input_shape = (3, 16, 16)
class There(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
    def forward(self, x):
        return self.conv(x)
from and_back import *
