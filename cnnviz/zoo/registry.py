"""Builders by name. A family's module registers its own when it is imported, which is on first use."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from cnnviz.zoo import catalog

if TYPE_CHECKING:
    from torch import nn


class Builder(Protocol):
    """Makes a network from the options that its catalogue entry declares.

    ``input_size``: (height, width) of its pictures, or (frames, height, width) of its videos.
    """

    def __call__(self, *, input_size: tuple[int, ...], **options: catalog.OptionValue) -> nn.Module: ...


_builders: dict[str, Builder] = {}


def architecture(*names: str) -> Callable[[Callable[..., nn.Module]], Callable[..., nn.Module]]:
    """Register the decorated function as the builder of these catalogue names."""

    def register(builder: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
        for name in names:
            if name in _builders:
                raise ValueError(f"{name!r} has two builders")
            _builders[name] = builder
        return builder

    return register


def build(spec: catalog.ModelSpec) -> nn.Module:
    """Return the network with fresh random weights, in training mode. The first call pays for ``import torch``.

    Raises:
        CnnvizError: the input is too small for the network's layers, or a file of the user's fails.
    """
    architecture = catalog.find(spec.name)
    if architecture.is_own:
        from cnnviz.zoo.own.loading import own_network

        return own_network(spec)
    return builder_of(spec)(input_size=spec.input_shape[1:], **spec.options)


def builder_of(spec: catalog.ModelSpec) -> Builder:
    """Return what makes a network of ours or of torchvision's."""
    import_module(catalog.find(spec.name).module)
    return _builders[spec.name]
