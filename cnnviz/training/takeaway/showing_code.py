"""How a run shows its pictures, as code: our own functions for what augmentation does, and what is drawn for them."""

from __future__ import annotations

from collections.abc import Mapping

from cnnviz.pictures.normalisations import normalisation_named
from cnnviz.training.config import TrainConfig
from cnnviz.training.data import picture_changes
from cnnviz.training.data.augmentations import DEGREES, JITTER, NOISE, PADDING_SHARE, chosen
from cnnviz.training.takeaway.own_source import Text

_AUGMENTED = '''\
def augmented(images):
    """Return pictures changed at random, each for itself; values 0 to 255."""
    count = len(images)
{lines}    return images
'''
_LINES: Mapping[str, tuple[str, str]] = {  # what of ours does it, and how it is asked
    "flip": ("flipped", "    images = flipped(images, torch.rand(count) < 0.5)\n"),
    "crop": (
        "moved",
        f"    padding = [round(side / {PADDING_SHARE}) for side in images.shape[2:]]\n"
        "    down, right = [torch.randint(0, 2 * each + 1, (count,)) for each in padding]\n"
        "    images = moved(images, down, right, padding)\n",
    ),
    "rotation": (
        "turned",
        f"    degrees = (torch.rand(count) * 2 - 1) * {DEGREES:g}\n    images = turned(images, degrees.deg2rad())\n",
    ),
    "jitter": (
        "jittered",
        f"    images = jittered(images, *torch.rand(3, count) * {2 * JITTER:g} + {1 - JITTER:g})\n",
    ),
    "pca": (
        "colour_shift",
        f"    images = images + 255 * colour_shift({NOISE} * torch.randn(count, len(components)), components)\n",
    ),
}
_COMPONENTS = """\
colours = train_images.transpose(0, 1).flatten(1).double() / 255
eigenvalues, eigenvectors = torch.linalg.eigh(torch.cov(colours, correction=0))
components = (eigenvectors * eigenvalues).float()
"""
_NORMALISED = """\
    mean, std = (torch.tensor(each, device=device).reshape(-1, 1, 1) for each in (MEAN, STD))
"""


def augmentation_code(config: TrainConfig) -> tuple[Text, str]:
    """Return the functions of ours that augmenting needs, and the code of ``augmented``; "" where nothing is."""
    names, ours = chosen(config.augment), Text()
    if not names:
        return ours, ""
    for name in names:
        ours.add(picture_changes.__name__, _LINES[name][0])
    augmented = _AUGMENTED.format(lines="".join(_LINES[name][1] for name in names))
    return ours, f"{_COMPONENTS}\n\n{augmented}" if "pca" in names else augmented


def normalisation_code(config: TrainConfig, channels: int) -> tuple[Mapping[str, object], str]:
    """Return the constants that normalising needs, and the line before it; none where pictures stay 0..1."""
    found = normalisation_named(config.normalise, channels)
    return ({}, "") if found is None else ({"MEAN": found[0], "STD": found[1]}, _NORMALISED)
