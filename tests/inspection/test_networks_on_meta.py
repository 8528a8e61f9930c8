"""Networks whose weights have no numbers: built under ``torch.device("meta")``, as large ones are."""

import torch
from torch import Tensor, nn

import cnnviz


class AsksWhere(nn.Module):
    """Does more on a device with numbers than on meta; holds a buffer, tied weights and a tensor of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(8, 8)
        self.norm = nn.BatchNorm2d(4)
        self.tied = nn.Linear(8, 8)
        self.tied.weight = self.second.weight
        self.scale = torch.ones(8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.first(x)).relu() * self.scale
        return self.tied(self.second(x)) if x.device.type == "meta" else self.tied(self.second(self.second(x)))


def test_network_on_meta_is_run_with_numbers_where_it_asks_for_them() -> None:
    with torch.device("meta"):
        without = AsksWhere()
    found, known = cnnviz.inspect(without, (3, 8, 8)), cnnviz.inspect(AsksWhere(), (3, 8, 8))
    assert found.error is None
    assert found.totals == known.totals
    assert [each.path for each in found.calls] == [each.path for each in known.calls]
    assert all(each.is_meta for each in (*without.parameters(), *without.buffers(), without.scale))


def test_only_a_part_on_meta_is_given_numbers() -> None:
    network = AsksWhere()
    network.first.to("meta")
    before = network.second.weight.clone()
    report = cnnviz.inspect(network, (3, 8, 8))
    assert report.error is None
    assert report.totals == cnnviz.inspect(AsksWhere(), (3, 8, 8)).totals
    assert torch.equal(network.second.weight, before)
    assert network.first.weight.is_meta
