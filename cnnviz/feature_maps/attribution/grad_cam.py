"""Grad-CAM: Selvaraju et al., arXiv:1610.02391, equations 1 and 2."""

from __future__ import annotations

import torch

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.attribution.found_heat import ChooseClass, FoundHeat
from cnnviz.feature_maps.attribution.heat_map import Told, default_layer, has_space
from cnnviz.feature_maps.attribution.scoring import scored
from cnnviz.feature_maps.axes import as_maps
from cnnviz.feature_maps.subject import Subject
from cnnviz.inspection.call import Call


def compute(subject: Subject, call: Call | None, choose: ChooseClass, told: Told) -> FoundHeat:
    """ReLU(Σ_k mean(∂y/∂A_k) · A_k), over the maps A_k of one layer, the last with space where none is named."""
    call = call or default_layer(subject.report.calls)
    if call is None:
        message = "No layer of this network has maps."
        raise CnnvizError(message, "Choose another method, or a convolutional network.")
    if not has_space(call):
        message = f"{call.path or 'The network'} ({call.kind}) has no maps for Grad-CAM to weight."
        raise CnnvizError(message, "Choose a layer whose output has height and width.")
    run = scored(subject, call, lambda: told(0, 1))
    chosen = choose(run.logits)
    size = subject.pixels.shape[2:]
    assert run.maps is not None
    gradients, maps = (torch.from_numpy(as_maps(each, size)) for each in (run.gradient(chosen, True), run.maps))
    heat = (gradients.mean((1, 2), keepdim=True) * maps).sum(0).relu()
    return FoundHeat(run.logits, run.shares, chosen, heat, call.path)
