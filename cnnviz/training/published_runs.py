"""Results that others published, beside a run: the band of theirs, and whether the run is inside. No torch here.

The figures are in ``resources/reference/d2l_bands.json``, whose ``about`` says what each means. They are of whole
Fashion-MNIST and of certain settings, which the recipes hold: a run with others cannot be compared with them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cnnviz.assets import asset
from cnnviz.errors import CnnvizError
from cnnviz.paths import path_of
from cnnviz.training.config import SETTINGS, TrainConfig
from cnnviz.training.data.data_sets import find_data_set
from cnnviz.training.events import EpochDone, LearningRateChanged, RunStarted
from cnnviz.training.recipes import Recipe, recipes_for
from cnnviz.training.settings import OF_COMPUTING
from cnnviz.zoo.catalog import find

_DATA = "fashion-mnist"
# What a result does not depend on, or no more than on chance.
_FREE = OF_COMPUTING | {"model", "data", "options", "seed", "allow_mismatch"}
_MOST_NAMED = 3
_BANDS: Mapping[tuple[str, str], str] = {  # network and recipe: whose runs are counted there
    ("lenet", "d2l"): "lenet",
    ("lenet", "d2l-batchnorm"): "lenet_batchnorm",
    ("alexnet", "d2l"): "alexnet",
    ("vgg11", "d2l"): "vgg11_channels_div_4",
    ("nin", "d2l"): "nin",
    ("googlenet", "d2l"): "googlenet",
    ("resnet18", "d2l"): "resnet18",
    ("densenet", "d2l"): "densenet",
}
_SINGLE = {"lenet": "lenet", "alexnet": "alexnet", "nin": "nin", "googlenet": "googlenet", "resnet18": "resnet18"}
_SINGLE |= {"densenet": "densenet"}
Where = Literal["inside", "above", "below", "unknown"]
Milestone = RunStarted | EpochDone | LearningRateChanged  # what a run is judged by


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the middle 90 % of some runs are, and all of them."""

    low: float  # the 5th percentile
    high: float  # the 95th
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class PublishedRuns:
    """What others got with the settings of a recipe, after one of its epochs."""

    recipe: Recipe
    epoch: int
    count: int  # of runs
    test_accuracy: Spread  # 0..1; of a single run it has no width
    train_loss: Spread | None  # nats, mean over the epoch, in train mode
    by_epoch: tuple[float, ...] = ()  # test accuracy after each epoch, of a single run
    note: str = ""
    stuck: int = 0  # of the runs: they stayed at chance, and no spread counts them

    @property
    def counted(self) -> str:
        """Return "98 of 106 published runs": those that the spreads are of."""
        runs = f"{self.count} published runs" if self.count > 1 else "one published run"
        return f"{self.count - self.stuck} of {runs}" if self.stuck else runs

    @property
    def whose(self) -> str:
        """Return "185 published runs (Dive into Deep Learning …, section 7.6)"."""
        return f"{self.counted} ({self.recipe.source})"


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a run stands beside published ones."""

    where: Where
    sentence: str


def published_runs(network: str) -> tuple[PublishedRuns, ...]:
    """Return what is known of a network of the catalogue, by recipe; nothing of most."""
    return tuple(found for recipe in recipes_for(network) if (found := _of_recipe(network, recipe)) is not None)


def comparable(config: TrainConfig, train_images: int = 0) -> tuple[PublishedRuns | None, str]:
    """Return the published runs with the very settings of ``config``, or None and why there are none, in a sentence.

    Args:
        config: of the run, resolved or not.
        train_images: of the run; 0: not known yet.
    """
    known = published_runs(config.model)
    if not known:
        return None, f"No published results of {_title(config.model)} are known here."
    nearest = min(known, key=lambda each: len(_differences(config, each.recipe, train_images)))
    if differences := _differences(config, nearest.recipe, train_images):
        more = len(differences) - _MOST_NAMED
        named = "; ".join(differences[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
        return None, f"Not comparable with {nearest.whose}: {named}."
    return nearest, ""


def judged(events: Iterable[object]) -> Judgement | None:
    """Return how the run of these events stands beside published ones; None: it never started."""
    started, epochs = None, {}
    changed = math.inf  # epoch in which the learning rate was
    for event in events:
        if isinstance(event, RunStarted):
            started = event
        elif isinstance(event, EpochDone):
            epochs[event.epoch] = event
        elif isinstance(event, LearningRateChanged):
            changed = min(changed, event.epoch)
    if started is None:
        return None
    published, why = comparable(started.config, started.train_images)
    if published is None:
        return Judgement("unknown", why)
    reached = epochs.get(published.epoch)
    if reached is None:
        return Judgement("unknown", f"Not comparable with {published.whose}: it ended before epoch {published.epoch}.")
    if changed <= published.epoch:
        return Judgement("unknown", f"Not comparable with {published.whose}: its learning rate was changed on the way.")
    return _placed(reached, published)


def _placed(epoch: EpochDone, published: PublishedRuns) -> Judgement:
    mine, theirs = epoch.test_accuracy, published.test_accuracy
    said = f"Test accuracy {mine:.3f} after epoch {epoch.epoch}"
    if published.count == 1:
        how = f"{abs(mine - theirs.low):.3f} {'above' if mine >= theirs.low else 'below'}"
        spread = "how far runs spread is unknown"
        return Judgement("unknown", f"{said}: {how} {published.whose}, {theirs.low:.3f}; {spread}.")
    where: Where = "inside" if theirs.low <= mine <= theirs.high else "above" if mine > theirs.high else "below"
    seen = "" if where == "inside" else _beyond(mine, theirs)
    band = f"the middle 90 % of {published.whose}, {theirs.low:.3f} to {theirs.high:.3f}{seen}"
    return Judgement(where, f"{said}: {where} {band}.{_loss_words(epoch, published)}{_note(published)}")


def _beyond(mine: float, theirs: Spread) -> str:
    all_of_them = f"{theirs.least:.3f} to {theirs.most:.3f}"
    is_among = theirs.least <= mine <= theirs.most
    return f"; all of these: {all_of_them}" if is_among else f", and of all these, {all_of_them}"


def _loss_words(epoch: EpochDone, published: PublishedRuns) -> str:
    if (theirs := published.train_loss) is None:
        return ""
    where = "below" if epoch.train_loss < theirs.low else "above" if epoch.train_loss > theirs.high else "inside"
    return f" Training loss {epoch.train_loss:.3f}: {where} theirs, {theirs.low:.3f} to {theirs.high:.3f}."


def _note(published: PublishedRuns) -> str:
    return f" {published.note}" if published.note else ""


def _differences(config: TrainConfig, recipe: Recipe, train_images: int) -> list[str]:
    """Return in which settings a run is another than those of a recipe: "learning rate 0.001, theirs 0.9"."""
    differences = [] if _is_of_data(config, train_images) else [f"other data than {find_data_set(_DATA).title}"]
    for row in SETTINGS:
        mine, theirs = getattr(config, row.name), recipe.settings.get(row.name, row.default)
        is_longer = row.name == "epochs" and config.schedule == "constant" and mine >= theirs
        if row.name not in _FREE and not is_longer and mine != theirs and not _is_size(config, row.name, theirs):
            differences.append(f"{row.label.lower()} {_word(mine, row.empty)}, theirs {_word(theirs, row.empty)}")
    return differences + _other_options(config, recipe)


def _other_options(config: TrainConfig, recipe: Recipe) -> list[str]:
    try:
        options = find(config.model).options
    except CnnvizError:
        return []
    differences = []
    for option in options:
        mine, theirs = (said.get(option.name, option.default) for said in (config.options, recipe.options))
        if mine != theirs and option.name not in ("in_channels", "num_classes"):  # the data's, which are compared
            differences.append(f"{option.label} {_word(mine)}, theirs {_word(theirs)}")
    return differences


def _is_size(config: TrainConfig, name: str, theirs: object) -> bool:
    """Return whether pictures get the same size without a word about it."""
    return name == "resize" and config.resize is None and find(config.model).input_shape[-1] == theirs


def _is_of_data(config: TrainConfig, train_images: int) -> bool:
    """A folder of that name is the set, where it has as many pictures; of how many is known only without a limit."""
    is_named = config.data == _DATA or path_of(config.data).name == _DATA
    return is_named and (config.limit is not None or train_images in (0, find_data_set(_DATA).train_images))


def _word(value: object, empty: str = "") -> str:
    if value is None:
        return empty or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _title(network: str) -> str:
    try:
        return find(network).title
    except CnnvizError:
        return Path(network).name


@cache
def _figures() -> Mapping[str, Any]:
    figures: Mapping[str, Any] = json.loads(asset("reference/d2l_bands.json").read_text("utf-8"))
    return figures


def _of_recipe(network: str, recipe: Recipe) -> PublishedRuns | None:
    figures = _figures()
    if (key := _BANDS.get((network, recipe.name))) is not None:
        found = figures["networks"][key]
        spreads = (_spread(found["test_accuracy"]), _spread(found["loss"]))
        count, stuck, note = found["n"], found["stuck_runs"], _stuck(found)
        return PublishedRuns(recipe, figures["recipe_common"]["epochs"], count, *spreads, note=note, stuck=stuck)
    if recipe.name != "course":
        return None
    others = figures["other_published"]
    if network == "vgg11":
        by_epoch = tuple(others["vgg11_channels_div_8"]["test_accuracy_by_epoch"])
        return PublishedRuns(recipe, len(by_epoch), 1, _point(by_epoch[-1]), None, by_epoch)
    if network in _SINGLE:
        return PublishedRuns(
            recipe, 5, 1, _point(others["dive_into_dl_pytorch_5_epochs_adam"][_SINGLE[network]][1]), None
        )
    return None


def _spread(found: Mapping[str, float]) -> Spread:
    return Spread(found["p5"], found["p95"], found["min"], found["max"])


def _point(value: float) -> Spread:
    return Spread(value, value, value, value)


def _stuck(found: Mapping[str, Any]) -> str:
    counts = (
        (found["stuck_runs"], "stayed at chance and are left out"),
        (found["partly_trained_runs"], "got stuck halfway"),
    )
    parts = [f"{count} {what}" for count, what in counts if count]
    return f"Of the published runs {', '.join(parts)}." if parts else ""
