"""What several families need: the size of a map after the layers, and the error when it would vanish."""

from __future__ import annotations

from cnnviz.errors import CnnvizError


def pooled(size: int, kernel: int, stride: int, padding: int = 0) -> int:
    """Return the pixels left by a convolution or pooling: ⌊(size + 2·padding − kernel) / stride⌋ + 1."""
    return (size + 2 * padding - kernel) // stride + 1


def check_size(title: str, size: tuple[int, int], smallest: int) -> None:
    """Raise CnnvizError when a picture of ``size`` (height, width) leaves nothing for the last layers."""
    if min(size) < smallest:
        raise CnnvizError(
            f"{title} needs pictures of at least {smallest}×{smallest} pixels; {size[0]}×{size[1]} were asked for.",
            f"Choose an input size (resize) of {smallest} or more.",
        )
