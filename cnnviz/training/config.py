"""What a training run is asked to do: every setting, declared here and nowhere else. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from cnnviz.pictures.normalisations import IN_NUMBERS, NONE, NORMALISATIONS, PATTERN
from cnnviz.training.data.augmentations import augmentation_names, augmentations_in_words
from cnnviz.training.optimizers import DEFAULT_OPTIMIZER, optimizer_names, optimizers_using
from cnnviz.training.schedules import schedule_names, schedules_in_words
from cnnviz.training.settings import Setting, described, setting, settings_of

Initialisation = Literal["default", "xavier", "kaiming"]
Precision = Literal["auto", "fp32", "tf32", "bf16", "fp16"]
WayName = Literal["auto", "plain", "channels-last", "pool-first", "graph"]

DATA = "data"  # normalise by the training pictures' own mean and deviation


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Everything that decides a run's result. ``checked`` names the first thing that is wrong with it."""

    model: str = field(metadata=described(Setting("Network", "text", "Which network is trained.", "apart")))
    data: str = field(
        metadata=described(
            Setting(
                "Data",
                "path",
                "fashion-mnist-sample (ships with cnnviz), fashion-mnist, …, or a folder.",
                "apart",
                flag="--data",
                metavar="NAME|FOLDER",
            )
        )
    )
    options: Mapping[str, object] = field(
        default_factory=dict, metadata=described(Setting("Options", "table", "Of the architecture.", "apart"))
    )
    epochs: int = setting(
        5,
        Setting("Epochs", "int", "How often every training image is shown.", "main", 1, 1_000_000, metavar="N"),
    )
    batch_size: int = setting(
        64,
        Setting("Batch size", "int", "Images for each step of the optimizer.", "main", 1, 1_000_000, metavar="N"),
    )
    optimizer: str = setting(
        DEFAULT_OPTIMIZER,
        Setting("Optimizer", "choice", "How a gradient becomes a step.", "main", choices=optimizer_names()),
    )
    learning_rate: float = setting(
        0.001,
        Setting(
            "Learning rate",
            "float",
            "How far each step goes. 0.001 suits Adam, 0.01 to 0.1 SGD.",
            "main",
            minimum=0,
            above_minimum=True,
            flag="--lr",
            metavar="X",
        ),
    )
    schedule: str = setting(
        "constant",
        Setting(
            "Schedule",
            "choice",
            f"The learning rate over the run. {schedules_in_words()}.",
            choices=schedule_names(),
        ),
    )
    warm_up: int = setting(
        0,
        Setting(
            "Warm-up epochs",
            "int",
            "So many epochs the learning rate grows evenly to what the schedule says.",
            minimum=0,
            maximum=1_000_000,
            metavar="N",
        ),
    )
    momentum: float = setting(
        0.0,
        Setting(
            "Momentum",
            "float",
            f"Share of the last step that the next one keeps; {optimizers_using('momentum')} only.",
            minimum=0,
            maximum=1,
            below_maximum=True,
            metavar="X",
        ),
    )
    nesterov: bool = setting(
        False,
        Setting("Nesterov's momentum", "bool", f"Look ahead by it; {optimizers_using('nesterov')} with momentum only."),
    )
    weight_decay: float = setting(
        0.0, Setting("Weight decay", "float", "Pulls weights towards 0.", minimum=0, metavar="X")
    )
    clip_gradient: float | None = setting(
        None,
        Setting(
            "Clip gradient at",
            "float",
            "Shorten the gradient of all weights together to this norm where it is longer.",
            minimum=0,
            above_minimum=True,
            empty="never",
            metavar="X",
        ),
    )
    label_smoothing: float = setting(
        0.0,
        Setting(
            "Label smoothing",
            "float",
            "Share of each label that is spread evenly over all classes. The losses that are told are plain ones.",
            minimum=0,
            maximum=1,
            below_maximum=True,
            metavar="X",
        ),
    )
    dropout: float | None = setting(
        None,
        Setting(
            "Dropout",
            "float",
            "Share of its inputs that each dropout layer of the network sets to 0 in training.",
            minimum=0,
            maximum=1,
            below_maximum=True,
            empty="the network's",
            metavar="X",
        ),
    )
    patience: int | None = setting(
        None,
        Setting(
            "Patience, epochs",
            "int",
            "End the run after so many epochs without a better test loss. The best epoch is kept in any case.",
            minimum=0,
            maximum=1_000_000,
            empty="no early end",
            metavar="N",
        ),
    )
    resize: int | None = setting(
        None,
        Setting(
            "Resize to",
            "int",
            "Height and width in pixels that every picture is brought to.",
            "main",
            1,
            16_384,
            empty="the network's input",
            metavar="N",
        ),
    )
    augment: str | None = setting(
        None,
        Setting(
            "Augment",
            "several",
            f"Change each training picture, anew each time: {augmentations_in_words()}. Test pictures stay.",
            choices=augmentation_names(),
            empty="none",
            repeated=True,
            metavar="NAME",
        ),
    )
    normalise: str = setting(
        NONE,
        Setting(
            "Normalise by",
            "text",
            "(picture − mean) ÷ std, in the test too. data: mean and deviation of the training pictures themselves.",
            choices=(NONE, DATA, *(each.name for each in NORMALISATIONS if each.name != NONE)),
            pattern=f"{DATA}|{PATTERN}",
            or_else=IN_NUMBERS,
            metavar="MEAN,STD|data|none",
        ),
    )
    init: Initialisation = setting(
        "default",
        Setting(
            "Initial weights",
            "choice",
            "PyTorch's own, Xavier's, or Kaiming's for ReLU: uniform, on the weights of Linear and Conv2d.",
            choices=get_args(Initialisation),
        ),
    )
    weights: str | None = setting(
        None,
        Setting(
            "Begin with",
            "path",
            "A file of weights, a folder with one, a run, or published ones by name (pretrained).",
            empty="fresh weights",
            metavar="FILE|NAME|RUN",
        ),
    )
    allow_mismatch: bool = setting(
        False,
        Setting(
            "Load what fits alone",
            "bool",
            "Of the weights to begin with: for a network with another head or, by block and order, of another depth.",
        ),
    )
    freeze: str | None = setting(
        None,
        Setting(
            "Frozen layers",
            "text",
            "Keep the weights that they begin with: paths such as block1, with all below them.",
            empty="none",
            repeated=True,
            metavar="PATH",
        ),
    )
    limit: int | None = setting(
        None,
        Setting(
            "Images at most",
            "int",
            "Train on the first so many images.",
            minimum=1,
            maximum=1_000_000_000,
            empty="all",
            metavar="N",
        ),
    )
    seed: int = setting(
        0,
        Setting(
            "Seed",
            "int",
            "The same seed gives the same weights and order of images.",
            minimum=0,
            maximum=2**63 - 1,
            metavar="N",
        ),
    )
    device: str = setting(
        "auto",
        Setting(
            "Device",
            "text",
            "auto: the GPU where there is one. Of several, cuda:1 is the second.",
            choices=("auto", "cpu", "cuda", "cuda:1", "mps"),
            pattern="auto|cpu|mps|cuda(:[0-9]+)?",
        ),
    )
    precision: Precision = setting(
        "auto",
        Setting("Precision", "choice", "auto: the fastest here. tf32 is for GPUs.", choices=get_args(Precision)),
    )
    way: WayName = setting(
        "auto",
        Setting("Order of computing", "choice", "auto: the fastest. graph: on GPUs.", choices=get_args(WayName)),
    )
    keep_weights: int = setting(
        256,
        Setting(
            "Keep weights, MB",
            "int",
            "Disk for the weights of epochs before the newest three, spread evenly where not all fit.",
            minimum=0,
            maximum=1_000_000_000,
            metavar="MB",
        ),
    )
    deterministic: bool = setting(
        False, Setting("Bit for bit repeatable (slower)", "bool", "The same run twice ends the same.")
    )


SETTINGS = settings_of(TrainConfig)


def checked(config: TrainConfig) -> TrainConfig:
    """Return ``config`` if every field by itself makes sense; whether they fit network and data comes later.

    Raises:
        CnnvizError: naming the first field that does not.
    """
    for row in SETTINGS:
        row.accept(getattr(config, row.name))
    return config
