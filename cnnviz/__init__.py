"""Take a convolutional network apart: shapes, parameters, FLOPs, feature maps, live training.

The public functions are imported on first use, so that ``import cnnviz`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.errors import CnnvizError as CnnvizError
    from cnnviz.feature_maps.attribution.attributed import why as why
    from cnnviz.feature_maps.features import features as features
    from cnnviz.feature_maps.kernels.shown_kernels import kernels as kernels
    from cnnviz.feature_maps.pixel.explained import explain as explain
    from cnnviz.feature_maps.strongest.exciting import strongest as strongest
    from cnnviz.inspection.report import Report as Report
    from cnnviz.inspection.tracer import inspect as inspect
    from cnnviz.training.config import TrainConfig as TrainConfig
    from cnnviz.training.engine import train as train
    from cnnviz.training.range_test import find_rate as find_rate
    from cnnviz.training.recording import read_run as read_run

from cnnviz.version import __version__ as __version__

__all__ = [
    "CnnvizError",
    "Report",
    "TrainConfig",
    "explain",
    "features",
    "find_rate",
    "inspect",
    "kernels",
    "read_run",
    "strongest",
    "train",
    "why",
]

_HOMES = {
    "CnnvizError": "cnnviz.errors",
    "Report": "cnnviz.inspection.report",
    "TrainConfig": "cnnviz.training.config",
    "explain": "cnnviz.feature_maps.pixel.explained",
    "features": "cnnviz.feature_maps.features",
    "find_rate": "cnnviz.training.range_test",
    "inspect": "cnnviz.inspection.tracer",
    "kernels": "cnnviz.feature_maps.kernels.shown_kernels",
    "read_run": "cnnviz.training.recording",
    "strongest": "cnnviz.feature_maps.strongest.exciting",
    "train": "cnnviz.training.engine",
    "why": "cnnviz.feature_maps.attribution.attributed",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
