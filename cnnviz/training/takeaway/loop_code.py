"""The settings of a run as code: how the weights begin, the optimizer, its schedule, the loop, the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.foreign.guard import foreign_code
from cnnviz.runs.checkpoint import saved_epochs
from cnnviz.runs.layout import MODEL
from cnnviz.training.config import TrainConfig
from cnnviz.training.schedules import find_schedule
from cnnviz.training.takeaway.own_source import Text, quoted
from cnnviz.training.takeaway.showing_code import augmentation_code, normalisation_code
from cnnviz.training.takeaway.taken import Taken
from cnnviz.zoo.catalog import ModelSpec

_HALVES = {"bf16": "bfloat16", "fp16": "float16"}
# The settings that the script repeats.
REPEATED = {
    "epochs",
    "batch_size",
    "optimizer",
    "learning_rate",
    "schedule",
    "momentum",
    "weight_decay",
    "dropout",
    "resize",
    "augment",
    "normalise",
    "init",
    "weights",
    "freeze",
    "warm_up",
    "nesterov",
    "clip_gradient",
    "limit",
    "seed",
    "patience",
    "label_smoothing",
}
_OPTIMIZERS: Mapping[str, Callable[[TrainConfig], tuple[str, dict[str, float]]]] = {
    "sgd": lambda config: ("SGD", {"momentum": config.momentum, "weight_decay": config.weight_decay}),
    "adam": lambda config: ("Adam", {"weight_decay": config.weight_decay}),
    "adamw": lambda config: ("AdamW", {"weight_decay": config.weight_decay}),
    "rmsprop": lambda config: ("RMSprop", {"momentum": config.momentum, "weight_decay": config.weight_decay}),
}
_CALLS = {
    "xavier": "xavier_uniform_(module.weight)",
    "kaiming": 'kaiming_uniform_(module.weight, nonlinearity="relu")',
}
_INITIAL = """\
for module in network.modules():
    if isinstance(module, nn.Linear | nn.Conv2d):
        nn.init.{call}
"""
_DROPOUT = """\
for module in network.modules():
    if isinstance(module, nn.modules.dropout._DropoutNd):
        module.p = {rate}
"""
_TEXT = '''\
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
network.to(device{layout})
optimizer = {optimizer}{scaler}
{rate}

def seen(images):
    """Return pictures as the network sees them: float32, {range}."""
    images = images.to(device).float()
{resize}{normalised}    return {shown}
{augmentation}

def outputs(images):
    """Return what the network says of pictures{precision_words}."""
{forward}


def test():
    """Return the mean loss and the accuracy over the test pictures."""
    network.eval()
    loss, right = 0.0, 0
    with torch.no_grad():
        for images, labels in zip(test_images.split(BATCH_SIZE), test_labels.split(BATCH_SIZE)):
            logits, labels = outputs(images).float(), labels.to(device)
            loss += functional.cross_entropy(logits, labels, reduction="sum").item()
            right += (logits.argmax(1) == labels).sum().item()
    return loss / len(test_labels), right / len(test_labels)


order = torch.Generator().manual_seed(SEED)
{counting}for epoch in range(1, EPOCHS + 1):
    network.train()
    losses, right = torch.zeros((), device=device), torch.zeros((), device=device)
    for chosen in torch.randperm(len(train_labels), generator=order).split(BATCH_SIZE):
        labels = train_labels[chosen].to(device)
{loss}
        optimizer.zero_grad()
        {backward}
{schedule}        {step}
        losses += loss.detach() * len(labels)
        right += (logits.argmax(1) == labels).sum()
    train_loss, train_accuracy = losses.item() / len(train_labels), right.item() / len(train_labels)
    test_loss, test_accuracy = test()
    print(
        f"epoch {{epoch}}: train loss {{train_loss:.3f}}, train accuracy {{train_accuracy:.3f}},"
        f" test loss {{test_loss:.3f}}, test accuracy {{test_accuracy:.3f}}",
        flush=True,
    )'''
_RESIZE = """\
    images = functional.interpolate(images, size=(SIZE, SIZE), mode="bilinear", antialias=True).round()
"""
_CHOSEN = "train_images[chosen]"
_LOSS = """\
        logits = outputs(train_images[chosen]).float()
        loss = functional.cross_entropy(logits, labels)"""
_HEADS = """\
        logits, *others = [head for head in outputs(train_images[chosen]) if head is not None]
        loss = functional.cross_entropy(logits.float(), labels)"""
_LOWERED = """
        others = [functional.cross_entropy(head.float(), labels) for head in others]
        lowered = loss + 0.3 * sum(others)  # as GoogLeNet's"""
_SMOOTHED = """
        smoothed = functional.cross_entropy(logits.float(), labels, label_smoothing={smoothing})"""
_SMOOTHED_HEADS = """
        others = [functional.cross_entropy(head.float(), labels, label_smoothing={smoothing}) for head in others]
        smoothed = smoothed + 0.3 * sum(others)"""
_SCHEDULE = """\
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE{factors}
        step += 1
"""
_WAITING = 'least, waited = float("inf"), 0  # of the test losses, and epochs since\n'
_PATIENCE = """
    waited = 0 if test_loss < least else waited + 1
    least = min(least, test_loss)
    if waited >= {patience}:
        break"""
_CLIP = "        nn.utils.clip_grad_norm_(network.parameters(), {norm})\n"


@dataclass(frozen=True, slots=True)
class LoopCode:
    """What a script needs to train its network."""

    imports: frozenset[str]
    constants: Mapping[str, object]
    text: str


def loop_code(taken: Taken, network: nn.Module, size: int | None) -> LoopCode:
    """Return the code of a run.

    Args:
        taken: the run.
        network: of it, as it is built.
        size: pixels, height and width, that its data have; None: they differ, or are not known.

    Raises:
        CnnvizError: the weights that it began with are gone.
    """
    config, spec = taken.config, taken.spec
    constants: dict[str, object] = {
        "SEED": config.seed,
        "EPOCHS": config.epochs,
        "BATCH_SIZE": config.batch_size,
        "LEARNING_RATE": config.learning_rate,
    }
    is_resized, half = size != spec.input_shape[-1], _HALVES.get(config.precision)
    constants |= {"SIZE": spec.input_shape[-1]} if is_resized else {}
    begin = _weights(taken)
    imports = {"from safetensors.torch import load_file"} if begin else set()
    course, counting, schedule = _schedule(config)
    changes, augmented = augmentation_code(config)
    text = _TEXT.format(
        layout=", memory_format=torch.channels_last" if half else "",
        optimizer=_optimizer(config),
        rate=f"\n\n{course.code}\n" if course.code else "",
        resize=_RESIZE if is_resized else "",
        **_shown(config, spec, half is not None),
        augmentation="".join(f"\n\n{part}\n" for part in (changes.code, augmented.rstrip()) if part),
        precision_words=f", computed in {half} where that is enough" if half else "",
        forward=_forward(half),
        counting=counting + (_WAITING if config.patience else ""),
        **_loss(config, f"augmented({_CHOSEN})" if augmented else _CHOSEN, _has_heads(network, spec)),
        **_update(config, schedule),
    )
    constants |= normalisation_code(config, spec.input_shape[0])[0]
    text = _before(config, begin) + text + _patience(config)
    return LoopCode(frozenset(imports | course.imports | changes.imports), constants, text)


def _loss(config: TrainConfig, images: str, has_heads: bool) -> dict[str, str]:
    """Return what computes the loss that is told, and what is lowered where that is another; and its name."""
    code, lowered = (_HEADS if has_heads else _LOSS).replace(_CHOSEN, images), "loss"
    if config.label_smoothing:
        smoothed = _SMOOTHED + _SMOOTHED_HEADS * has_heads
        code, lowered = code + smoothed.format(smoothing=config.label_smoothing), "smoothed"
    elif has_heads:
        code, lowered = code + _LOWERED, "lowered"
    is_scaled = config.precision == "fp16"
    return {"loss": code, "backward": f"scaler.scale({lowered}).backward()" if is_scaled else f"{lowered}.backward()"}


def _update(config: TrainConfig, schedule: str) -> dict[str, str]:
    """Return what comes between the gradients and the next step; float16 needs a loss that is scaled."""
    if config.precision != "fp16":
        return {"scaler": "", "schedule": _clip(config) + schedule, "step": "optimizer.step()"}
    before = "        scaler.unscale_(optimizer)\n" + _clip(config) if config.clip_gradient else ""
    step = "scaler.step(optimizer)\n        scaler.update()"
    return {"scaler": "\nscaler = torch.amp.GradScaler(device.type)", "schedule": before + schedule, "step": step}


def _before(config: TrainConfig, begin: str) -> str:
    """Return what comes before the loop: the pictures and the weights that it begins with, and what learns of them."""
    limit = f"train_images, train_labels = train_images[:{config.limit}], train_labels[:{config.limit}]\n"
    dropout = "" if config.dropout is None else _DROPOUT.format(rate=config.dropout)
    initial = _INITIAL.format(call=_CALLS[config.init]) if config.init in _CALLS else ""
    tf32 = 'torch.set_float32_matmul_precision("high")  # TF32\n' if config.precision == "tf32" else ""
    return tf32 + (limit if config.limit else "") + dropout + initial + begin + _frozen(config)


def _patience(config: TrainConfig) -> str:
    return _PATIENCE.format(patience=config.patience) if config.patience else ""


def _clip(config: TrainConfig) -> str:
    return _CLIP.format(norm=config.clip_gradient) if config.clip_gradient else ""


def _optimizer(config: TrainConfig) -> str:
    name, settings = _OPTIMIZERS[config.optimizer](config)
    if config.nesterov and config.momentum > 0 and name == "SGD":
        settings |= {"nesterov": True}
    said = "".join(f", {key}={value}" for key, value in settings.items() if value or name == "AdamW")
    return f"torch.optim.{name}(network.parameters(), lr=LEARNING_RATE{said})"


def _schedule(config: TrainConfig) -> tuple[Text, str, str]:
    """Return the course of the learning rate as our own function, what counts the steps, and what sets it."""
    factor, course = find_schedule(config.schedule).factor, Text()
    factors, counting = "", "steps_per_epoch, step = -(-len(train_labels) // BATCH_SIZE), 0\n"
    if factor is not None:
        course.add(factor.__module__, factor.__name__)
        factors += f" * {factor.__name__}(step, EPOCHS * steps_per_epoch)"
    if config.warm_up:
        factors += f" * min(1, (step + 1) / ({config.warm_up} * steps_per_epoch))"
    return (course, counting, _SCHEDULE.format(factors=factors)) if factors else (course, "", "")


def _shown(config: TrainConfig, spec: ModelSpec, channels_last: bool) -> dict[str, str]:
    """Grey pictures are shown to a network of three channels in all of them."""
    normalised = normalisation_code(config, spec.input_shape[0])[1]
    shown = "images / 255" if spec.input_shape[0] == 1 else f"(images / 255).expand(-1, {spec.input_shape[0]}, -1, -1)"
    shown = f"({shown} - mean) / std" if normalised else shown
    shown = f"({shown}).contiguous(memory_format=torch.channels_last)" if channels_last else shown
    return {"range": "normalised" if normalised else "0 to 1", "normalised": normalised, "shown": shown}


def _forward(half: str | None) -> str:
    if half:
        return f"    with torch.autocast(device.type, torch.{half}):\n        return network(seen(images))"
    return "    return network(seen(images))"


def _weights(taken: Taken) -> str:
    """A run keeps the weights that it began with, whatever they were read from."""
    if taken.config.weights is None:
        return ""
    first = saved_epochs(taken.run).get(0) if taken.run is not None else None
    if first is None:
        message = f"The run {taken.weights.source} does not hold the weights that it began with any more."
        raise CnnvizError(message, "Let it keep more (--keep-weights), or take its weights instead.")
    return f"network.load_state_dict(load_file({quoted(str(first / MODEL))}))\n"


def _frozen(config: TrainConfig) -> str:
    paths = [] if config.freeze is None else [path.strip() for path in config.freeze.split(",")]
    return "".join(f"network.get_submodule({quoted(path)}).requires_grad_(False)\n" for path in paths)


def _has_heads(network: nn.Module, spec: ModelSpec) -> bool:
    """Return whether the network returns several logits in training, as GoogLeNet and Inception v3 may."""
    if isinstance(network, nn.Sequential):
        return False
    network.train()
    with torch.no_grad(), foreign_code():
        return isinstance(network(torch.zeros(2, *spec.input_shape)), tuple)
