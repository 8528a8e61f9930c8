"""Weights of the very network under the names and in the files that usual tools give them, and weights that are not."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from pytestqt.qtbot import QtBot
from safetensors.torch import save_file, save_model
from torch import Tensor, nn
from torch.nn.utils import prune

from cnnviz.__main__ import main
from cnnviz.errors import CnnvizError
from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.session import Session
from cnnviz.inspection.inspected import inspect_spec
from cnnviz.runs.weights_file import read_weights_file
from cnnviz.runs.weights_filling import fill
from cnnviz.zoo.catalog import resolve

State = dict[str, Tensor]
Write = Callable[[Path, State], Path]


def lenet() -> nn.Module:
    """The catalogue's ``lenet``, in plain PyTorch."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2, 2), nn.Conv2d(6, 16, 5), nn.Sigmoid(),
        nn.AvgPool2d(2, 2), nn.Flatten(), nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(),
        nn.Linear(84, 10),
    )  # fmt: skip


@pytest.fixture(scope="module")
def state() -> State:
    torch.manual_seed(13)
    return {name: tensor.clone() for name, tensor in lenet().state_dict().items()}


def logits(state: State) -> npt.NDArray[np.float32]:
    """What these weights say of a picture of one grey."""
    net = lenet().eval()
    net.load_state_dict(state)
    with torch.no_grad():
        return net(torch.full((1, 1, 28, 28), 90 / 255)).numpy().reshape(-1)


def safe(change: Callable[[State], State], name: str = "w.safetensors") -> Write:
    def write(folder: Path, state: State) -> Path:
        save_file({key: value.contiguous().clone() for key, value in change(state).items()}, folder / name)
        return folder / name

    return write


def saved(change: Callable[[State], object]) -> Write:
    def write(folder: Path, state: State) -> Path:
        torch.save(change(state), folder / "w.pth")
        return folder / "w.pth"

    return write


def behind(prefix: str) -> Write:
    return safe(lambda state: {prefix + name: tensor for name, tensor in state.items()})


def other(state: State) -> State:
    return {name: torch.randn_like(tensor) for name, tensor in state.items()}


def counted(state: State) -> State:
    """What thop leaves behind."""
    return state | {f"{at}total_ops": torch.zeros(1, dtype=torch.float64) for at in ("", "0.", "3.")}


def averaged(state: State) -> State:
    return {f"module.{name}": tensor for name, tensor in state.items()} | {"n_averaged": torch.tensor(3)}


def with_optimizer(state: State) -> object:
    net = lenet()
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 1, 28, 28)).sum().backward()
    optimizer.step()
    return {
        "state_dict": {f"model.{name}": each for name, each in state.items()},
        "optimizer_states": [optimizer.state_dict()],
    }


def shards(ending: str, index: bool) -> Write:
    def write(folder: Path, state: State) -> Path:
        names = list(state)
        files = [f"model-{number:05}-of-00002.{ending}" for number in (1, 2)]
        halves = (names[:4], names[4:])
        for file, half in zip(files, halves, strict=True):
            part = {name: state[name].clone() for name in half}
            if ending == "bin":
                torch.save(part, folder / file)
            else:
                save_file(part, folder / file)
        where = {name: file for file, half in zip(files, halves, strict=True) for name in half}
        if index:
            (folder / f"model.{ending}.index.json").write_text(json.dumps({"weight_map": where}))
        return folder

    return write


def beside_an_optimizer(folder: Path, state: State) -> Path:
    torch.save(state, folder / "model.pth")
    for name in ("optimizer.pth", "scheduler.pt", "rng_state.pth"):
        torch.save({"x": torch.zeros(3)}, folder / name)
    return folder


_SAME: dict[str, Write] = {
    "plain": behind(""),
    "compile_of_ddp": behind("_orig_mod.module."),
    "ddp_of_compile": behind("module._orig_mod."),
    "ddp_twice": behind("module.module."),
    "lightning": behind("model."),
    "net": behind("net."),
    "ema of something": behind("trainer.ema."),
    "averaged": safe(averaged),
    "thop": safe(counted),
    "half": safe(lambda state: {name: tensor.half() for name, tensor in state.items()}),
    "double": safe(lambda state: {name: tensor.double() for name, tensor in state.items()}),
    "UPPER": safe(dict, "W.SAFETENSORS"),
    "hf": lambda folder, state: safe(dict, "model.safetensors")(folder, state).parent,
    "nested": saved(lambda state: {"epoch": 3, "state_dict": state}),
    "params": saved(lambda state: {"params_ema": other(state), "params": state}),
    "lightning with optimizer": saved(with_optimizer),
    "in a list": saved(lambda state: [state, 3]),
    "pairs": saved(lambda state: list(state.items())),
    "arrays": saved(lambda state: {name: tensor.numpy() for name, tensor in state.items()}),
    "parameters": saved(lambda state: {name: nn.Parameter(tensor) for name, tensor in state.items()}),
    "shards": shards("safetensors", index=True),
    "shards of bin": shards("bin", index=True),
    "shards without an index": shards("safetensors", index=False),
    "beside an optimizer": beside_an_optimizer,
}


@pytest.mark.parametrize("name", _SAME)
def test_weights_of_the_very_network_are_taken_whatever_saved_them(tmp_path: Path, state: State, name: str) -> None:
    net = lenet()
    fill(net, read_weights_file(_SAME[name](tmp_path, state)), "w")
    tolerance = 1e-3 if name == "half" else 0
    for key, tensor in net.state_dict().items():
        assert torch.allclose(tensor, state[key], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["compile_of_ddp", "averaged", "thop", "half", "hf", "nested", "shards"])
def test_they_are_looked_at_from_the_command_line(
    tmp_path: Path, state: State, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("L", (28, 28), 90).save(tmp_path / "picture.png")
    (tmp_path / "weights").mkdir()
    weights = _SAME[name](tmp_path / "weights", state)
    asked = ["--layer", "", "--weights", str(weights), "--out", str(tmp_path / "x.npz")]
    assert main(["features", "lenet", str(tmp_path / "picture.png"), *asked]) == 0
    values = np.load(tmp_path / "x.npz")["values"].reshape(-1)
    assert np.abs(values - logits(state)).max() < (1e-3 if name == "half" else 1e-5)
    printed = capsys.readouterr()
    assert {"thop": "Ignored", "averaged": "n_averaged", "half": "float16"}.get(name, "") in printed.out + printed.err


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> Iterator[FeatureMapsPage]:
    Image.new("L", (28, 28), 90).save(tmp_path / "picture.png")
    session, spec = Session(), resolve("lenet")
    session.announce_torch()
    made = FeatureMapsPage(session)
    qtbot.addWidget(made)
    made.show()
    session.set_spec(spec)
    session.set_inspected(inspect_spec(spec))
    session.select_call(0)
    session.set_picture(tmp_path / "picture.png")
    yield made
    made.end()


@pytest.mark.parametrize("name", ["ddp_of_compile", "thop", "hf", "nested", "arrays", "shards without an index"])
def test_they_are_looked_at_in_the_window(
    qtbot: QtBot, page: FeatureMapsPage, tmp_path: Path, state: State, name: str
) -> None:
    (tmp_path / "weights").mkdir()
    page.view.header.weights.take(_SAME[name](tmp_path / "weights", state))
    expected = logits(state)

    def are_shown() -> bool:
        return page.shown is not None and np.abs(page.shown.values.reshape(-1) - expected).max() < 1e-5

    qtbot.waitUntil(are_shown, timeout=10_000)
    assert page.banner.text == "" or "normalisation" in page.banner.text
    assert name != "thop" or "Ignored" in " ".join(page.shown.notes if page.shown is not None else ())


def test_what_does_not_fit_is_said_in_the_window(
    qtbot: QtBot, page: FeatureMapsPage, tmp_path: Path, state: State
) -> None:
    page.view.header.weights.take(_REFUSED["whole"][0](tmp_path, state))
    qtbot.waitUntil(lambda: "holds whole Python objects" in page.banner.text, timeout=10_000)
    page.view.header.weights.take(_SAME["plain"](tmp_path, state))
    qtbot.waitUntil(lambda: page.shown is not None and not page.banner.text, timeout=10_000)


_COMPUTED: dict[str, Callable[[nn.Module], object]] = {
    "pruned": lambda layer: prune.l1_unstructured(layer, "weight", 0.5),
    "pruned filters": lambda layer: prune.ln_structured(layer, "weight", 0.5, n=2, dim=0),
    "weight norm": nn.utils.parametrizations.weight_norm,
    "weight norm of all": lambda layer: nn.utils.parametrizations.weight_norm(layer, dim=None),
    "spectral norm": nn.utils.parametrizations.spectral_norm,
    "spectral norm of the older form": nn.utils.spectral_norm,
}


@pytest.mark.parametrize("name", _COMPUTED)
@pytest.mark.parametrize("layer", [0, 9])
def test_weights_that_a_layer_computed_are_computed_for_a_plain_one(tmp_path: Path, name: str, layer: int) -> None:
    torch.manual_seed(3)
    net, plain = lenet(), lenet()
    _COMPUTED[name](net[layer])
    with torch.no_grad():
        next(net[layer].parameters()).mul_(2)
    torch.save({"model": net.state_dict()}, tmp_path / "w.pth")
    notes = fill(plain, read_weights_file(tmp_path / "w.pth"), "w")
    picture = torch.rand(2, 1, 28, 28)
    assert torch.allclose(plain.eval()(picture), net.eval()(picture), atol=1e-6)
    assert f"{layer}.weight" in notes[0]


@pytest.mark.parametrize("kept", ["ema_{}", "backbone.ema_{}", "averaged_{}"])
def test_averages_under_names_in_one_word_are_no_layers_of_the_network(tmp_path: Path, state: State, kept: str) -> None:
    averages = {kept.format(name.replace(".", "_")): each + 1 for name, each in state.items()}
    torch.save({"state_dict": state | averages}, tmp_path / "w.pth")
    net = lenet()
    notes = fill(net, read_weights_file(tmp_path / "w.pth"), "w")
    assert all(torch.equal(each, state[name]) for name, each in net.state_dict().items())
    assert notes[0].startswith("Ignored in w: ")


def test_layer_that_is_only_called_as_an_average_is_missed(tmp_path: Path, state: State) -> None:
    torch.save(state | {"ema_0_gate": torch.ones(2, 2)}, tmp_path / "w.pth")
    with pytest.raises(CnnvizError, match=r"it has ema_0_gate"):
        fill(lenet(), read_weights_file(tmp_path / "w.pth"), "w")


_NORMS = {"today's": nn.utils.parametrizations.spectral_norm, "older": nn.utils.spectral_norm}
_SQUARE: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear": (lambda: nn.Linear(6, 6), (2, 6)),
    "convolution": (lambda: nn.Conv2d(6, 6, 3), (2, 6, 5, 5)),
    "transposed convolution": (lambda: nn.ConvTranspose2d(6, 6, 3), (2, 6, 5, 5)),
    "wider transposed convolution": (lambda: nn.ConvTranspose2d(4, 6, 3), (2, 4, 5, 5)),
}


@pytest.mark.parametrize("norm", _NORMS.values(), ids=_NORMS)
@pytest.mark.parametrize("name", _SQUARE)
def test_axis_of_a_spectral_norm_is_found_where_lengths_do_not_tell_it(
    tmp_path: Path, name: str, norm: Callable[[nn.Module], nn.Module]
) -> None:
    torch.manual_seed(3)
    make, shape = _SQUARE[name]
    plain, layer = make(), norm(make())
    for _ in range(30):
        layer(torch.rand(shape))  # an iteration of the norm
    torch.save(layer.state_dict(), tmp_path / "w.pth")
    fill(plain, read_weights_file(tmp_path / "w.pth"), "w")
    given = torch.rand(shape)
    assert torch.allclose(plain.eval()(given), layer.eval()(given), atol=1e-6)


def test_spectral_norm_whose_axis_nothing_tells_is_refused(tmp_path: Path) -> None:
    state = {"weight_orig": torch.rand(6, 6, 3, 3), "weight_u": torch.eye(6)[0], "weight_v": torch.eye(54)[0]}
    torch.save(state | {"bias": torch.zeros(6)}, tmp_path / "w.pth")
    with pytest.raises(CnnvizError, match=r"weight_orig"):
        fill(nn.Conv2d(6, 6, 3), read_weights_file(tmp_path / "w.pth"), "w")


def test_buffer_that_older_files_hold_is_ignored(tmp_path: Path, state: State) -> None:
    net = lenet()
    net.register_buffer("grid", torch.ones(3), persistent=False)
    torch.save(state | {"grid": torch.zeros(3)}, tmp_path / "w.pth")
    assert fill(net, read_weights_file(tmp_path / "w.pth"), "w") == ("Ignored in w: grid.",)


def whole(state: State) -> object:
    net = lenet()
    net.load_state_dict(state)
    return net


_REFUSED: dict[str, tuple[Write, str]] = {
    "whole": (saved(whole), "holds whole Python objects"),
    "numbers": (saved(lambda _: {"epoch": 3}), "holds no tensors"),
    "empty": (saved(lambda _: {}), "holds no tensors"),
    "list": (saved(lambda state: list(state.values())), r"it has 0, 1, 2, 3 and 6 more, and the network 0\.weight"),
    "missing": (safe(lambda state: dict(list(state.items())[:-1])), r"11\.bias \(10\) is missing"),
    "extra": (safe(lambda state: state | {"gate.weight": torch.ones(2, 2)}), "it has gate.weight"),
    "transposed": (
        safe(lambda state: state | {"9.weight": state["9.weight"].t()}),
        "9.weight is 84 × 120 in this network and 120 × 84 in the file",
    ),
    "other kernels": (
        safe(lambda state: state | {"0.weight": torch.ones(6, 1, 3, 3)}),
        "Pick the network that the weights were saved from",
    ),
    "whole numbers": (safe(lambda state: {name: each.char() for name, each in state.items()}), "holds torch.int8"),
    "seven classes": (
        safe(lambda state: state | {"11.weight": torch.ones(7, 84), "11.bias": torch.ones(7)}),
        "set Classes to 7",
    ),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_what_is_not_this_network_is_refused_with_the_reason(tmp_path: Path, state: State, name: str) -> None:
    write, reason = _REFUSED[name]
    file, net = write(tmp_path, state), lenet()
    before = {key: each.clone() for key, each in net.state_dict().items()}
    with pytest.raises(CnnvizError, match=reason):
        fill(net, read_weights_file(file), file.name)
    assert all(torch.equal(each, before[key]) for key, each in net.state_dict().items())


def archive(folder: Path, state: State) -> Path:
    np.savez(folder / "w.npz", **{name: tensor.numpy() for name, tensor in state.items()})
    return folder / "w.npz"


def bytes_of(name: str, content: bytes) -> Write:
    def write(folder: Path, _state: State) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def one_part(folder: Path, state: State) -> Path:
    shards("safetensors", index=False)(folder, state)
    (folder / "model-00001-of-00002.safetensors").unlink()
    return folder


def checkpoints(folder: Path, state: State) -> Path:
    (folder / "checkpoint-5").mkdir()
    torch.save(state, folder / "checkpoint-5" / "pytorch_model.bin")
    return folder


def program(folder: Path, _state: State) -> Path:
    torch.export.save(torch.export.export(lenet().eval(), (torch.ones(1, 1, 28, 28),)), folder / "w.pt2")
    return folder / "w.pt2"


def distributed(folder: Path, _state: State) -> Path:
    (folder / ".metadata").write_bytes(b"\x80\x04")
    (folder / "__0_0.distcp").write_bytes(b"PK")
    return folder


_NO_WEIGHTS: dict[str, tuple[Write, str]] = {
    "npz": (archive, "is NumPy's arrays.*safetensors"),
    "empty": (bytes_of("w.pth", b""), "w.pth is empty"),
    "npy": (bytes_of("w.npy", b"\x93NUMPY\x01\x00"), "is an array of NumPy's"),
    "json": (bytes_of("w.json", b'{"0.weight": [[1]]}'), "is text"),
    "program": (program, "is a whole network, saved by torch.export.*Open it"),
    "distributed": (distributed, "is a checkpoint of torch.distributed, in pieces.*dcp_to_torch"),
    "gzip": (bytes_of("w.tar.gz", b"\x1f\x8b\x08"), "is compressed.*Unpack"),
    "onnx": (bytes_of("w.onnx", b"\x08\x07\x12\x07pytorch"), "is an ONNX model"),
    "part": (one_part, "model-00001-of-00002.safetensors is not there, one of the 2 parts that belong together"),
    "folder of folders": (checkpoints, "Choose a folder in it, such as checkpoint-5"),
}


@pytest.mark.parametrize("name", _NO_WEIGHTS)
def test_what_holds_no_weights_is_called_what_it_is(tmp_path: Path, state: State, name: str) -> None:
    write, reason = _NO_WEIGHTS[name]
    with pytest.raises(CnnvizError, match=reason):
        read_weights_file(write(tmp_path, state))


class Evil:
    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (Path("evil"),)


def test_arrays_are_read_without_numpys_own_constructors_and_objects_in_them_not_at_all(tmp_path: Path) -> None:
    torch.save({"w": np.array([Evil()], object), "x": torch.ones(2)}, tmp_path / "w.pth")
    with pytest.raises(CnnvizError, match="can run any code"):
        read_weights_file(tmp_path / "w.pth")
    assert not Path("evil").exists()
    with pytest.raises(pickle.UnpicklingError, match="something else than numbers"):
        _lying_array().array()


def _lying_array() -> object:
    from cnnviz.runs.pickled_arrays import PickledArray, PickledType

    array = PickledArray()
    array.__setstate__((1, (1,), PickledType("O8"), False, b"\0" * 8))
    return array


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(4, 4, 3, padding=1)
        self.second = self.first

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))


def test_a_shared_tensor_stands_once_in_the_file(tmp_path: Path) -> None:
    one, two = Tied(), Tied()
    save_model(one, str(tmp_path / "tied.safetensors"))
    assert fill(two, read_weights_file(tmp_path / "tied.safetensors"), "tied") == ()
    assert torch.equal(two.second.weight, one.first.weight)


def normed(old: bool) -> nn.Module:
    wrap = nn.utils.spectral_norm if old else nn.utils.parametrizations.spectral_norm
    torch.manual_seed(1 + old)
    return nn.Sequential(wrap(nn.Conv2d(1, 4, 3)), nn.ReLU(), wrap(nn.Conv2d(4, 2, 3))).eval()


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_spectral_norm_of_either_day_is_one(tmp_path: Path, old: bool) -> None:
    one, two, x = normed(old), normed(not old), torch.randn(1, 1, 8, 8)
    save_file(one.state_dict(), tmp_path / "w.safetensors")
    fill(two, read_weights_file(tmp_path / "w.safetensors"), "w")
    assert torch.allclose(one(x), two(x), atol=1e-5)


def test_of_contrasted_encoders_the_trained_one_is_taken(tmp_path: Path, state: State) -> None:
    names = {f"module.encoder_q.{name}": each for name, each in state.items()}
    names |= {f"module.encoder_k.{name}": each for name, each in other(state).items()}
    save_file(names, tmp_path / "moco.safetensors")
    net = lenet()
    notes = fill(net, read_weights_file(tmp_path / "moco.safetensors"), "moco")
    assert torch.equal(net.state_dict()["0.weight"], state["0.weight"])
    assert "not taken: module.encoder_k" in " ".join(notes)


def test_numbers_that_are_none_are_said(tmp_path: Path, state: State) -> None:
    save_file(state | {"0.bias": torch.full((6,), torch.nan)}, tmp_path / "w.safetensors")
    assert "Not finite in w, in some or all numbers: 0.bias." in fill(
        lenet(), read_weights_file(tmp_path / "w.safetensors"), "w"
    )
