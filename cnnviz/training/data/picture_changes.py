"""What augmentation does to a batch, given what was drawn: on the device, all pictures at once.

Pictures are (N, C, H, W) with values 0..255, bytes or float32; each has its own change. The functions stand alone: the
script that repeats a run holds them as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def flipped(images: Tensor, which: Tensor) -> Tensor:
    """Return the pictures, those that ``which`` (N,) says mirrored left to right."""
    return torch.where(which[:, None, None, None], images.flip(3), images)


def moved(images: Tensor, down: Tensor, right: Tensor, padding: tuple[int, int]) -> Tensor:
    """Return crops of the pictures' own size, of the pictures with black around them.

    Args:
        images: (N, C, H, W).
        down: (N,) of each, rows from the top of the padded picture: 0 to twice the padding.
        right: (N,) columns.
        padding: rows above and below, columns left and right.
    """
    count, channels, height, width = images.shape
    rows, columns = padding
    padded = functional.pad(images, (columns, columns, rows, rows)).contiguous()
    of_picture, of_channel, of_row, of_column = padded.stride()
    size = (count, 2 * rows + 1, 2 * columns + 1, channels, height, width)
    windows = padded.as_strided(size, (of_picture, of_row, of_column, of_channel, of_row, of_column))
    return windows[torch.arange(count, device=images.device), down, right]


def turned(images: Tensor, radians: Tensor) -> Tensor:
    """Return the pictures turned about their centres, counter-clockwise, read bilinearly, black around them.

    Args:
        images: (N, C, H, W).
        radians: (N,) of each.
    """
    height, width = images.shape[2:]
    # Centres of pixels, as grid_sample counts them: -1 and 1 are the edges.
    ys = (torch.arange(height, device=images.device) * 2 + 1 - height) / height
    xs = (torch.arange(width, device=images.device) * 2 + 1 - width) / width
    cosine, sine = radians.cos()[:, None, None], radians.sin()[:, None, None]
    grid = torch.empty(len(images), height, width, 2, device=images.device)
    grid[..., 0] = cosine * xs - sine * (height / width) * ys[:, None]
    grid[..., 1] = sine * (width / height) * xs + cosine * ys[:, None]
    return functional.grid_sample(images.float(), grid, align_corners=False)


def jittered(images: Tensor, brightness: Tensor, contrast: Tensor, saturation: Tensor) -> Tensor:
    """Return the pictures, float32, with each of the three multiplied, (N,) each; saturation only of RGB pictures.

    As torchvision's ``adjust_brightness``, ``adjust_contrast`` and ``adjust_saturation``, one after the other.
    """
    images = (images * brightness[:, None, None, None]).clamp_(0, 255)
    mean = _grey(images).mean((1, 2, 3), keepdim=True)
    images.lerp_(mean, 1 - contrast[:, None, None, None]).clamp_(0, 255)
    if images.shape[1] == 3:
        images.lerp_(_grey(images), 1 - saturation[:, None, None, None]).clamp_(0, 255)
    return images


def _grey(images: Tensor) -> Tensor:
    """Return what is seen of the colours (ITU-R BT.601), (N, 1, H, W); of other channels their mean."""
    if images.shape[1] != 3:
        return images.mean(1, keepdim=True)
    shares = torch.tensor([[0.2989, 0.587, 0.114]], device=images.device)
    return (shares @ images.flatten(2)).view(-1, 1, *images.shape[2:])


def colour_shift(amounts: Tensor, components: Tensor) -> Tensor:
    """Return what is added to each channel of each picture, (N, C, 1, 1).

    Krizhevsky et al., 2012, section 4.1: [p₁, p₂, p₃] [α₁λ₁, α₂λ₂, α₃λ₃]ᵀ.

    Args:
        amounts: (N, C), the α of each picture, of standard deviation 0.1.
        components: (C, C), each column an eigenvector of the colours' covariance times its eigenvalue.
    """
    return (amounts @ components.T)[:, :, None, None]
