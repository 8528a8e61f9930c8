"""The gradient of a score: Simonyan et al., arXiv:1312.6034, section 3.1."""

from __future__ import annotations

from cnnviz.feature_maps.attribution.found_heat import ChooseClass, FoundHeat
from cnnviz.feature_maps.attribution.heat_map import Told
from cnnviz.feature_maps.attribution.scoring import scored
from cnnviz.feature_maps.subject import Subject
from cnnviz.inspection.call import Call


def compute(subject: Subject, _call: Call | None, choose: ChooseClass, told: Told) -> FoundHeat:
    """max over channels of |∂y/∂x|."""
    run = scored(subject, None, lambda: told(0, 1))
    chosen = choose(run.logits)
    return FoundHeat(run.logits, run.shares, chosen, run.gradient(chosen, False)[0].abs().amax(0))
