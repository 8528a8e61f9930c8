from __future__ import annotations

import math
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.training.loss import logits_and_losses
from cnnviz.training.network import build_network, input_size
from cnnviz.training.network_arrays import state_arrays
from cnnviz.zoo import catalog


def test_xavier_is_uniform_within_glorot_s_bound_on_weights_of_linear_and_conv() -> None:
    torch.manual_seed(0)
    config = TrainConfig("lenet", "fashion-mnist-sample", init="xavier")
    network = build_network(catalog.resolve("lenet"), config, None)
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            window = module.kernel_size[0] * module.kernel_size[1] if isinstance(module, nn.Conv2d) else 1
            fan_out, fan_in = module.weight.shape[0] * window, module.weight.shape[1] * window
            bound = sqrt(6 / (fan_in + fan_out))
            assert 0.8 * bound < module.weight.abs().max() <= bound
            assert module.bias.abs().max() > 0, "biases keep their default"


def test_kaiming_keeps_the_size_of_the_signal_behind_a_relu() -> None:
    torch.manual_seed(0)
    network = build_network(catalog.resolve("lenet"), TrainConfig("lenet", "x", init="kaiming"), None)
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            bound = sqrt(6 / module.weight[0].numel())
            assert 0.8 * bound < module.weight.abs().max() <= bound


def test_network_is_ready_to_train_after_it_was_tried() -> None:
    config = TrainConfig("vgg11", "fashion-mnist-sample")
    network = build_network(catalog.resolve("vgg11", {"width_divisor": 64}, (1, 32, 32)), config, None)
    assert all(module.training for module in network.modules())


class WithHelpers(NamedTuple):
    logits: Tensor
    aux_logits2: Tensor | None
    aux_logits1: Tensor | None


def test_auxiliary_heads_count_three_tenths_each_in_what_is_lowered_and_not_in_the_loss() -> None:
    """The loss stands beside that of guessing, ln C, and beside a test's, which has one head."""
    torch.manual_seed(0)
    main, second, first = torch.randn(3, 4, 5)
    labels = torch.tensor([0, 1, 2, 3])
    logits, loss, lowered = logits_and_losses(WithHelpers(main, second, first), labels)
    assert loss.item() == pytest.approx(cross_entropy(main, labels).item())
    assert torch.equal(logits, main)
    expected = cross_entropy(main, labels) + 0.3 * (cross_entropy(second, labels) + cross_entropy(first, labels))
    assert lowered.item() == pytest.approx(expected.item())
    lost = logits_and_losses(WithHelpers(main, second * math.inf, first), labels)[1]
    assert not lost.isfinite()
    alone = logits_and_losses(WithHelpers(main, None, None), labels)[2]
    assert alone.item() == pytest.approx(cross_entropy(main, labels).item())


def test_state_arrays_are_copies_in_the_usual_order_with_bf16_as_float32() -> None:
    layer = nn.Conv2d(2, 3, 3).to(memory_format=torch.channels_last)
    state = state_arrays(layer)
    assert state["weight"].flags["C_CONTIGUOUS"]
    with torch.no_grad():
        layer.weight += 1
    assert not np.array_equal(state["weight"], layer.weight.detach().numpy())
    assert state_arrays(nn.Linear(2, 2).to(torch.bfloat16))["weight"].dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "words"), [("left, right", "takes 2 inputs"), ("*, picture", "takes its input by name")]
)
def test_network_of_other_inputs_than_one_picture_is_refused(tmp_path: Path, arguments: str, words: str) -> None:
    file = tmp_path / "net.py"
    file.write_text(f"from torch import nn\nclass Net(nn.Module):\n    def forward(self, {arguments}): ...\n", "utf-8")
    with pytest.raises(CnnvizError, match=words):
        build_network(catalog.resolve(f"{file}:Net"), TrainConfig(f"{file}:Net", "fashion-mnist-sample"), None, 10)


@pytest.mark.parametrize("name", ["torchvision/fcn_resnet50", "torchvision/r3d_18"])
def test_network_that_tells_no_classes_of_pictures_apart_is_refused_before_data_are_read(name: str) -> None:
    with pytest.raises(CnnvizError, match="cnnviz trains classification"):
        input_size(TrainConfig(name, "fashion-mnist-sample"))


def test_smoothed_labels_are_learned_from_while_the_loss_that_is_told_stays_plain() -> None:
    """Szegedy et al., arXiv:1512.00567, section 7: (1 - ε) of the cross entropy with the label, ε of that with 1/C."""
    torch.manual_seed(0)
    logits, labels = torch.randn(8, 5), torch.arange(8) % 5
    _, plain, lowered = logits_and_losses(logits, labels, 0.2)
    spread = -logits.log_softmax(1).mean()
    assert plain == cross_entropy(logits, labels)
    assert lowered.item() == pytest.approx(0.8 * plain.item() + 0.2 * spread.item(), rel=1e-6)
