from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.inspection.memory import TrainingMemory, forward_bytes, training_memory, weight_bytes
from cnnviz.inspection.tracer import inspect
from cnnviz.zoo import build, resolve


class Residual(nn.Module):
    """conv → relu → conv, plus the input: the first output is read again at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, data: Tensor) -> Tensor:
        start = self.one(data)
        return self.two(torch.relu(start)) + start


def _saved_by_torch(network: nn.Module, pictures: Tensor) -> int:
    """What autograd itself keeps for the backward pass: bytes of every storage once, parameters left out."""
    held: dict[int, tuple[int, object]] = {}
    own = {tensor.untyped_storage()._cdata for tensor in (*network.parameters(), *network.buffers())}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            held[storage._cdata] = (storage.nbytes(), storage)
        return tensor

    network.train()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(pictures)
    return sum(size for size, _ in held.values())


def test_parts_of_training_in_closed_form() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(72, 10))
    params, buffers = 20 + 4 + 730, 2 + 2 + 1
    maps = 4 * 2 * 6 * 6  # bytes of one output of 2 × 6 × 6
    memory = training_memory(inspect(network, (1, 8, 8)), batch=16, moments=2)
    # Kept: the picture for the convolution, its output for BatchNorm, ReLU's for ReLU and, through a view, for Linear.
    assert memory == TrainingMemory(4 * (params + buffers), 4 * params, 8 * params, 16 * (4 * 64 + 2 * maps))
    assert memory.total == 4 * (params + buffers) + 12 * params + 16 * (256 + 2 * maps)


@pytest.mark.parametrize("moments", [0, 1, 2])
def test_optimizer_keeps_its_moments_for_trained_parameters_only(moments: int) -> None:
    network = nn.Sequential(nn.Linear(8, 4), nn.Linear(4, 2))
    network[0].requires_grad_(False)
    memory = training_memory(inspect(network, (8,)), 1, moments)
    assert memory.optimizer_state == moments * memory.gradients
    assert memory.gradients == 4 * 10


def test_batch_of_the_probe_does_not_matter() -> None:
    assert training_memory(inspect("lenet", batch=1), 64, 2) == training_memory(inspect("lenet", batch=8), 64, 2)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("lenet", None),
        ("alexnet", (1, 96, 96)),
        ("vgg11", (1, 64, 64)),
        ("resnet18", None),
        ("googlenet", None),
        ("densenet", None),
        ("torchvision/resnet18", (3, 64, 64)),
        ("torchvision/mobilenet_v2", (3, 64, 64)),
        ("torchvision/vgg11_bn", (3, 64, 64)),
        ("torchvision/efficientnet_b0", (3, 64, 64)),
        ("torchvision/vit_b_16", (3, 224, 224)),
    ],
)
def test_saved_activations_are_what_autograd_keeps_within_two_percent(name: str, shape: tuple[int, ...] | None) -> None:
    spec = resolve(name, None, shape)
    with torch.random.fork_rng():
        kept = _saved_by_torch(build(spec), torch.zeros(2, *spec.input_shape))
    assert training_memory(inspect(spec), 2, 0).activations == pytest.approx(kept, rel=0.02)


@pytest.mark.parametrize(
    ("name", "shape", "frozen"),
    [
        ("torchvision/resnet18", (3, 64, 64), ("conv1", "bn1", "layer1", "layer2", "layer3", "layer4")),
        ("torchvision/mobilenet_v2", (3, 64, 64), ("features",)),
        ("vgg11", (1, 64, 64), ("block1", "block2")),
        ("alexnet", (1, 96, 96), ("0", "3")),
        ("alexnet", (1, 96, 96), ("3",)),
        ("torchvision/densenet121", (3, 64, 64), ("features.conv0", "features.denseblock1")),
    ],
)
def test_frozen_layers_need_no_gradient_and_those_before_all_others_keep_nothing(
    name: str, shape: tuple[int, ...], frozen: tuple[str, ...]
) -> None:
    spec = resolve(name, None, shape)
    with torch.random.fork_rng():
        network = build(spec)
        for path in frozen:
            network.get_submodule(path).requires_grad_(False)
        kept = _saved_by_torch(network, torch.zeros(2, *spec.input_shape))
    memory = training_memory(inspect(spec), 2, 2, frozen)
    assert memory.activations == pytest.approx(kept, rel=0.02)
    assert memory.gradients == 4 * sum(each.numel() for each in network.parameters() if each.requires_grad)
    assert memory.optimizer_state == 2 * memory.gradients


def test_weights_that_a_function_takes_are_those_of_its_module() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.weight = nn.Linear(8, 8), nn.Parameter(torch.ones(8, 8))

        def forward(self, data: Tensor) -> Tensor:
            return functional.linear(self.first(data), self.weight)

    memory = training_memory(inspect(Own(), (8,)), 1, 0, ("first",))
    assert (memory.gradients, memory.activations) == (4 * 64, 4 * 8)


def test_forward_pass_holds_an_output_until_its_last_reader() -> None:
    picture, maps = 4 * 2 * 8 * 8, 4 * 2 * 8 * 8
    # The input, `start`, relu's output and the second convolution's stand side by side; a chain frees them.
    assert forward_bytes(inspect(Residual(), (2, 8, 8))) == picture + 3 * maps
    chain = nn.Sequential(*(nn.Conv2d(2, 2, 3, padding=1) for _ in range(5)))
    assert forward_bytes(inspect(chain, (2, 8, 8))) == picture + 2 * maps


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_dropout_that_makes_an_output_is_held_like_any_other(dropout: float) -> None:
    network = nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.Dropout(dropout), nn.Conv2d(2, 2, 3, padding=1))
    picture = maps = 4 * 2 * 8 * 8
    for train_mode in (False, True):
        assert forward_bytes(inspect(network, (2, 8, 8), train_mode=train_mode)) >= picture + 2 * maps


def test_weights_include_buffers() -> None:
    assert weight_bytes(inspect(nn.BatchNorm2d(3), (3, 4, 4))) == 4 * (6 + 7)


def test_partial_report_is_estimated_up_to_the_failure() -> None:
    report = inspect(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(5, 2)), (1, 8, 8))
    assert report.error is not None
    assert training_memory(report, 2, 0).activations == 2 * 4 * 64


class _Attention(nn.Module):
    """Rows look at rows of their own, or of others, in one of the ways that attention is called."""

    def __init__(self, told: bool, others: bool = False, **options: Any) -> None:
        super().__init__()
        self.attention, self.told, self.others = nn.MultiheadAttention(8, 2, **options), told, others

    def forward(self, data: Tensor) -> Tensor:
        rows = data.flatten(1, 2)
        keys = rows.flip(1) if self.others else rows
        made: Tensor = self.attention(rows, keys, keys, need_weights=self.told)[0]
        return made


def _looked_at(data: Tensor, **options: Any) -> Tensor:
    return functional.scaled_dot_product_attention(data, data, data, **options)


def _with_border(kernel: int, padding: int | str, mode: str) -> nn.Module:
    return nn.Conv2d(32, 4, kernel, padding=padding, padding_mode=mode)


_OTHER_MODES = [
    *(lambda data, mode=mode: functional.pad(data, (1, 1, 1, 1), mode) for mode in ("constant", "circular")),
    *(lambda data, mode=mode: functional.pad(data, (1, 1, 1, 1), mode) for mode in ("reflect", "replicate")),
    *(nn.ZeroPad2d(1), nn.CircularPad2d(1), nn.ReflectionPad2d(1)),
    *(lambda data, mode=mode: functional.interpolate(data, None, 2, mode) for mode in ("nearest", "bilinear", "area")),
    *(nn.Upsample(scale_factor=2), nn.UpsamplingBilinear2d(scale_factor=2)),
    *(nn.PixelShuffle(2), nn.PixelUnshuffle(2), nn.ChannelShuffle(2), nn.Unfold(3)),
    *(nn.Softsign(), nn.RReLU(), nn.ELU(), nn.LogSigmoid(), nn.Softmin(1), nn.Softmax2d(), nn.SELU()),
    *(nn.LocalResponseNorm(3), nn.LayerNorm(8), nn.RMSNorm(8), nn.InstanceNorm2d(32), nn.GroupNorm(4, 32)),
    *(lambda data, join=join: join([data, data]) for join in (torch.hstack, torch.row_stack, torch.dstack)),
    lambda data: torch.concat([data, data], 1),
    lambda data: torch.special.softmax(data, 1),
    *(_with_border(3, padding, mode) for mode in ("reflect", "replicate", "circular") for padding in (1, "same")),
    *(_with_border(kernel, "same", "zeros") for kernel in (3, 4)),
    *(nn.LPPool2d(2, 2), nn.LPPool2d(1, 3), nn.LPPool2d(3.0, 3, 2, ceil_mode=True)),
    *(nn.Dropout(), nn.Dropout2d(), nn.AlphaDropout(), nn.FeatureAlphaDropout()),
    *(_looked_at, lambda data: _looked_at(data, is_causal=True)),
    *(_Attention(told, others, batch_first=True) for told in (True, False) for others in (True, False)),
    *(_Attention(told, dropout=0.1, batch_first=True) for told in (True, False)),
    *(torch.square, torch.sin, torch.reciprocal, torch.floor, torch.sign),
    *(lambda data, do=do: do(data, 1) for do in (torch.cumsum, torch.cumprod, torch.amax, torch.var, torch.logsumexp)),
    *(lambda data: data.flip(2), lambda data: data.repeat(1, 2, 1, 1), lambda data: data.masked_fill(data > 1, 0.0)),
    lambda data: functional.normalize(data),
]


class _Shifted(nn.Module):
    """Adding a number keeps nothing; what the layer is given is then no picture."""

    def __init__(self, layer: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, data: Tensor) -> Tensor:
        return self.layer(data + 1.0)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("layer", _OTHER_MODES)
def test_a_layer_keeps_what_autograd_keeps_of_it(layer: Callable[[Tensor], Tensor]) -> None:
    """Within 5 %: local response normalisation puts two channels around its squares."""
    pictures = torch.rand(2, 32, 8, 8)
    saved = _saved_by_torch(_Shifted(layer), pictures.clone().requires_grad_())
    memory = training_memory(inspect(_Shifted(layer), inputs=(pictures,)), 2, 0)
    assert (memory.activations, memory.at_least_for) == (pytest.approx(saved, rel=0.05), ())


class _Steps(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, data: Tensor) -> Any:
        return self.layer(data.mean(2) if isinstance(self.layer, nn.RNNBase) else data[:, 0, 0])


_AT_LEAST = [
    *(
        _Steps(kind(8, 16, layers, bidirectional=layers == 2))
        for kind in (nn.LSTM, nn.GRU, nn.RNN)
        for layers in (1, 2)
    ),
    _Steps(nn.LSTM(8, 16, proj_size=4)),
    *(_Steps(kind(8, 16)) for kind in (nn.LSTMCell, nn.GRUCell, nn.RNNCell)),
    _Attention(False, add_zero_attn=True),
    lambda data: data.sort(1).values,
    lambda data: functional.cosine_similarity(data, data.flip(1)),
    lambda data: torch.cdist(data, data + 1),
    lambda data: functional.scaled_dot_product_attention(data, data, data, dropout_p=0.1),
]


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@pytest.mark.parametrize("layer", _AT_LEAST)
def test_what_is_not_known_is_counted_at_least_and_named(layer: Callable[[Tensor], Tensor]) -> None:
    """Recurrent layers keep what the library likes that computes them: on CPUs two to twenty times their states."""
    pictures = torch.rand(2, 32, 8, 8)
    saved = _saved_by_torch(_Shifted(layer), pictures.clone().requires_grad_())
    memory = training_memory(inspect(_Shifted(layer), inputs=(pictures,)), 2, 0)
    assert 4 * pictures.numel() // 8 <= memory.activations <= saved
    assert memory.at_least_for == (memory.at_least_for[0],)
