"""What is wrong with a run, told from its numbers: what, why, and what to try. Small pure functions; no torch here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cnnviz.training.config import TrainConfig
from cnnviz.training.data.augmentations import chosen
from cnnviz.training.events import Diagnosed, EpochDone, LayersSeen, RunStarted
from cnnviz.training.optimizers import find_optimizer
from cnnviz.training.recipes import Recipe, recipes_for
from cnnviz.units import counted, exact
from cnnviz.zoo.catalog import resolve

BLOCK = 50  # steps of which each mean is taken
STUCK_BLOCKS = 20  # sigmoid LeNet at learning rate 0.9 sits at chance for its whole first epoch, 235 steps: normal
_FEWEST_STEPS = 100  # before that a run that still guesses says nothing
_PATIENT_STEPS = 1500  # by then a network that learns at all has begun to
_RISEN, _ABOVE_CHANCE = 3.0, 2.5  # times the best mean, times the loss of guessing
_WORSE, _LEARNED, _GAP, _EPOCHS_WORSE = 1.15, 0.8, 0.05, 3
_SILENT, _FEWEST_UNITS, _FEWEST_PICTURES = 0.99, 4, 200  # GoogLeNet begins with layers nine tenths of which are silent
_WAITING, _WAITING_SECONDS = 0.5, 5.0
_LOW = 3  # times longer are the steps of a recipe beside which a learning rate is low
_ADAPTIVE = ("adam", "adamw", "rmsprop")


@dataclass(frozen=True, slots=True)
class Block:
    """Means over some consecutive steps, in training mode."""

    loss: float  # nats
    accuracy: float  # 0..1
    images: int


def is_guessing(block: Block, classes: int) -> bool:
    """Return whether these steps were no better than guessing: loss ln C or more, accuracy 1/C within three sigma."""
    if classes < 2:
        return False
    chance = 1 / classes
    sigma = math.sqrt(chance * (1 - chance) / max(block.images, 1))
    return block.loss >= 0.99 * math.log(classes) and block.accuracy <= chance + 3 * sigma


def stuck_at_chance(started: RunStarted, blocks: Sequence[Block], epoch: int, step: int) -> Diagnosed | None:
    """Return what to say of a run that has guessed for long, 1,000 steps and a whole epoch at the least."""
    classes = len(started.class_names)
    long_enough = len(blocks) >= STUCK_BLOCKS and step >= started.steps_per_epoch
    if not long_enough or not all(is_guessing(block, classes) for block in blocks):
        return None
    setting, value, why = _out_of_chance(started.config)
    hint = f"{why} Or begin with another seed: some starts never get away."
    return _chance(started, blocks[-1], epoch, step, hint, setting, value)


def ended_at_chance(
    started: RunStarted, blocks: Sequence[Block], tested: EpochDone, epoch: int, step: int
) -> Diagnosed | None:
    """Return what to say of a run that has ended before its network began to learn: its test says so too."""
    classes = len(started.class_names)
    test = Block(tested.test_loss, tested.test_accuracy, started.test_images)
    if step < _FEWEST_STEPS or not blocks or not is_guessing(blocks[-1], classes) or not is_guessing(test, classes):
        return None
    if step >= _PATIENT_STEPS or _is_far_too_fast(started.config) or _better_recipe(started.config) is not None:
        setting, value, hint = _out_of_chance(started.config)
    else:
        setting, value = "epochs", str(math.ceil(_PATIENT_STEPS / max(started.steps_per_epoch, 1)))
        hint = (
            f"{counted(step, 'step')} may just be too few: networks with sigmoids sit there for some hundred steps and "
            "then learn at once. Train for more epochs."
        )
    return _chance(started, blocks[-1], epoch, step, hint, setting, value)


def ended_far_off(started: RunStarted, first: float, last: EpochDone) -> Diagnosed | None:
    """Return what to say of a run that ended far above its first loss and that of guessing, however few its steps."""
    classes = max(len(started.class_names), 2)
    low = min(last.train_loss, last.test_loss)
    if not low >= max(_RISEN * first, _ABOVE_CHANCE * math.log(classes)):
        return None
    what = f"The loss has run away: {first:.3g} at the first step, {last.train_loss:.3g} in the last epoch."
    return _diverged(started, what, last.epoch, last.step)


def diverging(started: RunStarted, best: float, blocks: Sequence[Block], epoch: int, step: int) -> Diagnosed | None:
    """Return what to say of a loss that has risen far above its best, and above that of guessing, and stays there."""
    if len(blocks) < 3:
        return None
    guessing = math.log(max(len(started.class_names), 2))
    low = min(blocks[-1].loss, blocks[-2].loss)
    if low < _RISEN * best or low < _ABOVE_CHANCE * guessing:
        return None
    what = f"The loss runs away: {best:.3g} at its best, {blocks[-1].loss:.3g} now."
    return _diverged(started, what, epoch, step)


def _diverged(started: RunStarted, what: str, epoch: int, step: int) -> Diagnosed:
    why = "Each step goes so far that it leaves the valley and climbs the other side, farther every time."
    setting, value = _gentler(started.config)
    return Diagnosed("diverging", epoch, step, what, why, "Start again with a smaller learning rate.", setting, value)


def overfitting(started: RunStarted, epochs: Sequence[EpochDone]) -> Diagnosed | None:
    """Return what to say where the test has worsened for some epochs while the training went on improving."""
    if len(epochs) <= _EPOCHS_WORSE:
        return None
    best = min(epochs, key=lambda epoch: epoch.test_loss)
    last = epochs[-1]
    worse = last.test_loss >= _WORSE * best.test_loss and last.epoch - best.epoch >= _EPOCHS_WORSE
    learned = last.train_loss <= _LEARNED * best.train_loss
    if not worse or not learned or last.train_accuracy - last.test_accuracy < _GAP:
        return None
    what = (
        f"Overfitting: the test loss was best after epoch {best.epoch} ({best.test_loss:.3f}) and is "
        f"{last.test_loss:.3f} now, while the training loss went on falling, to {last.train_loss:.3f}."
    )
    why = "The network learns the training pictures by heart; that no longer helps with pictures it has not seen."
    otherwise = f"end after {counted(best.epoch, 'epoch')}, or train on more pictures."
    if not started.config.weight_decay:
        hint, setting, value = f"Weight decay keeps weights small. Or {otherwise}", "weight_decay", "0.0005"
    elif not started.config.augment:
        hint, setting, value = f"Shifted at random, no picture is seen twice. Or {otherwise}", "augment", "crop"
    else:
        hint, setting, value = f"{otherwise[:1].upper()}{otherwise[1:]}", "epochs", str(best.epoch)
    return Diagnosed("overfitting", last.epoch, last.step, what, why, hint, setting, value)


def dead_layer(started: RunStarted, seen: LayersSeen) -> Diagnosed | None:
    """Return what to say of the first layer of ReLUs hardly any of which fired for the test pictures looked at."""
    if seen.pictures < _FEWEST_PICTURES or seen.step < _FEWEST_STEPS:
        return None
    dead = (layer for layer in seen.layers if (layer.dead or 0) >= _SILENT and (layer.units or 0) >= _FEWEST_UNITS)
    worst = next(dead, None)
    if worst is None:
        return None
    what = f"{worst.dead:.0%} of the {exact(worst.units)} units of layer {worst.path} are dead: they never fire."
    why = (
        f"For all of {counted(seen.pictures, 'test picture')} they return 0. A ReLU that returns 0 passes no gradient "
        "on, so nothing can wake it: usually one step too long has pushed its input below zero for good."
    )
    setting, value = _gentler(started.config)
    hint = "Start again with a smaller learning rate."
    return Diagnosed("dead layer", seen.epoch, seen.step, what, why, hint, setting, value)


def starved(started: RunStarted, epoch: EpochDone) -> Diagnosed | None:
    """Return what to say of an epoch that mostly waited for its pictures."""
    waiting = epoch.waiting_seconds
    if waiting < _WAITING_SECONDS or waiting < _WAITING * epoch.seconds:
        return None
    what = f"The network waits for its pictures: {waiting / epoch.seconds:.0%} of the time of epoch {epoch.epoch}."
    why = "Reading them, and bringing them to its size, takes longer than learning from them."
    hint = "Train on fewer pictures, so that they fit into memory, or put the cache (CNNVIZ_CACHE) on a faster disk."
    if augmented := ", ".join(chosen(started.config.augment)):
        why = f"Reading them, changing them ({augmented}) and resizing them takes longer than learning from them."
        hint = f"Try fewer augmentations. {hint}"
    fewer = str(max(1, started.train_images // 2))
    return Diagnosed("reading", epoch.epoch, epoch.step, what, why, hint, "limit", fewer)


def not_finite(config: TrainConfig, layer: str, cause: str, epoch: int, step: int) -> Diagnosed:
    """Return what to say of a loss that is no number any more.

    Args:
        config: the run's.
        layer: the first whose result is no number; "": it was not found.
        cause: a sentence on how that came about there.
        epoch: that was under way, from 1.
        step: whose loss it was.
    """
    where = f"the first layer whose result is no number is {layer}" if layer else "no single layer can be blamed"
    what = f"The loss of step {exact(step)} is no number (NaN or infinite): {where}."
    setting, value = _gentler(config)
    hint = "Start again with a smaller learning rate."
    return Diagnosed("not finite", epoch, step, what, cause, hint, setting, value)


def short_of_memory(epoch: int, step: int, batch: int, part: int) -> Diagnosed:
    """Return what to say where memory ran out and batches are computed in parts from now on."""
    what = f"Memory ran out: each batch of {exact(batch)} is computed {exact(part)} pictures at a time from now on."
    why = "Their gradients are added up before the weights change, so that the steps are those of the whole batch."
    hint = "A smaller batch needs less memory, and trains as fast."
    return Diagnosed("memory", epoch, step, what, why, hint, "batch_size", str(part))


def _chance(started: RunStarted, block: Block, epoch: int, step: int, hint: str, setting: str, value: str) -> Diagnosed:
    classes = len(started.class_names)
    what = f"The network is still guessing: loss {block.loss:.3f}, accuracy {_percent(block.accuracy)}."
    why = (
        f"Who gives each of {exact(classes)} classes the same probability has a loss of "
        f"ln {exact(classes)} = {math.log(classes):.3f} and is right once in {exact(classes)} times, "
        f"{_percent(1 / classes)}. After {counted(step, 'step')} it is no better than that."
    )
    return Diagnosed("chance", epoch, step, what, why, hint, setting, value)


def _percent(share: float) -> str:
    """Return "10%"; of a thousand classes, "0.1%"."""
    return f"{share:.0%}" if share >= 0.01 or not share else f"{100 * share:.2g}%"


def _out_of_chance(config: TrainConfig) -> tuple[str, str, str]:
    """Return a setting, its value, and why that may get a network away from chance."""
    rate, usual = config.learning_rate, find_optimizer(config.optimizer).rate_beside(config.momentum)
    if _is_far_too_fast(config) or (rate > 3 * usual and config.init != "default"):
        return "learning_rate", f"{usual:g}", "The learning rate is high: it may have driven the weights too far."
    if (recipe := _better_recipe(config)) is not None:
        settings = recipe.settings
        how = f"{settings['optimizer']} at {settings['learning_rate']:g} in batches of {settings['batch_size']}"
        from_ = f", from {settings['init']} initial weights" if settings["init"] != config.init else ""
        return "recipe", recipe.name, f"This network has learned with {how}{from_}: {recipe.source}."
    if rate < usual / 3:
        return "learning_rate", f"{usual:g}", "The learning rate is low for this optimizer."
    if config.init == "default":
        return "init", "xavier", "Xavier's initial weights keep the signal's size from layer to layer."
    return "learning_rate", f"{rate / 10:g}", "A smaller learning rate may hold where this one jumps away."


def _is_far_too_fast(config: TrainConfig) -> bool:
    """Each step of these optimizers is as long as the rate says; sigmoids learn with SGD at rates that are high."""
    usual = find_optimizer(config.optimizer).rate_beside(config.momentum)
    return config.optimizer in _ADAPTIVE and config.learning_rate > 3 * usual


def _better_recipe(config: TrainConfig) -> Recipe | None:
    """Return a recipe for this very network and optimizer with far longer steps, or as long ones from other weights."""
    recipes = recipes_for(config.model)
    options = resolve(config.model, config.options).options if recipes else {}
    for recipe in recipes:
        settings: Mapping[str, Any] = recipe.settings
        theirs = replace(config, **settings)
        is_for_it = theirs.optimizer == config.optimizer and recipe.options.items() <= options.items()
        if is_for_it and _reach(theirs) >= _reach(config) * (_LOW if theirs.init == config.init else 1):
            return recipe
    return None


def _reach(config: TrainConfig) -> float:
    """Return how far the steps of a constant gradient go: momentum adds up those before."""
    momentum = config.momentum if "momentum" in find_optimizer(config.optimizer).uses else 0.0
    return config.learning_rate / (1 - momentum)


def _gentler(config: TrainConfig) -> tuple[str, str]:
    usual = find_optimizer(config.optimizer).rate_beside(config.momentum)
    return "learning_rate", f"{min(config.learning_rate / 10, usual):g}"
