"""Which networks there are, and how to build them."""

from cnnviz.zoo.catalog import Architecture, ModelSpec, Option, architectures, find, resolve
from cnnviz.zoo.registry import build

__all__ = ["Architecture", "ModelSpec", "Option", "architectures", "build", "find", "resolve"]
