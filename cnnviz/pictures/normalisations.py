"""What a picture of 0..1 is brought to, (x − mean) ÷ std, for a network: by name or numbers. No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.pictures.preprocessing import Normalisation


@dataclass(frozen=True, slots=True)
class NormalisationChoice:
    """One that weights are often made for. One number stands for every channel."""

    name: str  # "imagenet"
    title: str
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def suits(self, channels: int) -> bool:
        """Return whether a picture of so many channels can be brought to it."""
        return len(self.mean) in (1, channels)


NONE = "none"  # 0..1 as it is
NORMALISATIONS = (
    NormalisationChoice(NONE, "None (0 to 1)", (0.0,), (1.0,)),
    # torchvision.transforms._presets.ImageClassification
    NormalisationChoice("imagenet", "ImageNet", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    NormalisationChoice("bytes", "None (0 to 255)", (0.0,), (1 / 255,)),  # Caffe's scale
    NormalisationChoice("half", "−1 to 1", (0.5,), (0.5,)),  # TensorFlow's Inception networks
    NormalisationChoice("clip", "CLIP", (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    # Mean and deviation of the training sets; pytorch/examples mnist/main.py has MNIST's.
    NormalisationChoice("cifar10", "CIFAR-10", (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    NormalisationChoice("mnist", "MNIST", (0.1307,), (0.3081,)),
    NormalisationChoice("fashion-mnist", "Fashion-MNIST", (0.2860,), (0.3530,)),
)

_NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"
_PAIR = rf"\s*{_NUMBER}\s*,\s*{_NUMBER}\s*"
PATTERN = "|".join((*(each.name for each in NORMALISATIONS), rf"{_PAIR}(,{_PAIR})*"))  # of what may be written
_LARGEST = 1e15  # and its inverse: what float32 computes with
IN_NUMBERS = "MEAN,STD such as 0.1307,0.3081 (for three channels three means and then three standard deviations)"


def normalisation_named(text: str, channels: int) -> Normalisation | None:
    """Return mean and standard deviation for each channel; None: the picture stays 0..1.

    Args:
        text: a name, or MEAN,STD; as many means and then as many deviations where channels differ.
        channels: of the network's input.

    Raises:
        CnnvizError: it is neither, or is for another number of channels.
    """
    known = next((each for each in NORMALISATIONS if each.name == text.strip().lower()), None)
    mean, std = _numbers(text) if known is None else (known.mean, known.std)
    if len(mean) not in (1, channels):
        raise CnnvizError(
            f"The normalisation {text} is for {units.counted(len(mean), 'channel')}; this network takes {channels}.",
            "Choose none, or give one mean and one standard deviation"
            + (f", or {channels} of each." if channels > 1 else "."),
        )
    if known is not None and known.name == NONE:
        return None
    return mean * (channels // len(mean)), std * (channels // len(std))


def is_sound(mean: Sequence[float], std: Sequence[float]) -> bool:
    """Return whether these are a mean and a deviation for each channel that pictures can be brought to and back."""
    finite = all(abs(each) <= _LARGEST for each in (*mean, *std))
    return 0 < len(mean) == len(std) and finite and min(std) >= 1 / _LARGEST


def _numbers(text: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    mean, std = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
    if not is_sound(mean, std):
        names = ", ".join(each.name for each in NORMALISATIONS)
        raise CnnvizError(
            f"There is no normalisation {text!r}.",
            f"Choose one of {names}, or give {IN_NUMBERS}, the deviations above 0.",
        )
    return mean, std
