"""What a run is asked to do, from the command line: flags, a recipe, a run's ``config.toml``."""

from __future__ import annotations

import argparse
from pathlib import Path

from cnnviz.cli.arguments import add_setting, options
from cnnviz.errors import CnnvizError
from cnnviz.training.config import SETTINGS, TrainConfig
from cnnviz.training.config_file import read_values
from cnnviz.training.recipes import find_recipe
from cnnviz.zoo.catalog import find


def add_run_settings(parser: argparse.ArgumentParser) -> None:
    """Let the command take all settings of a run, ``--config`` and ``--recipe``."""
    parser.add_argument("--config", type=Path, metavar="FILE.toml", help="a run's config.toml to start from")
    about = "settings of somebody who trained this network: d2l (the book's), course, fast. Other options go before it."
    parser.add_argument("--recipe", metavar="NAME", help=about)
    for row in SETTINGS:
        if row.flag:
            add_setting(parser, row)


def config_of(arguments: argparse.Namespace) -> TrainConfig:
    """Return what is asked for; what is not given comes from the recipe or ``--config``, else it is the default.

    Raises:
        CnnvizError: network or data are not named, or what is named cannot be read.
    """
    if arguments.model is None:
        raise CnnvizError("No network was named.", "Add MODEL, such as lenet, or --resume RUN to go on with a run.")
    said = vars(arguments)  # a flag that is not given is not in it
    given = {row.name: said[row.name] for row in SETTINGS if row.name in said}
    given["options"] = options(arguments.options)
    filed = read_values(arguments.config) if arguments.config is not None else {}
    if filed.get("model", arguments.model) != arguments.model:  # another network has other options
        filed.pop("options", None)
    if arguments.recipe is not None:
        filed = find_recipe(find(arguments.model).name, arguments.recipe).applied(filed)
    values = {**filed, **given, "options": {**_table(filed.get("options")), **given["options"]}}
    if "data" not in values:
        raise CnnvizError("No data were named.", "Add --data fashion-mnist-sample, another name or a folder.")
    return TrainConfig(**values)


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
