"""Training in float16: gradients that it holds as 0 are kept by scaled losses, and those beyond it change nothing."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from cnnviz.training.step import Way, find_gradients, train_step

_CPU, _FP16 = torch.device("cpu"), Way(channels_last=True, precision="fp16")


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3))


def batch() -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.rand(8, 1, 8, 8), torch.arange(8) % 3


def test_gradients_are_those_of_the_loss_itself() -> None:
    network, exact = net(), net()
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    images, labels = batch()
    loss, _right = find_gradients(network, optimizer, _FP16.scaler(_CPU), images, labels, _FP16)
    expected = cross_entropy(exact(images), labels)
    expected.backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(loss, expected.detach(), rtol=2e-3, atol=0)
    for found, wanted in zip(network.parameters(), exact.parameters(), strict=True):
        torch.testing.assert_close(found.grad, wanted.grad, rtol=2e-2, atol=1e-4)


def test_gradients_too_small_for_float16_are_kept() -> None:
    """Below 2⁻²⁴ it holds nothing; here all are."""
    network, (images, labels) = net(), batch()
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    with torch.no_grad():
        network[3].weight.mul_(1e-3)  # type: ignore[index, union-attr, operator]
    for scaler, is_kept in ((_FP16.scaler(_CPU), True), (Way(True, "bf16").scaler(_CPU), False)):
        find_gradients(network, optimizer, scaler, images * 1e-5, labels, _FP16)
        first = network[0].weight.grad  # type: ignore[index, union-attr]
        assert isinstance(first, Tensor)
        assert bool(first.any()) == is_kept


def test_step_beyond_float16_changes_no_weight_and_the_next_scale_is_smaller() -> None:
    network, (images, labels) = net(), batch()
    optimizer, scaler = torch.optim.SGD(network.parameters(), 0.1), _FP16.scaler(_CPU)
    scaler.load_state_dict({**scaler.state_dict(), "scale": 2.0**40})
    before = [weight.clone() for weight in network.parameters()]
    train_step(network, optimizer, scaler, images, labels, _FP16)
    assert all(map(torch.equal, network.parameters(), before))
    assert scaler.get_scale() == 2.0**39
    while scaler.get_scale() > 2.0**10:
        train_step(network, optimizer, scaler, images, labels, _FP16)
        if not all(map(torch.equal, network.parameters(), before)):
            break
    assert all(bool(weight.isfinite().all()) for weight in network.parameters())
    assert not all(map(torch.equal, network.parameters(), before))
