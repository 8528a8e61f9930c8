from __future__ import annotations

import hashlib
import json
import os
import pickle
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision import models

from cnnviz.errors import CnnvizError
from cnnviz.pictures import preprocessing
from cnnviz.pictures import reading as images
from cnnviz.pictures.samples import suited
from cnnviz.zoo import pretrained, resolve
from cnnviz.zoo.catalog import architectures
from cnnviz.zoo.weights import Origin, built, named, put_into, settled, version
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

LENET = resolve("lenet")
SQUEEZE = resolve("torchvision/squeezenet1_1")


def from_file(file: Path) -> Weights:
    return Weights("file", file=file)


def state_of(name: str = "lenet", **options: object) -> dict[str, torch.Tensor]:
    return {key: tensor.clone() for key, tensor in built(resolve(name, options)).state_dict().items()}


def same(first: nn.Module, second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(tensor, second[name]) for name, tensor in first.state_dict().items())


def test_random_weights_are_the_same_every_time_and_take_no_random_numbers_from_others() -> None:
    before = torch.get_rng_state()
    first, second = state_of(), state_of()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert torch.equal(torch.get_rng_state(), before)
    weight = next(iter(first.values()))
    assert weight.std() > 0


def test_random_weights_are_those_of_a_seeded_constructor() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        expected = models.squeezenet1_1(weights=None, num_classes=1000)
    assert same(expected, state_of("torchvision/squeezenet1_1"))


def test_another_threads_random_numbers_are_not_disturbed() -> None:
    drawn: list[torch.Tensor] = []
    building = threading.Thread(target=lambda: [state_of() for _ in range(20)])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        expected = [torch.rand(1) for _ in range(2000)]
        torch.manual_seed(7)
        building.start()
        drawn = [torch.rand(1) for _ in range(2000)]
        building.join()
    assert torch.equal(torch.cat(drawn), torch.cat(expected))


def test_a_safetensors_file_is_put_in(tmp_path: Path) -> None:
    state = {name: torch.full_like(tensor, 0.5) for name, tensor in state_of().items()}
    save_file(state, tmp_path / "w.safetensors")
    model = built(LENET)
    origin = put_into(model, LENET, from_file(tmp_path / "w.safetensors"))
    assert same(model, state)
    assert (origin.step, origin.class_names, origin.normalisation) == (None, (), None)
    assert not origin.is_normalisation_known


def test_half_precision_and_wrapped_names_fit(tmp_path: Path) -> None:
    state = state_of()
    save_file({f"module.{name}": tensor.bfloat16() for name, tensor in state.items()}, tmp_path / "w.safetensors")
    model = built(LENET)
    put_into(model, LENET, from_file(tmp_path / "w.safetensors"))
    assert same(model, {name: tensor.bfloat16().float() for name, tensor in state.items()})


def write_checkpoint(run: Path, name: str, state: dict[str, torch.Tensor], **about: str) -> None:
    (run / "checkpoints" / name).mkdir(parents=True)
    save_file(state, run / "checkpoints" / name / "model.safetensors", about)
    (run / "checkpoints" / "latest").write_text(f"{name}\n")


def test_a_run_gives_its_newest_weights_with_step_and_class_names(tmp_path: Path) -> None:
    run = Weights("run", file=tmp_path)
    write_checkpoint(tmp_path, "epoch-0000", state_of(), step="0")
    first = version(run)
    newer = {name: tensor + 1 for name, tensor in state_of().items()}
    write_checkpoint(tmp_path, "epoch-0001", newer, step="469", class_names=json.dumps(["Bag", "Coat"]))
    model = built(LENET)
    origin = put_into(model, LENET, run)
    assert same(model, newer)
    assert (origin.step, origin.class_names) == (469, ("Bag", "Coat"))
    assert version(run) != first


@pytest.mark.parametrize("names", ["no json", '{"a": 1}', "null", "[" * 10_000])
@pytest.mark.parametrize("step", ["soon", "9" * 5000, "-1", "NaN", "true"])
def test_strange_class_names_in_a_file_are_left_out(tmp_path: Path, names: str, step: str) -> None:
    save_file(state_of(), tmp_path / "w.safetensors", {"class_names": names, "step": step})
    origin = put_into(built(LENET), LENET, from_file(tmp_path / "w.safetensors"))
    assert (origin.step, origin.class_names) == (None, ())


@pytest.mark.parametrize(
    ("about", "known"),
    [
        ({"model": "lenet", "data": "mnist"}, True),  # of a run before it told: trained on 0..1
        ({"model": "lenet"}, False),
        ({"normalisation": "null"}, True),
        ({"normalisation": "[[0.5], [0.25]]"}, True),
        ({"normalisation": "[[0.5], [0]]"}, False),
        ({"normalisation": "[[0.5], [1, 1]]"}, False),
        ({"normalisation": "[[], []]"}, False),
        ({"normalisation": "0.5"}, False),
        ({"normalisation": "[[NaN], [1]]"}, False),
        ({"normalisation": "[[1e308], [1]]"}, False),  # beyond float32
        ({"normalisation": "[[0], [1e-308]]"}, False),
        ({"normalisation": f"[[{'9' * 400}], [1]]"}, False),
        ({}, False),
    ],
)
def test_what_weights_were_made_for_is_known_where_their_file_tells(
    tmp_path: Path, about: dict[str, str], known: bool
) -> None:
    save_file(state_of(), tmp_path / "w.safetensors", about)
    origin = put_into(built(LENET), LENET, from_file(tmp_path / "w.safetensors"))
    expected = ((0.5,), (0.25,)) if "0.25" in about.get("normalisation", "") else None
    assert (origin.is_normalisation_known, origin.normalisation) == (known, expected)
    told = settled(origin, from_file(tmp_path), 1)
    assert any("Not known: the normalisation" in note for note in told.notes) is not known
    assert told.normalisation == expected


def test_a_choice_goes_before_what_is_known_and_is_said_where_they_differ() -> None:
    half = ((0.5,), (0.5,))
    for origin, words in (
        (Origin(is_normalisation_known=False), ()),
        (Origin(half), ()),
        (Origin(), ("These weights were made for pictures of 0 to 1; the picture is brought to half, as chosen.",)),
    ):
        told = settled(origin, Weights("file", normalise="half"), 1)
        assert (told.normalisation, told.notes) == (half, words)


def test_a_known_normalisation_for_other_channels_is_not_known_for_these() -> None:
    told = settled(Origin(((0.5,), (0.25,))), Weights("file"), 3)
    assert told.normalisation is None
    assert "Not known" in told.notes[0]


def test_a_run_without_weights_says_so(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match=r"no trained weights.*another run"):
        version(Weights("run", file=tmp_path))


@pytest.mark.parametrize("name", ["../../elsewhere", "/etc", "", "..", "a/b"])
def test_a_run_cannot_point_out_of_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "latest").write_text(name)
    with pytest.raises(CnnvizError, match="no checkpoint"):
        put_into(built(LENET), LENET, Weights("run", file=tmp_path))


def test_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    for file, words in ((tmp_path, "is a folder"), (tmp_path / "gone.safetensors", "is not there")):
        with pytest.raises(CnnvizError, match=words):
            put_into(built(LENET), LENET, from_file(file))


def test_weights_are_named_as_the_command_line_does(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    file.touch()
    assert named("random") is RANDOM_WEIGHTS
    assert named(str(file)) == Weights("file", file=file)
    assert named(str(tmp_path)) == from_file(tmp_path)
    assert named("imagenet1k_v1", SQUEEZE) == named("pretrained", SQUEEZE) == Weights("pretrained", "IMAGENET1K_V1")
    assert named("gone.safetensors").kind == "file"


def test_a_run_is_named_by_its_folder_or_by_that_of_its_checkpoints_and_a_checkpoint_by_its_own(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "epoch-0001", state_of())
    assert named(str(tmp_path)) == named(str(tmp_path / "checkpoints")) == Weights("run", file=tmp_path)
    assert named(str(tmp_path / "checkpoints" / "latest")) == Weights("run", file=tmp_path)
    one = named(str(tmp_path / "checkpoints" / "epoch-0001"))
    assert one.kind == "file"
    model = built(LENET)
    put_into(model, LENET, one)
    assert same(model, state_of())
    assert version(one) is not None


def test_weights_of_a_run_are_called_by_its_name_and_what_torch_hub_keeps_by_their_own() -> None:
    titles = {
        "a/checkpoints/best": "a, best epoch",
        "a/checkpoints/best/model.safetensors": "a, best epoch",
        "a/checkpoints/final": "a, final",
        "a/checkpoints/epoch-0003/model.safetensors": "a, epoch 3",
        "hub/checkpoints/vgg11-8a719046.pth": "vgg11-8a719046.pth",
        "mine/best": "best",
    }
    assert {name: Weights("file", file=Path(name)).title for name in titles} == titles


@pytest.mark.parametrize("text", ["x" * 5000 + ".pth", "a\0b"])
def test_a_name_that_no_file_can_have_is_refused(text: str) -> None:
    with pytest.raises(CnnvizError, match="is no file that can be read"):
        named(text)


def test_a_folder_that_is_written_anew_has_another_version(tmp_path: Path) -> None:
    weights = from_file(tmp_path)
    save_file(state_of(), tmp_path / "model.safetensors")
    before = version(weights)
    os.utime(tmp_path / "model.safetensors", ns=(1, 1))
    assert None not in (before, version(weights))
    assert version(weights) != before


def test_pretrained_weights_are_offered_only_for_the_very_network() -> None:
    with pytest.raises(CnnvizError, match=r"no pretrained weights 'IMAGENET1K_V9'.*There are: IMAGENET1K_V1"):
        named("IMAGENET1K_V9", SQUEEZE)
    with pytest.raises(CnnvizError, match=r"for lenet.*There are: FASHION_MNIST"):
        put_into(built(LENET), LENET, Weights("pretrained", "IMAGENET1K_V1"))
    ten = resolve(SQUEEZE.name, {"num_classes": 10})
    with pytest.raises(CnnvizError, match=r"1000 classes; this network has 10.*Set Classes to 1000"):
        put_into(built(ten), ten, Weights("pretrained", "IMAGENET1K_V1"))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """torch.hub's folder of checkpoints, empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch" / "hub" / "checkpoints"


def publish(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, name: str) -> None:
    """Let the weights of every network be ``content`` behind a URL that ends in ``name``."""
    (folder / name).write_bytes(content)
    preset = SimpleNamespace(mean=[0.1, 0.2, 0.3], std=[0.4, 0.5, 0.6])
    entry = SimpleNamespace(
        url=(folder / name).as_uri(), transforms=lambda: preset, meta={"categories": ["cat", "cup"]}
    )
    monkeypatch.setattr(pretrained, "_entry", lambda _spec, _name: entry)
    monkeypatch.setattr("cnnviz.downloads._unsafe", lambda _url, **_how: None)  # a file stands for the server


def saved(tmp_path: Path, state: dict[str, torch.Tensor]) -> bytes:
    torch.save(state, tmp_path / "state.pth")
    return (tmp_path / "state.pth").read_bytes()


def test_pretrained_weights_are_downloaded_once_and_tell_how_to_normalise(
    tmp_path: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {name: tensor + 1 for name, tensor in state_of(SQUEEZE.name).items()}
    content = saved(tmp_path, state)
    name = f"squeeze-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    publish(tmp_path, monkeypatch, content, name)
    seen: list[int] = []
    for _ in range(2):
        model = built(SQUEEZE)
        weights = Weights("pretrained", "IMAGENET1K_V1")
        origin = put_into(model, SQUEEZE, weights, lambda received, _total: seen.append(received))
        assert same(model, state)
    assert seen[-1] == len(content)
    assert seen == sorted(set(seen)), "the second time nothing is fetched"
    assert (hub / name).is_file()
    assert origin.normalisation == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert origin.class_names == ("cat", "cup")


def test_a_published_file_that_is_given_as_a_file_is_known_by_its_content(
    tmp_path: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = saved(tmp_path, state_of(SQUEEZE.name))
    name = f"squeeze-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    publish(tmp_path, monkeypatch, content, name)
    origin = put_into(built(SQUEEZE), SQUEEZE, from_file(tmp_path / name))
    assert origin.normalisation == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    torch.save({key: tensor + 1 for key, tensor in state_of(SQUEEZE.name).items()}, tmp_path / name)
    assert not put_into(built(SQUEEZE), SQUEEZE, from_file(tmp_path / name)).is_normalisation_known


def test_published_weights_go_into_a_network_with_another_head_where_that_is_asked_for(
    tmp_path: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {key: tensor + 1 for key, tensor in state_of(SQUEEZE.name).items()}
    content = saved(tmp_path, state)
    publish(tmp_path, monkeypatch, content, f"squeeze-{hashlib.sha256(content).hexdigest()[:8]}.pth")
    ten = resolve(SQUEEZE.name, {"num_classes": 10})
    model, fresh = built(ten), built(ten).state_dict()
    origin = put_into(model, ten, named("pretrained", ten, allow_mismatch=True))
    assert origin.class_names == ()
    assert "classifier.1.weight (10 × 512 × 1 × 1 here, 1000 × 512 × 1 × 1 in the file)" in origin.notes[0]
    loaded = model.state_dict()
    assert torch.equal(loaded["classifier.1.weight"], fresh["classifier.1.weight"])
    assert torch.equal(loaded["features.0.weight"], state["features.0.weight"])


def test_a_download_with_other_content_leaves_nothing_behind(
    tmp_path: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, monkeypatch, b"a page to log in", "squeeze-0123abcd.pth")
    with pytest.raises(CnnvizError, match="not the file that was expected"):
        pretrained.fetch(SQUEEZE, "IMAGENET1K_V1")
    assert list(hub.iterdir()) == []


def test_a_download_can_be_cancelled(tmp_path: Path, hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, monkeypatch, b"x" * 2_000_000, "squeeze-0123abcd.pth")

    def cancel(received: int, total: int | None) -> None:
        raise CnnvizError("cancelled")

    with pytest.raises(CnnvizError, match="cancelled"):
        pretrained.fetch(SQUEEZE, "IMAGENET1K_V1", cancel)
    assert list(hub.iterdir()) == []


def test_without_a_network_the_error_says_where_to_put_the_file(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_arguments: object, **_settings: object) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr("socket.create_connection", offline)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    with pytest.raises(
        CnnvizError, match=r"cannot be downloaded from download.pytorch.org.*Check the network"
    ) as caught:
        pretrained.fetch(SQUEEZE, "IMAGENET1K_V1")
    assert str(hub) in caught.value.hint


class Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("exploded"),)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", pickle.dumps(Bomb()), b"text"])
def test_a_damaged_file_in_the_cache_names_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "w.pth"
    file.write_bytes(content)
    with pytest.raises(CnnvizError, match=r"w.pth is damaged.*Delete it"):
        pretrained.read(file)
    assert not (tmp_path / "exploded").exists()


def old_names(name: str) -> str:
    """Write today's names as the published files of densenet and vit have them."""
    for layer in ("norm", "relu", "conv"):
        for number in "12":
            name = name.replace(f".{layer}{number}.", f".{layer}.{number}.") if "denselayer" in name else name
    return name.replace(".mlp.0.", ".mlp.linear_1.").replace(".mlp.3.", ".mlp.linear_2.")


@pytest.mark.parametrize("network", ["torchvision/densenet121", "torchvision/vit_b_16"])
def test_names_of_old_published_files_are_todays(tmp_path: Path, network: str) -> None:
    with torch.device("meta"):
        names = list(models.get_model(network.removeprefix("torchvision/"), weights=None).state_dict())
    old = [old_names(name) for name in names]
    assert old != names
    torch.save({name: torch.zeros(1) for name in old}, tmp_path / "w.pth")
    assert list(pretrained.read(tmp_path / "w.pth")) == names


def test_googlenets_normalisation_is_what_torchvision_does_inside_it() -> None:
    inside = models.GoogLeNet(num_classes=3, aux_logits=False, transform_input=True, init_weights=False).eval()
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    picture = images.read(suited((3, 224, 224)).file)
    plain = torch.from_numpy(preprocessing.prepare(picture, (3, 64, 64)))
    theirs = inside._transform_input((plain - mean[:, None, None]) / std[:, None, None])
    spec = resolve("torchvision/googlenet")
    how = preprocessing.Preprocessing("crop", pretrained.normalisation(spec, "IMAGENET1K_V1"))
    ours = preprocessing.prepare(picture, (3, 64, 64), how)
    torch.testing.assert_close(torch.from_numpy(ours), theirs)


def test_every_published_weight_of_the_catalogue_has_a_checked_download_and_a_normalisation() -> None:
    for entry in architectures():
        spec = resolve(entry.name)
        for weights in entry.weights:
            url = pretrained._entry(spec, weights.name).url
            assert pretrained._digest(url), url
            mean, std = pretrained.normalisation(spec, weights.name)
            assert len(mean) == len(std) == 3
            assert len(pretrained.class_names(spec, weights.name)) == (0 if "FEATURES" in weights.name else 1000)


def test_a_published_file_that_was_changed_in_the_cache_is_refused(
    tmp_path: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = saved(tmp_path, state_of(SQUEEZE.name))
    name = f"squeeze-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    publish(tmp_path, monkeypatch, content, name)
    file = pretrained.fetch(SQUEEZE, "IMAGENET1K_V1")
    assert pretrained.fetch(SQUEEZE, "IMAGENET1K_V1") == file
    before = file.stat()
    file.write_bytes(content[:-1] + b"!")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # of the same size, and said to be as old
    with pytest.raises(CnnvizError, match=r"its checksum differs.*Delete it"):
        put_into(built(SQUEEZE), SQUEEZE, Weights("pretrained", "IMAGENET1K_V1"))
    file.unlink()
    assert pretrained.fetch(SQUEEZE, "IMAGENET1K_V1").read_bytes() == content


def test_a_published_file_is_read_once_to_be_checked(
    tmp_path: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = saved(tmp_path, state_of(SQUEEZE.name))
    name = f"squeeze-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    publish(tmp_path, monkeypatch, content, name)
    pretrained.fetch(SQUEEZE, "IMAGENET1K_V1")
    pretrained.fetch(SQUEEZE, "IMAGENET1K_V1")
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("read again"))
    pretrained.fetch(SQUEEZE, "IMAGENET1K_V1")


@pytest.mark.parametrize("name", ["folder/weights", "pipe", "loop"])
def test_path_of_what_is_no_file_is_not_taken_for_the_name_of_published_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    with pytest.raises(CnnvizError, match="is not there" if "/" in name else "is no file that can be read"):
        put_into(built(LENET), LENET, named(name, LENET))
