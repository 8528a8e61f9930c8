"""Saved weights find their places in a network, whatever stands before their names."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_model
from torch import Tensor, nn

from cnnviz.errors import CnnvizError
from cnnviz.runs.weights_file import SavedWeights, read_weights_file
from cnnviz.runs.weights_filling import fill

State = dict[str, Tensor]


class Small(nn.Module):
    def __init__(self, classes: int = 3, channels: int = 1) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.head = nn.Linear(4, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x).mean((2, 3)))


def seeded(make: Callable[[], nn.Module], seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


@pytest.fixture
def trained() -> nn.Module:
    network = seeded(Small, 1)
    network.features[1].running_mean.fill_(0.5)
    network.features[1].num_batches_tracked.fill_(70_000)
    return network


@pytest.fixture
def model() -> nn.Module:
    return seeded(Small, 2)


def state_of(network: nn.Module) -> State:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def saved(state: Mapping[str, Tensor], **dictionaries: str) -> SavedWeights:
    return SavedWeights(state, {}, dictionaries)


def same(first: nn.Module, second: nn.Module) -> bool:
    theirs = second.state_dict()
    return all(torch.equal(tensor, theirs[name]) for name, tensor in first.state_dict().items())


PREFIXES = [
    "",
    "module.",
    "_orig_mod.",
    "_orig_mod.module.",
    "module._orig_mod.",
    "module.module.",
    "model.",
    "net.",
    "ema.",
    "ema_model.module.",
    "lit.student.backbone._orig_mod.",
    "features.",  # of the network's own children's names
    "head.",
]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_prefixes_are_taken_off_in_any_order_and_number(trained: nn.Module, model: nn.Module, prefix: str) -> None:
    assert fill(model, saved({prefix + name: tensor for name, tensor in state_of(trained).items()}), "w") == ()
    assert same(model, trained)


def data_parallel_inside(name: str) -> str:
    return name.replace("features.", "features.module.")


def checkpointed(name: str) -> str:
    return name.replace("features.0.", "features.0._checkpoint_wrapped_module.").replace("head.", "head._orig_mod.")


def sharded(name: str) -> str:
    return f"model._fsdp_wrapped_module.{name.replace('features.', 'features._fsdp_wrapped_module.')}"


@pytest.mark.parametrize("rename", [data_parallel_inside, checkpointed, sharded])
def test_wrappers_of_parts_leave_their_names_inside(
    trained: nn.Module, model: nn.Module, rename: Callable[[str], str]
) -> None:
    assert fill(model, saved({rename(name): tensor for name, tensor in state_of(trained).items()}), "w") == ()
    assert same(model, trained)


class Holder(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.net = network


@pytest.mark.parametrize("wrap", [nn.DataParallel, Holder, lambda network: Holder(nn.DataParallel(network))])
def test_the_network_may_be_wrapped_where_the_file_is_not_or_otherwise(
    trained: nn.Module, model: nn.Module, wrap: Callable[[nn.Module], nn.Module]
) -> None:
    state = state_of(trained)
    for prefix in ("", "module.", "model."):
        blank = copy.deepcopy(model)
        assert fill(wrap(blank), saved({prefix + name: tensor for name, tensor in state.items()}), "w") == ()
        assert same(blank, trained)


def test_a_network_whose_own_parts_bear_wrappers_names_keeps_them_apart() -> None:
    def make() -> nn.Module:
        return nn.ModuleDict({"module": nn.Linear(2, 2), "_orig_mod": nn.ModuleDict({"module": nn.Linear(2, 2)})})

    trained, model = seeded(make, 1), seeded(make, 2)
    for prefix in ("", "module.", "model."):
        fill(model, saved({prefix + name: tensor for name, tensor in state_of(trained).items()}), "w")
        assert same(model, trained)


def test_averaged_weights_leave_their_counters_and_say_so(trained: nn.Module, model: nn.Module) -> None:
    averaged = torch.optim.swa_utils.AveragedModel(trained)
    assert fill(model, saved(state_of(averaged)), "w") == ("Ignored in w: n_averaged.",)
    assert same(model, trained)


def test_counters_and_whole_numbers_are_no_layer_and_are_said(trained: nn.Module, model: nn.Module) -> None:
    odd = {
        "total_ops": torch.zeros(1, dtype=torch.float64),
        "features.0.total_params": torch.zeros(1, dtype=torch.float64),
        "head.position_ids": torch.arange(9),
        "initted": torch.tensor(True),
    }
    (note,) = fill(model, saved({**state_of(trained), **odd}), "w")
    assert note == "Ignored in w: total_ops, features.0.total_params, head.position_ids, initted."
    assert same(model, trained)


def test_a_layer_that_the_network_has_not_is_not_harmless(trained: nn.Module, model: nn.Module) -> None:
    before = copy.deepcopy(model)
    with pytest.raises(CnnvizError, match=r"it has features\.3\.weight \(4 × 4 × 1 × 1\), which this network has not"):
        fill(model, saved({**state_of(trained), "features.3.weight": torch.zeros(4, 4, 1, 1)}), "w")
    assert same(model, before)


def nested(**parts: Mapping[str, Tensor]) -> SavedWeights:
    tensors = {f"{part}.{name}": tensor for part, state in parts.items() for name, tensor in state.items()}
    return SavedWeights(tensors, {}, {f"{part}.{name}": part for part, state in parts.items() for name in state})


@pytest.mark.parametrize("key", ["state_dict", "model", "model_state_dict", "ema", "params_ema", "whatever"])
def test_a_dictionary_of_any_name_is_found_by_fit(trained: nn.Module, model: nn.Module, key: str) -> None:
    optimizer = {"state.0.exp_avg": torch.zeros(4, 1, 3, 3), "state.0.step": torch.zeros(())}
    wrapped = {f"module.{name}": tensor for name, tensor in state_of(trained).items()}
    (note,) = fill(model, nested(optimizer=optimizer, **{key: wrapped}), "w")
    assert note == "Ignored in w: optimizer.state.0.exp_avg, optimizer.state.0.step."
    assert same(model, trained)


def test_parts_of_a_network_may_stand_in_dictionaries_of_their_own(trained: nn.Module, model: nn.Module) -> None:
    state = nested(
        optimizer={"0.exp_avg": torch.zeros(3)},
        features=state_of(trained.features),
        head=state_of(trained.head),
    )
    assert fill(model, state, "w") == ("Ignored in w: optimizer.0.exp_avg.",)
    assert same(model, trained)


@pytest.mark.parametrize("order", [("ema", "model"), ("model", "ema"), ("optimizer.momentum", "net"), ("a", "b.c")])
def test_of_several_copies_the_trained_one_is_taken_and_the_others_are_said(
    trained: nn.Module, model: nn.Module, order: tuple[str, str]
) -> None:
    other, right = sorted(order, key=lambda key: key in ("model", "net", "a"))
    states = {right: state_of(trained), other: {name: tensor + 1 for name, tensor in state_of(trained).items()}}
    notes = fill(model, nested(**{key: states[key] for key in order}), "w")
    assert notes == (f"w holds these weights more than once; not taken: {other}.",)
    assert same(model, trained)


def test_averages_of_parameters_alone_beside_the_network_are_a_copy(trained: nn.Module, model: nn.Module) -> None:
    averages = {f"ema.{name}": tensor.detach() + 1 for name, tensor in trained.named_parameters()}
    notes = fill(model, saved({**averages, **state_of(trained)}), "w")
    assert "w holds these weights more than once; not taken: ema." in notes
    assert same(model, trained)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_converted_counters_among_them(
    trained: nn.Module, model: nn.Module, dtype: torch.dtype
) -> None:
    state = {name: tensor.to(dtype) for name, tensor in state_of(trained).items()}
    (note,) = fill(model, saved(state), "w")
    assert note == f"Numbers of w that were converted: {str(dtype).removeprefix('torch.')}."
    expected = {name: tensor.to(dtype).float() for name, tensor in trained.named_parameters()}
    assert all(torch.equal(tensor, expected[name]) for name, tensor in model.named_parameters())


def test_whole_numbers_and_complex_ones_are_no_weights(trained: nn.Module, model: nn.Module) -> None:
    for wrong in (torch.int8, torch.complex64):
        state = {name: tensor.to(wrong) for name, tensor in state_of(trained).items()}
        with pytest.raises(CnnvizError, match=f"features.0.weight holds {wrong} numbers where torch.float32 is needed"):
            fill(model, saved(state), "w")


class Tied(nn.Module):
    """One convolution under two names, and one weight of a layer in another."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(4, 4, 3)
        self.second = self.first
        self.encode, self.decode = nn.Linear(5, 2, bias=False), nn.Linear(5, 2)
        self.decode.weight = self.encode.weight


@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_tensor_that_the_network_shares_stands_once_in_the_file(tmp_path: Path, prefix: str) -> None:
    trained, model = seeded(Tied, 1), seeded(Tied, 2)
    save_model(nn.ModuleDict({"module": trained}) if prefix else trained, str(tmp_path / "w.safetensors"))
    state = read_weights_file(tmp_path / "w.safetensors")
    assert len(state.tensors) == len(trained.state_dict()) - 3
    assert fill(model, state, "w") == ()
    assert same(model, trained)
    only_others = {name: tensor for name, tensor in state_of(trained).items() if not name.startswith(("first", "enc"))}
    assert fill(blank := seeded(Tied, 2), saved(only_others), "w") == ()
    assert same(blank, trained)


def test_shared_tensors_that_differ_in_the_file_are_not_one() -> None:
    trained, model = state_of(seeded(Tied, 1)), seeded(Tied, 2)
    before = copy.deepcopy(model)
    trained["second.bias"] = trained["second.bias"] + 1
    with pytest.raises(CnnvizError, match=r"first\.bias and second\.bias are one tensor in this network and two in"):
        fill(model, saved(trained), "w")
    assert same(model, before)


def test_lazy_layers_get_the_shapes_of_the_file() -> None:
    def lazy() -> nn.Module:
        return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyLinear(2))

    trained = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Linear(6, 2))
    model = lazy()
    fill(model, saved(state_of(trained)), "w")
    picture = torch.rand(1, 1, 8, 8)
    torch.testing.assert_close(model(picture), trained(picture))


class WithExtraState(Small):
    def get_extra_state(self) -> object:
        return {"note": 1}

    def set_extra_state(self, state: object) -> None: ...


def test_extra_state_that_is_no_tensor_is_no_weight(trained: nn.Module) -> None:
    model = seeded(WithExtraState, 2)
    fill(model, saved(state_of(trained)), "w")
    assert same(trained, model)


def test_weight_norm_of_another_day_is_todays() -> None:
    def old_name(name: str) -> str:
        return name.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        )

    def make() -> nn.Module:
        return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(1, 4, 3)), nn.Flatten())

    trained, model = seeded(make, 1), seeded(make, 2)
    old = {old_name(name): tensor for name, tensor in state_of(trained).items()}
    assert "0.weight_g" in old
    assert fill(model, saved(old), "w") == ()
    assert same(model, trained)


def test_what_is_missing_is_named_with_its_shape_and_nothing_is_copied(trained: nn.Module, model: nn.Module) -> None:
    before, state = copy.deepcopy(model), state_of(trained)
    del state["head.bias"], state["features.1.num_batches_tracked"], state["features.0.weight"]
    with pytest.raises(
        CnnvizError,
        match=r"features\.0\.weight \(4 × 1 × 3 × 3\) is missing in it; head\.bias \(3\) is missing in it\..*Pick the",
    ):
        fill(model, saved(state), "w")
    assert same(model, before)


def test_of_many_that_do_not_fit_the_first_are_named_and_the_others_counted(model: nn.Module) -> None:
    one = next(iter(state_of(model).items()))
    with pytest.raises(CnnvizError, match=r"is missing in it; and \d+ more\. Pick the network"):
        fill(model, saved(dict([one])), "w")
    with pytest.raises(CnnvizError, match=r"it has other, and the network .* and \d+ more\. Pick the network[^(]*$"):
        fill(model, saved({"other": torch.zeros(2)}), "w")
    with pytest.raises(CnnvizError, match="it has a tensor without a name, and the network"):
        fill(model, saved({"": torch.zeros(2)}), "w")
    with pytest.raises(CnnvizError, match="holds no tensors"):
        fill(model, saved({}), "w")


def test_another_number_of_classes_or_channels_names_the_option_to_set(model: nn.Module) -> None:
    with pytest.raises(CnnvizError, match=r"head\.weight is 3 × 4 in this network and 7 × 4 in the file.*Classes to 7"):
        fill(model, saved(state_of(Small(classes=7))), "w")
    with pytest.raises(CnnvizError, match=r"4 × 1 × 3 × 3 .* 4 × 3 × 3 × 3 in the file.*set Input channels to 3"):
        fill(model, saved(state_of(Small(channels=3))), "w")


def test_another_head_is_left_as_it_is_where_that_is_asked_for(model: nn.Module) -> None:
    trained, before = seeded(lambda: Small(classes=7), 1), copy.deepcopy(model)
    state = {f"module.{name}": tensor for name, tensor in state_of(trained).items()}
    with pytest.raises(CnnvizError, match=r"load what fits alone \(--allow-mismatch;"):
        fill(model, saved(state), "w")
    (note,) = fill(model, saved(state), "w", allow_mismatch=True)
    assert note == (
        "Not loaded from w, so the network's own numbers stay: head.weight (3 × 4 here, 7 × 4 in the file), "
        "head.bias (3 here, 7 in the file)."
    )
    assert same(model.features, trained.features)
    assert same(model.head, before.head)


def test_a_network_of_which_nothing_fits_is_refused_even_then(model: nn.Module) -> None:
    for name in ("other.weight", "head.bias"):
        with pytest.raises(CnnvizError, match="do not fit this network"):
            fill(model, saved({name: torch.zeros(3)}), "w", allow_mismatch=True)
