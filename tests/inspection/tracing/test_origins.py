from __future__ import annotations

import torch
from torch import nn

from cnnviz.inspection.tracing.origins import Origins


def test_layer_made_in_a_run_is_no_stranger_at_the_address_of_one_that_is_gone() -> None:
    origins = Origins([])
    gone = [nn.Parameter(torch.ones(1)) for _ in range(50)]
    origins.there(gone)
    addresses = {id(each) for each in gone}
    del gone
    memory = torch.ones(50)
    origins.contents.saw([memory])
    fresh = [nn.Parameter(memory[number]) for number in range(50)]
    assert addresses & {id(each) for each in fresh}
    origins.reads(fresh)
    assert not origins.strangers
