"""A run as one plain PyTorch script, read from top to bottom: the data, the network, the loop. No cnnviz in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cnnviz.foreign.randomness import seeded
from cnnviz.printable import in_a_line
from cnnviz.training.config import SETTINGS, TrainConfig
from cnnviz.training.events import EpochDone, Journalled, LearningRateChanged, RunStarted, StepsDone
from cnnviz.training.recording import read_run
from cnnviz.training.schedules import learning_rate_of
from cnnviz.training.settings import OF_COMPUTING
from cnnviz.training.takeaway.data_code import data_code
from cnnviz.training.takeaway.loop_code import REPEATED, loop_code
from cnnviz.training.takeaway.network_code import network_code
from cnnviz.training.takeaway.own_source import quoted
from cnnviz.training.takeaway.taken import Taken
from cnnviz.version import __version__
from cnnviz.zoo import build
from cnnviz.zoo.catalog import find

_INSTALLED = {
    "torch": "PyTorch",
    "torchvision": "torchvision",
    "numpy": "NumPy",
    "PIL": "Pillow",
    "safetensors": "safetensors",
}
_IMPORTING = ("import", "from")
_ALWAYS = {"import torch", "from torch import nn", "from torch.nn import functional"}
_OF_OTHERS = {"model", "data", "options", "allow_mismatch"}  # which are told with the network and the data


def write(taken: Taken, file: Path) -> tuple[str, ...]:
    """Write the script and return what is to be said of it.

    Raises:
        CnnvizError: the network or the data cannot be had without cnnviz.
    """
    text = script(taken)
    file.write_text(text, "utf-8")
    left = not_repeated(taken.config)
    lines = text.count("\n")
    needed = _needed(text.splitlines())
    alone = " alone" if len(needed) == 1 else ""
    said = (f"{taken.title}: {lines} lines that need {' and '.join(needed)}{alone}.",)
    return said if not left else (*said, f"It does not repeat {', '.join(left)}.")


def script(taken: Taken) -> str:
    """Return the text."""
    spec, config = taken.spec, taken.config
    with seeded(config.seed):
        network = build(spec)
    made = network_code(spec, network)
    read = data_code(config.data, spec.input_shape[-1], spec.input_shape[0])
    loop = loop_code(taken, network, read.size)
    values = {**read.constants, **loop.constants}
    constants = [f"{name} = {quoted(v) if isinstance(v, str) else repr(v)}" for name, v in values.items()]
    imports = _imports(_ALWAYS | made.imports | read.imports | loop.imports)
    parts = [
        _about(taken, _needed(imports.splitlines())),
        imports,
        "\n".join(constants),
        f"# The data.\n\n\n{read.code}".rstrip(),
        f"# The network.\n\n\n{made.before}\n" if made.before else "# The network.",
        f"torch.manual_seed(SEED)\n{made.seeding}network = {made.expression}\n{loop.text}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def not_repeated(config: TrainConfig) -> list[str]:
    """Return the settings that a run has and the script has not, in the words of the form."""
    known = OF_COMPUTING | _OF_OTHERS | REPEATED
    return [row.label for row in SETTINGS if row.name not in known and getattr(config, row.name) != row.default]


def _needed(lines: Iterable[str]) -> list[str]:
    """Return what must be installed for lines of code, by what they import."""
    imported = {words[1].split(".")[0] for line in lines if len(words := line.split()) > 1 and words[0] in _IMPORTING}
    return [title for package, title in _INSTALLED.items() if package in imported]


def _about(taken: Taken, needed: Sequence[str]) -> str:
    title, data = find(taken.spec.name).title, taken.config.data
    what = f"Train {_said(title)} on {_said(data if len(data) < 60 else Path(data).name)}"
    lines = [f'"""{what}, as the run {_said(taken.run.name)} did.' if taken.run else f'"""{what}.', ""]
    if last := _last_epoch(taken):
        lines += [f"There it came to a test accuracy of {last.test_accuracy:.3f} after {last.epoch} epochs."]
    if _rate_changed(taken):
        lines += ["There the learning rate was changed on the way, which is not repeated here."]
    elif _rates_differ(taken):
        lines += ["There epochs were added on the way, so that the schedule's learning rates were others than here."]
    if left := not_repeated(taken.config):
        lines += [f"Not repeated here: {', '.join(left)}."]
    enough = f"{' and '.join(needed)} {'is' if len(needed) == 1 else 'are'} enough"
    lines += [f"Written by cnnviz {__version__}, which it does not need: {enough}.", '"""']
    return "\n".join(lines)


def _said(name: str) -> str:
    """Return a name as it can stand in a docstring: whatever it holds, it does not end there."""
    return in_a_line(name).replace("\\", "\\\\").replace('"', "'")


def _last_epoch(taken: Taken) -> EpochDone | None:
    return next((event for event in reversed(_events(taken)) if isinstance(event, EpochDone)), None)


def _rate_changed(taken: Taken) -> bool:
    return any(isinstance(event, LearningRateChanged) for event in _events(taken))


def _rates_differ(taken: Taken) -> bool:
    """Return whether the run's steps had rates that its schedule, as it is now, has not."""
    events = _events(taken)
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    if started is None:
        return False
    rate = learning_rate_of(taken.config, started.steps_per_epoch)
    told = [event for event in events if isinstance(event, StepsDone)]
    had = [(each.first_step - 1 + at, was) for each in told for at, was in enumerate(each.learning_rates)]
    return any(not math.isclose(rate.at(step), was, rel_tol=1e-6) for step, was in had)


def _events(taken: Taken) -> Sequence[Journalled]:
    return read_run(taken.run).events if taken.run is not None else ()


def _imports(lines: Iterable[str]) -> str:
    """Return the import lines sorted, of several from one module one, the standard library's first."""
    names: dict[str, set[str]] = {}
    plain = set()
    for line in lines:
        if line.startswith("from "):
            module, _, name = line.removeprefix("from ").partition(" import ")
            names.setdefault(module, set()).update(name.split(", "))
        else:
            plain.add(line)
    joined = plain | {f"from {module} import {', '.join(sorted(each))}" for module, each in names.items()}
    ours = sorted(line for line in joined if not _is_installed(line))
    theirs = sorted(line for line in joined if _is_installed(line))
    return "\n".join(["from __future__ import annotations", "", *_plain_first(ours), "", *_plain_first(theirs)])


def _plain_first(lines: list[str]) -> Iterator[str]:
    yield from (line for line in lines if line.startswith("import "))
    yield from (line for line in lines if not line.startswith("import "))


def _is_installed(line: str) -> bool:
    return bool(_needed([line]))
