"""What a file of a run's weights says about itself."""

from __future__ import annotations

import json

from cnnviz.pictures.normalisations import normalisation_named
from cnnviz.pictures.preprocessing import Preprocessing, described
from cnnviz.training.config import TrainConfig
from cnnviz.training.data.reading_files import FIT
from cnnviz.training.events import RunStarted


def about_weights(event: RunStarted, config: TrainConfig) -> dict[str, str]:
    """Return what the weights of a run say about themselves, as safetensors' metadata wants it: text to text."""
    channels = _channels(config)
    return {
        "model": config.model,
        "options": json.dumps(dict(config.options)),
        "input_shape": json.dumps((channels, config.resize, config.resize)),
        **described(Preprocessing(FIT, normalisation_named(config.normalise, channels))),
        "class_names": json.dumps(event.class_names, ensure_ascii=False),
        "data": config.data,
    }


def _channels(config: TrainConfig) -> int:
    given = config.options.get("in_channels")
    if given is None:  # a network of fixed channels: it had to be built, so torch is there
        from cnnviz.training.network import input_channels

        given = input_channels(config)
    return int(str(given))
