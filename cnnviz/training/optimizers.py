"""The optimizers there are, one entry each: what makes it, what it keeps, which settings it listens to, and their
usual values.

No torch here before one is made: the form, the command line and the estimate of memory read the table too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError

DEFAULT_OPTIMIZER = "adam"

if TYPE_CHECKING:
    import torch
    from torch import nn

    from cnnviz.training.config import TrainConfig

    Parameters = Iterable[nn.Parameter]
    Make = Callable[[Parameters, TrainConfig, bool], torch.optim.Optimizer]


@dataclass(frozen=True, slots=True)
class OptimizerEntry:
    """One way for a gradient to become a step."""

    name: str
    title: str
    make: Make  # of the parameters, the settings, and whether its fused form may be used
    moments: int  # numbers kept for each trained parameter, momentum left out
    uses: tuple[str, ...] = ()  # settings that the others have no use for
    usual_rate: float = 0.001  # learning rate to begin with, beside its usual momentum
    usual_momentum: float = 0.0

    def rate_beside(self, momentum: float) -> float:
        """Return the usual learning rate beside a momentum, as which each step comes to 1 / (1 - momentum) of itself.

        Goh, Why Momentum Really Works, Distill 2017.
        """
        if "momentum" not in self.uses:
            return self.usual_rate
        return self.usual_rate * (1 - momentum) / (1 - self.usual_momentum)

    def numbers_kept(self, momentum: float = 0.0) -> int:
        """Return how many numbers it keeps for each trained parameter."""
        return self.moments + ("momentum" in self.uses and momentum != 0)


def _sgd(parameters: Parameters, config: TrainConfig, fused: bool) -> torch.optim.Optimizer:
    """Usually 0.01 with momentum 0.9: Krizhevsky et al., 2012, section 5; Simonyan et al., arXiv:1409.1556, 3.1."""
    from torch.optim import SGD

    momentum, nesterov = config.momentum, config.nesterov and config.momentum > 0
    decay = config.weight_decay
    return SGD(parameters, config.learning_rate, momentum, weight_decay=decay, nesterov=nesterov, fused=fused)


def _adam(parameters: Parameters, config: TrainConfig, fused: bool) -> torch.optim.Optimizer:
    """Kingma and Ba, arXiv:1412.6980; usually 0.001, as in algorithm 1."""
    from torch.optim import Adam

    return Adam(parameters, config.learning_rate, weight_decay=config.weight_decay, fused=fused)


def _adamw(parameters: Parameters, config: TrainConfig, fused: bool) -> torch.optim.Optimizer:
    """Adam whose decay leaves the moments alone: Loshchilov and Hutter, arXiv:1711.05101, algorithm 2: 0.001."""
    from torch.optim import AdamW

    return AdamW(parameters, config.learning_rate, weight_decay=config.weight_decay, fused=fused)


def _rmsprop(parameters: Parameters, config: TrainConfig, _fused: bool) -> torch.optim.Optimizer:
    """Hinton, Neural Networks for Machine Learning, lecture 6e; 0.001 as in Keras. PyTorch has no fused form."""
    from torch.optim import RMSprop

    rate, decay = config.learning_rate, config.weight_decay
    return RMSprop(parameters, rate, weight_decay=decay, momentum=config.momentum)


OPTIMIZERS = (
    OptimizerEntry("sgd", "SGD", _sgd, 0, ("momentum", "nesterov"), usual_rate=0.01, usual_momentum=0.9),
    OptimizerEntry("adam", "Adam", _adam, moments=2),
    OptimizerEntry("adamw", "AdamW", _adamw, moments=2),
    OptimizerEntry("rmsprop", "RMSprop", _rmsprop, moments=1, uses=("momentum",)),
)


def optimizer_names() -> tuple[str, ...]:
    """Return the names that the setting ``optimizer`` may have."""
    return tuple(entry.name for entry in OPTIMIZERS)


def optimizers_using(setting: str) -> str:
    """Return the titles of the optimizers that a setting is for: "SGD and RMSprop"."""
    return " and ".join(entry.title for entry in OPTIMIZERS if setting in entry.uses)


def find_optimizer(name: str) -> OptimizerEntry:
    """Return the entry of this name.

    Raises:
        CnnvizError: there is none.
    """
    for entry in OPTIMIZERS:
        if entry.name == name:
            return entry
    raise CnnvizError(f"There is no optimizer {name!r}.", f"Choose one of {', '.join(optimizer_names())}.")


def make_optimizer(network: nn.Module, config: TrainConfig, device: torch.device) -> torch.optim.Optimizer:
    """Return the optimizer of ``config`` for what is to learn, in its fused form where it and the device have one.

    Raises:
        CnnvizError: nothing is to learn.
    """
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if not learning:
        raise CnnvizError("Nothing of the network learns.", "Give it weights whose requires_grad is True.")
    fused = device.type in ("cpu", "cuda") and all(each.is_floating_point() for each in learning)
    return find_optimizer(config.optimizer).make(learning, config, fused)
