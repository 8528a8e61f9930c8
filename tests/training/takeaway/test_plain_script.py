"""The script that repeats a run: it runs by itself, without cnnviz, and comes to what the run came to."""

from __future__ import annotations

import ast
import gzip
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
import torch
from idx_content import idx_bytes
from PIL import Image
from resumed_runs import NET

from cnnviz.errors import CnnvizError
from cnnviz.foreign.randomness import seeded
from cnnviz.training.config import Precision, TrainConfig
from cnnviz.training.engine import resume, train
from cnnviz.training.events import EpochDone
from cnnviz.training.loss import logits_and_losses
from cnnviz.training.recording import record
from cnnviz.training.resumption import read_resumption
from cnnviz.training.takeaway import loop_code, plain_script
from cnnviz.training.takeaway.loop_code import REPEATED
from cnnviz.training.takeaway.network_code import network_code
from cnnviz.training.takeaway.taken import Taken, of_run, taken
from cnnviz.zoo.catalog import architectures, resolve
from cnnviz.zoo.registry import build

_TEXTBOOK = [entry.name for entry in architectures() if entry.group == "Textbook"]
_NUMBERS = re.compile(
    r"epoch (\d+): train loss ([\d.]+), train accuracy ([\d.]+), test loss ([\d.]+), test accuracy ([\d.]+)"
)


def trained(folder: Path, config: TrainConfig) -> list[EpochDone]:
    return [event for event in record(train(config), folder) if isinstance(event, EpochDone)]


def repeated(folder: Path, text: str) -> list[tuple[float, ...]]:
    """Run a script where there is no cnnviz, and return the numbers of each epoch."""
    (folder / "script.py").write_text(text)
    blocked = "import sys; sys.modules['cnnviz'] = None; import runpy; runpy.run_path('script.py', run_name='__main__')"
    said = subprocess.run([sys.executable, "-P", "-c", blocked], cwd=folder, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    return [tuple(map(float, found[1:])) for found in _NUMBERS.findall(said.stdout)]


def differences(run: list[EpochDone], script: list[tuple[float, ...]]) -> float:
    """Return by how much the losses and accuracies differ at the most."""
    ours = [(each.train_loss, each.train_accuracy, each.test_loss, each.test_accuracy) for each in run]
    return float(np.abs(np.array(ours) - np.array(script)).max())


@pytest.mark.parametrize("network", _TEXTBOOK)
def test_code_of_every_textbook_network_makes_the_same_weights(network: str) -> None:
    spec = resolve(network)
    with seeded(3):
        ours = build(spec)
    code = network_code(spec, ours)
    lines = ["import torch", "from torch import nn", *code.imports, code.before, f"network = {code.expression}"]
    names: dict[str, object] = {}
    with seeded(3):
        exec("\n".join(["from __future__ import annotations", *lines]), names)
    theirs = names["network"]
    assert isinstance(theirs, torch.nn.Module)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True))
    assert "cnnviz" not in "\n".join(lines)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("lenet", {"batch_norm": True, "activation": "tanh"}),
        ("vgg13", {"batch_norm": True, "width_divisor": 8}),
        ("resnet18", {"paper_form": True}),
        ("torchvision/squeezenet1_1", {"num_classes": 7}),
    ],
)
def test_code_follows_the_options(model: str, options: dict[str, object]) -> None:
    spec = resolve(model, options)
    code = network_code(spec, build(spec))
    names: dict[str, object] = {}
    exec(
        "\n".join(["import torch", "from torch import nn", *code.imports, code.before, f"n = {code.expression}"]), names
    )
    assert list(build(spec).state_dict()) == list(names["n"].state_dict())  # type: ignore[attr-defined]


@pytest.mark.parametrize("schedule", ["constant", "cosine", "step", "one-cycle"])
def test_plain_run_is_repeated_to_the_digits_that_are_printed(schedule: str, tmp_path: Path) -> None:
    config = TrainConfig(
        "lenet", "fashion-mnist-sample", {"activation": "relu"}, epochs=2, limit=1000, learning_rate=0.02,
        optimizer="sgd", momentum=0.5, weight_decay=0.001, schedule=schedule, init="kaiming", seed=5,
        warm_up=1, nesterov=True, clip_gradient=0.5,
        device="cpu", precision="fp32", deterministic=True,
    )  # fmt: skip
    run = trained(tmp_path / "run", config)
    assert differences(run, repeated(tmp_path, plain_script.script(of_run(tmp_path / "run")))) < 0.005


def test_smoothed_labels_are_learned_from_and_the_plain_loss_is_told(tmp_path: Path) -> None:
    config = TrainConfig(
        "lenet", "fashion-mnist-sample", {"activation": "relu"}, epochs=2, limit=500, learning_rate=0.05,
        label_smoothing=0.3, device="cpu", precision="fp32", deterministic=True,
    )  # fmt: skip
    run = trained(tmp_path / "run", config)
    assert not plain_script.not_repeated(config)
    assert differences(run, repeated(tmp_path, plain_script.script(of_run(tmp_path / "run")))) < 0.005


def test_smoothed_labels_reach_every_head() -> None:
    """Of the loss that the script lowers against the engine's, on the same logits."""
    config = TrainConfig("googlenet", "fashion-mnist-sample", label_smoothing=0.2)
    code = loop_code._loss(config, "images", True)["loss"]
    labels, heads = torch.tensor([0, 2]), tuple(torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(1)))
    found: dict[str, object] = {"outputs": lambda _images: heads, "images": None, "labels": labels}
    exec(dedent(code), found | {"functional": torch.nn.functional}, found)
    _, plain, lowered = logits_and_losses(heads, labels, 0.2)
    assert torch.allclose(found["loss"], plain)
    assert torch.allclose(found["smoothed"], lowered)


def test_run_that_ended_early_is_ended_early_too(tmp_path: Path) -> None:
    config = TrainConfig(
        "lenet", "fashion-mnist-sample", {"activation": "relu"}, epochs=30, limit=64, batch_size=32, learning_rate=0.05,
        patience=2, device="cpu", precision="fp32", deterministic=True,
    )  # fmt: skip
    run = trained(tmp_path / "run", config)
    assert len(run) < config.epochs
    assert not plain_script.not_repeated(config)
    assert len(repeated(tmp_path, plain_script.script(of_run(tmp_path / "run")))) == len(run)


@pytest.mark.parametrize(("half", "clip"), [("bf16", None), ("fp16", 1.0)])
def test_run_on_resized_pictures_in_half_precision_is_repeated_within_its_spread(
    tmp_path: Path, half: Precision, clip: float | None
) -> None:
    config = TrainConfig(
        "vgg11", "fashion-mnist-sample", {"width_divisor": 16}, epochs=2, limit=500, batch_size=32, resize=32,
        init="xavier", device="cpu", precision=half, clip_gradient=clip,
    )  # fmt: skip
    run = trained(tmp_path / "run", config)
    assert differences(run, repeated(tmp_path, plain_script.script(of_run(tmp_path / "run")))) < 0.15


@pytest.mark.parametrize("splits", [{"train": 40, "test": 10}, {".": 43}])
def test_pictures_in_folders_are_read_from_there_in_the_run_s_order(tmp_path: Path, splits: dict[str, int]) -> None:
    rng = np.random.default_rng(0)
    for split, count in splits.items():
        for label, name in enumerate(("cat", "dog")):
            (tmp_path / "pets" / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 200, (30, 34, 3)) + 50 * label
                Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "pets" / split / name / f"{number}.png")
            (tmp_path / "pets" / split / name / "notes.txt").write_text("no picture")
    config = TrainConfig(
        "lenet", str(tmp_path / "pets"), {"activation": "relu"}, epochs=3, batch_size=8, resize=28, device="cpu",
        learning_rate=0.01, precision="fp32",
    )  # fmt: skip
    run = trained(tmp_path / "run", config)
    script = repeated(tmp_path, plain_script.script(of_run(tmp_path / "run")))
    assert differences(run, script) < 1e-3


def test_epochs_that_were_added_to_a_schedule_are_said(tmp_path: Path) -> None:
    config = TrainConfig(
        "lenet", "fashion-mnist-sample", epochs=1, limit=200, device="cpu", precision="fp32", schedule="cosine"
    )
    trained(tmp_path / "run", config)
    said = "epochs were added on the way"
    assert said not in plain_script.script(of_run(tmp_path / "run"))
    going = read_resumption(tmp_path / "run", {"epochs": 2})
    list(record(resume(going), tmp_path / "run", point=going.point))
    assert said in plain_script.script(of_run(tmp_path / "run"))


_DRAWN = """
import random

import numpy as np
import torch
from torch import nn

input_shape = (1, 28, 28)


class Drawn(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        weight = np.random.randn(num_classes, 784).astype("float32") * random.uniform(0.01, 0.1)
        self.weight = nn.Parameter(torch.from_numpy(weight))

    def forward(self, x):
        return x.flatten(1) @ self.weight.T
"""


def test_weights_that_a_constructor_draws_from_numpy_and_python_are_drawn_again(tmp_path: Path) -> None:
    (tmp_path / "drawn.py").write_text(_DRAWN, "utf-8")
    config = TrainConfig(
        f"{tmp_path / 'drawn.py'}:Drawn", "fashion-mnist-sample", epochs=1, limit=200, device="cpu", precision="fp32"
    )
    run = trained(tmp_path / "run", config)
    assert differences(run, repeated(tmp_path, plain_script.script(of_run(tmp_path / "run")))) < 1e-3


def test_idx_files_without_a_test_and_with_other_labels_are_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200)
    images = (rng.integers(0, 60, (200, 28, 28)) + 150 * labels[:, None, None]).astype(np.uint8)
    (tmp_path / "idx").mkdir()
    for name, values in (("images-idx3", images), ("labels-idx1", (7 + labels).astype(np.uint8))):
        (tmp_path / "idx" / f"train-{name}-ubyte.gz").write_bytes(gzip.compress(idx_bytes(values)))
    config = TrainConfig(
        "lenet", str(tmp_path / "idx"), {"activation": "relu"}, epochs=3, batch_size=16, device="cpu",
        learning_rate=0.01, precision="fp32",
    )  # fmt: skip
    run = trained(tmp_path / "run", config)
    script = repeated(tmp_path, plain_script.script(of_run(tmp_path / "run")))
    assert differences(run, script) < 1e-3


def test_network_of_a_file_is_imported_from_there(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "net.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Module):\n"
        "    def __init__(self, hidden=16):\n"
        "        super().__init__()\n"
        "        self.a, self.b = nn.Linear(784, hidden), nn.Linear(hidden, 10)\n"
        "    def forward(self, x):\n"
        "        return self.b(self.a(x.flatten(1)).relu())\n"
    )
    config = TrainConfig(
        f"{tmp_path / 'mine' / 'net.py'}:Net", "fashion-mnist-sample", {"hidden": 20}, epochs=2, limit=500, resize=28,
        device="cpu", precision="fp32",
    )  # fmt: skip
    run = trained(tmp_path / "run", config)
    script = plain_script.script(of_run(tmp_path / "run"))
    assert "from net import Net" in script
    assert "Net(hidden=20)" in script
    assert differences(run, repeated(tmp_path, script)) < 0.05


def test_run_that_began_with_weights_begins_with_them_again(tmp_path: Path) -> None:
    config = TrainConfig(
        "lenet", "fashion-mnist-sample", {"activation": "relu"}, epochs=1, limit=500, device="cpu", precision="fp32"
    )
    trained(tmp_path / "first", config)
    run = trained(tmp_path / "run", TrainConfig(**{**_values(config), "weights": str(tmp_path / "first")}))
    script = plain_script.script(of_run(tmp_path / "run"))
    assert "load_file" in script
    assert "which it does not need: PyTorch and safetensors are enough." in script
    said = plain_script.write(of_run(tmp_path / "run"), tmp_path / "told.py")
    assert said[0].endswith("lines that need PyTorch and safetensors.")
    assert differences(run, repeated(tmp_path, script)) < 0.02


def test_script_says_what_it_does_not_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_script, "REPEATED", REPEATED - {"momentum"})
    config = TrainConfig("lenet", "fashion-mnist-sample", resize=28, momentum=0.5)
    what = Taken(resolve("lenet"), taken("lenet").weights, config)
    assert plain_script.not_repeated(config) == ["Momentum"]
    assert "Not repeated here: Momentum." in plain_script.script(what)


def test_data_that_no_short_code_reads_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x_train=np.zeros((4, 28, 28), np.uint8), y_train=np.array([0, 1, 0, 1]))
    config = TrainConfig("lenet", str(tmp_path / "data.npz"), resize=28)
    with pytest.raises(CnnvizError, match="cannot read"):
        plain_script.script(Taken(resolve("lenet"), taken("lenet").weights, config))


@pytest.mark.parametrize("network", ["lenet", "vgg11", "nin"])
def test_script_is_short_enough_to_be_read(network: str) -> None:
    config = TrainConfig(network, "fashion-mnist-sample", resize=resolve(network).input_shape[-1])
    script = plain_script.script(Taken(resolve(network), taken(network).weights, config))
    assert "which it does not need: PyTorch is enough." in script
    assert script.count("\n") < 160
    assert max(map(len, script.splitlines())) <= 120


def _values(config: TrainConfig) -> dict[str, object]:
    return {field.name: getattr(config, field.name) for field in fields(config)}


def test_frozen_layers_are_frozen_in_the_script() -> None:
    config = TrainConfig("lenet", "fashion-mnist-sample", resize=28, freeze="0, 3")
    script = plain_script.script(Taken(resolve("lenet"), taken("lenet").weights, config))
    assert script.count(".requires_grad_(False)") == 2
    assert plain_script.not_repeated(config) == []


_HOSTILE = (
    '"""\nopen("MARK", "w")\n"""',
    "'''",
    '\\"""',
    "\\user \\N{",
    "a\\",
    "\u202ereversed",
    b"\xff".decode("utf-8", "surrogateescape"),
)


@pytest.mark.parametrize("name", _HOSTILE)
def test_names_of_others_are_text_in_the_script_whatever_they_hold(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_script, "_events", lambda _taken: ())
    data = tmp_path / name / "data"
    for label in ("a", f"b{name.replace('/', '')}"):
        (data / label).mkdir(parents=True)
        for number in range(10):
            Image.new("L", (28, 28), number).save(data / label / f"{number}.png")
    config = TrainConfig("lenet", str(data), {"num_classes": 2}, resize=28, freeze="0")
    what = Taken(resolve("lenet", {"num_classes": 2}), taken("lenet").weights, config, tmp_path / name)
    tree = ast.parse(plain_script.script(what).encode())
    assert not [each for each in ast.walk(tree) if isinstance(each, ast.Constant) and each.value == "MARK"]
    assert (ast.get_docstring(tree) or "").startswith("Train LeNet-5 on ")
    lists = [each.value for each in tree.body if isinstance(each, ast.Assign) and "CLASSES" in ast.unparse(each)]
    assert ast.literal_eval(lists[0]) == sorted(path.name for path in data.iterdir())


def test_dropout_augmentation_and_normalisation_are_repeated_within_the_run_s_spread(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    config = TrainConfig(
        f"{tmp_path / 'net.py'}:net", "fashion-mnist-sample", epochs=1, limit=4000, batch_size=32, learning_rate=0.002,
        dropout=0.2, augment="flip,crop,rotation,jitter", normalise="data", device="cpu", precision="fp32",
    )  # fmt: skip
    run = trained(tmp_path / "run", config)
    script = plain_script.script(of_run(tmp_path / "run"))
    assert "Not repeated" not in script
    assert "module.p = 0.2" in script
    repeats = [repeated(tmp_path, script.replace("SEED = 0", f"SEED = {seed}"))[-1] for seed in (0, 1)]
    spread = abs(repeats[0][3] - repeats[1][3])
    assert run[-1].test_accuracy == pytest.approx(repeats[0][3], abs=max(0.05, 3 * spread))
    assert run[-1].train_loss == pytest.approx(repeats[0][0], abs=0.1)


def test_script_shifts_colours_by_the_principal_components_of_its_data(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for split, count in (("train", 40), ("test", 10)):
        for label, name in enumerate(("cat", "dog")):
            (tmp_path / "pets" / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 60, (28, 28, 3)) + 150 * label
                Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "pets" / split / name / f"{number}.png")
    config = TrainConfig(
        "lenet", str(tmp_path / "pets"), {"activation": "relu"}, epochs=3, batch_size=8, device="cpu", resize=28,
        learning_rate=0.01, precision="bf16", augment="pca,jitter", normalise="imagenet",
    )  # fmt: skip
    run = trained(tmp_path / "run", config)
    script = plain_script.script(of_run(tmp_path / "run"))
    assert "torch.linalg.eigh" in script
    assert run[-1].test_accuracy == repeated(tmp_path, script)[-1][3] == 1.0
