"""Heat → a layer of colour to lay over a picture. Pure numpy and Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnnviz.feature_maps.drawn import colors

if TYPE_CHECKING:
    import numpy.typing as npt


def heat_layer(
    heat: npt.NDArray[np.float32], height: int, width: int, color_map: str, strength: float
) -> npt.NDArray[np.uint8]:
    """Return (height, width, 4), RGBA: the hotter, the less of what is below is seen.

    Args:
        heat: (H, W), any size; below 0, as of occlusion, and where it is not finite, it is shown as none.
        height: of the layer.
        width: of the layer.
        color_map: a name of ``colors.NAMES``.
        strength: 0: nothing is seen; 1: the hottest place is all colour.
    """
    finite = np.nan_to_num(heat, nan=0.0, posinf=0.0, neginf=0.0)
    larger = np.asarray(Image.fromarray(finite).resize((width, height), Image.Resampling.BILINEAR))
    share = larger.clip(min=0) / (larger.max() if larger.max() > 0 else 1)  # 0..1
    layer: npt.NDArray[np.uint8] = colors.table(color_map)[1 + np.rint(share * 254).astype(int)]
    layer[..., 3] = np.rint(255 * strength * share)
    return layer
