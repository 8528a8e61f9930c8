"""The rate of a network's dropout layers, set for a run."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.zoo.catalog import find


def set_dropout(network: nn.Module, config: TrainConfig) -> None:
    """Let every dropout layer drop the share that ``config`` says; None leaves each as it is.

    Raises:
        CnnvizError: the network has none.
    """
    if config.dropout is None:
        return
    layers = [module for module in network.modules() if isinstance(module, _DropoutNd)]
    if not layers:
        raise CnnvizError(f"{find(config.model).title} has no dropout layer whose rate could be set.", NO_DROPOUT_HINT)
    for layer in layers:
        layer.p = config.dropout


NO_DROPOUT_HINT = "Leave dropout out, or choose a network with such layers, such as AlexNet or VGG."
