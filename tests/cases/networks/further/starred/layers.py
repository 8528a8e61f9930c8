from torch import nn
input_shape = (3, 16, 16)
class Star(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
    def forward(self, x):
        return self.conv(x)
class Hidden(Star):
    pass
class _Private(Star):
    pass
def small(width=4):
    return Star(width)
