"""Settings with which somebody has trained a network and said what came of it, by name. No torch here.

Each network of the textbooks has the book's (``d2l``), the course's (``course``) and a fast one (``fast``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cnnviz.errors import CnnvizError
from cnnviz.zoo.catalog import find
from cnnviz.zoo.specs import OptionValue

_BOOK = "Dive into Deep Learning (Zhang et al., 2023)"
_COURSE = "ShusenTang, Dive-into-DL-PyTorch"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings for one network. What it leaves out stays as it was chosen; the data are the reader's own choice."""

    name: str  # "d2l"
    title: str  # "The book's"
    settings: Mapping[str, object]  # fields of ``TrainConfig``
    source: str  # who trained with these settings, and where it stands
    options: Mapping[str, OptionValue]  # of the architecture

    def applied(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return ``values``, settings by name, with those of the recipe in place of theirs."""
        said = values.get("options", {})
        options = {**(said if isinstance(said, Mapping) else {}), **self.options}
        return {**values, **self.settings, "options": options}

    def is_followed(self, texts: Mapping[str, str], options: Mapping[str, object]) -> bool:
        """Return whether settings, as texts by name, and options of the architecture are those of the recipe."""
        same = all(options.get(name) == value for name, value in self.options.items())
        return same and all(_reads(texts.get(name, ""), value) for name, value in self.settings.items())


def _reads(text: str, value: object) -> bool:
    """Return whether a text stands for a value: 0.10 is 0.1."""
    match value:
        case None:
            return text == ""
        case bool():
            return text == ("yes" if value else "no")
        case str():
            return text == value
    try:
        return isinstance(value, int | float) and float(text) == value
    except ValueError:
        return False


def _book(rate: float, batch: int, size: int, section: str, **options: OptionValue) -> Recipe:
    """SGD without momentum, ten epochs, Xavier: what ``train_ch6`` of the book does."""
    settings = _plain(10, batch, "sgd", rate, size, init="xavier")
    return Recipe("d2l", "The book's", settings, f"{_BOOK}, section {section}", options)


def _course(rate: float, batch: int, size: int, section: str, **options: OptionValue) -> Recipe:
    """Adam, five epochs."""
    settings = _plain(5, batch, "adam", rate, size)
    return Recipe("course", "The course's", settings, f"{_COURSE}, section {section}", options)


def _fast(rate: float, batch: int, size: int, came_to: str = "", **options: OptionValue) -> Recipe:
    """Adam along a cosine, on pictures that are not larger than the network needs."""
    settings = _plain(5, batch, "adam", rate, size, schedule="cosine", init="xavier")
    return Recipe("fast", "A fast one", settings, f"cnnviz, for two cores and little patience{came_to}", options)


def _plain(
    epochs: int, batch: int, optimizer: str, rate: float, size: int, schedule: str = "constant", init: str = "default"
) -> dict[str, object]:
    """All that decides a result is said, so that nothing chosen before stays by accident."""
    return {
        "epochs": epochs,
        "batch_size": batch,
        "optimizer": optimizer,
        "learning_rate": rate,
        "schedule": schedule,
        "warm_up": 0,
        "momentum": 0.0,
        "nesterov": False,
        "weight_decay": 0.0,
        "clip_gradient": None,
        "label_smoothing": 0.0,
        "dropout": None,
        "resize": size,
        "augment": None,
        "normalise": "none",
        "init": init,
    }


_LECTURE = Recipe(
    "course",
    "The course's",
    _plain(10, 64, "sgd", 0.01, 28) | {"momentum": 0.5, "normalise": "mnist"},
    "Liu Er, PyTorch deep learning practice, lecture 10",
    {},
)
_ALEXNET = (_book(0.01, 128, 224, "8.1"), _course(0.001, 128, 224, "5.6"), _fast(0.0005, 128, 96))
_VGG = (
    _book(0.05, 128, 224, "8.2", width_divisor=4),
    _course(0.001, 64, 224, "5.7", width_divisor=8),
    _fast(0.001, 64, 64, width_divisor=8),
)
_GOOGLENET = (_book(0.1, 128, 96, "8.4"), _course(0.001, 128, 96, "5.9"), _fast(0.001, 128, 48))
_RESNET = (_book(0.05, 256, 96, "8.6"), _course(0.001, 256, 96, "5.11"), _fast(0.001, 128, 32))
_DENSENET = (_book(0.1, 256, 96, "8.7"), _course(0.001, 256, 96, "5.12"), _fast(0.001, 128, 32))

_BATCH_NORM = (
    replace(_book(1.0, 256, 28, "8.5", activation="sigmoid", batch_norm=True), name="d2l-batchnorm"),
    replace(_course(0.001, 256, 28, "5.10", activation="sigmoid", batch_norm=True), name="course-batchnorm"),
)
_OF_NETWORK: Mapping[str, tuple[Recipe, ...]] = {
    "lenet": (
        _book(0.9, 256, 28, "7.6", activation="sigmoid", batch_norm=False),
        _course(0.001, 256, 28, "5.5", activation="sigmoid", batch_norm=False),
        _fast(0.003, 128, 28, ": 0.894 on Fashion-MNIST", activation="relu", batch_norm=False),
        *(replace(recipe, title=f"{recipe.title}, with BatchNorm") for recipe in _BATCH_NORM),
    ),
    "course-mnist": (_LECTURE, _fast(0.003, 128, 28)),
    "alexnet": _ALEXNET,
    "vgg11": _VGG,
    "nin": (_book(0.1, 128, 224, "8.3"), _course(0.002, 128, 224, "5.8"), _fast(0.001, 128, 96)),
    "googlenet": _GOOGLENET,
    "resnet18": _RESNET,
    "densenet": _DENSENET,
}
# What the book and the course do with one network of a family, for the others of it.
_LENT: Mapping[str, tuple[str, int]] = {  # whose, and the least size of pictures
    "alexnet-half": ("alexnet", 96),
    "alexnet-paper": ("alexnet", 96),
    "vgg13": ("vgg11", 64),
    "vgg16": ("vgg11", 64),
    "vgg19": ("vgg11", 64),
    "inception-v2": ("googlenet", 64),
    "inception-v3": ("googlenet", 96),
    "inception-v4": ("googlenet", 96),
    "resnet34": ("resnet18", 32),
    "resnet50": ("resnet18", 32),
    "resnet101": ("resnet18", 32),
    "resnet152": ("resnet18", 32),
    "resnext": ("resnet18", 32),
    "resnext50": ("resnet18", 32),
    "densenet121": ("densenet", 32),
}


def recipes_for(network: str) -> tuple[Recipe, ...]:
    """Return the recipes for a network of the catalogue; none for those that no textbook trains."""
    if network not in _LENT:
        return _OF_NETWORK.get(network, ())
    owner, least = _LENT[network]
    return tuple(_lent(recipe, owner, least) for recipe in _OF_NETWORK[owner])


def find_recipe(network: str, name: str) -> Recipe:
    """Return the recipe of this name for a network.

    Raises:
        CnnvizError: there is none.
    """
    known = {recipe.name: recipe for recipe in recipes_for(network)}
    if name not in known:
        hint = f"Choose {', '.join(known)}." if known else "Give the settings themselves: --lr, --epochs, …"
        raise CnnvizError(f"There is no recipe {name!r} for {find(network).title}.", hint)
    return known[name]


def _lent(recipe: Recipe, owner: str, least: int) -> Recipe:
    """A recipe of another network of the family says so; the fast one is ours for each of them."""
    size = recipe.settings["resize"]
    settings = {**recipe.settings, "resize": max(least, size) if isinstance(size, int) else size}
    lent = recipe.source if recipe.name == "fast" else f"{recipe.source}, for {find(owner).title}"
    return replace(recipe, settings=settings, source=lent)
