from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cnnviz import machine, units
from cnnviz.errors import CnnvizError
from cnnviz.gui.session import Session
from cnnviz.gui.training.page import TrainingPage
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.tracer import inspect
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import RunFinished, RunStarted, WeightsReady
from cnnviz.training.recording import record
from cnnviz.zoo import build
from cnnviz.zoo.catalog import resolve


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> Iterator[TrainingPage]:
    session.set_spec(resolve("vgg11", {"width_divisor": 8}))
    made = TrainingPage(session)
    qtbot.addWidget(made)
    yield made
    made.end()


def test_size_that_the_network_cannot_take_is_refused_beside_its_field(qtbot: QtBot, page: TrainingPage) -> None:
    size = page.form.fields["resize"]
    size.type_text("16")
    qtbot.waitUntil(lambda: "32×32" in size.error_text, timeout=20000)
    page.start()
    assert not page.running
    assert "32×32" in page.banner.text
    assert "32×32" in size.error_text
    size.type_text("64")
    qtbot.waitUntil(lambda: size.error_text == "", timeout=20000)
    page.fit.refuse()


def test_batch_that_memory_has_no_room_for_is_refused_beside_its_field(
    qtbot: QtBot, page: TrainingPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "free_bytes", lambda: 500_000_000)
    batch = page.form.fields["batch_size"]
    batch.type_text("8192")
    qtbot.waitUntil(lambda: "of memory" in batch.error_text, timeout=20000)
    with pytest.raises(CnnvizError, match="of memory"):
        page.fit.refuse()
    batch.type_text("8")
    qtbot.waitUntil(lambda: batch.error_text == "", timeout=20000)


def test_what_fails_in_training_alone_is_refused_beside_its_field(
    qtbot: QtBot, page: TrainingPage, session: Session
) -> None:
    """Inception v3 has an auxiliary head that runs in training alone, and normalises maps of 1×1 over the batch."""
    session.set_spec(resolve("torchvision/inception_v3"))
    page.form.data.choose("fashion-mnist-sample")
    size, batch, limit = (page.form.fields[name] for name in ("resize", "batch_size", "limit"))
    size.type_text("75")
    qtbot.waitUntil(lambda: "AuxLogits" in size.error_text, timeout=20000)
    page.start()
    assert not page.running
    size.type_text("299")
    batch.type_text("64")
    limit.type_text("65")
    qtbot.waitUntil(lambda: "more than one picture" in batch.error_text, timeout=20000)
    assert size.error_text == ""
    limit.type_text("66")
    qtbot.waitUntil(lambda: batch.error_text == "", timeout=20000)
    page.fit.refuse()


@pytest.mark.parametrize(
    ("name", "asked", "usual", "reason"),
    [("precision", "tf32", "auto", "NVIDIA"), ("way", "graph", "auto", "NVIDIA"), ("device", "cuda:7", "cpu", "cuda")],
)
def test_what_the_machine_does_not_have_is_refused_beside_its_field(
    qtbot: QtBot, page: TrainingPage, name: str, asked: str, usual: str, reason: str
) -> None:
    field = page.form.fields[name]
    field.type_text(asked)
    qtbot.waitUntil(lambda: reason in field.error_text, timeout=20000)
    page.start()
    assert not page.running
    field.type_text(usual)
    qtbot.waitUntil(lambda: field.error_text == "", timeout=20000)


def test_data_whose_channels_or_classes_do_not_fit_are_refused_beside_them(
    qtbot: QtBot, page: TrainingPage, session: Session
) -> None:
    page.form.data.choose("cifar10")
    qtbot.waitUntil(lambda: "3 channels" in page.form.data.reason.text(), timeout=20000)
    page.start()
    assert not page.running
    session.set_spec(resolve("vgg11", {"width_divisor": 8, "num_classes": 7}, (3, 64, 64)))
    qtbot.waitUntil(lambda: "10 classes" in page.form.data.reason.text(), timeout=20000)
    session.set_spec(resolve("vgg11", {"width_divisor": 8}, (3, 64, 64)))
    qtbot.waitUntil(lambda: page.form.data.reason.text() == "", timeout=20000)


def test_layers_that_are_frozen_stand_in_the_form_and_in_the_session(
    qtbot: QtBot, page: TrainingPage, session: Session
) -> None:
    freeze = page.form.fields["freeze"]
    session.set_frozen(("block1", "block2"))
    assert freeze.text == "block1,block2"
    freeze.type_text("block1, block9")
    assert session.frozen == ("block1", "block9")
    qtbot.waitUntil(lambda: "no layer 'block9'" in freeze.error_text, timeout=20000)
    freeze.type_text("block1")
    qtbot.waitUntil(lambda: freeze.error_text == "", timeout=20000)
    session.set_inspected(Inspected(session.spec, inspect(session.spec)))
    assert "learn: the rest is frozen" in page.form._cost_note.text()


def test_weights_of_a_shallower_network_are_offered_in_part_beside_their_field(
    qtbot: QtBot, page: TrainingPage, session: Session, tmp_path: Path
) -> None:
    spec = session.spec
    assert spec is not None
    state = {name: each.numpy() for name, each in build(spec).state_dict().items()}
    config = TrainConfig("vgg11", "fashion-mnist-sample", dict(spec.options), resize=224, device="cpu")
    started = RunStarted(config, "CPU", 100, 20, 2, tuple("0123456789"), 10)
    list(record([started, WeightsReady(0, 0, state), RunFinished("stopped", 0, 0, 1.0)], tmp_path / "run"))
    session.set_spec(resolve("vgg13", {"width_divisor": 8}))
    page.form.fields["weights"].type_text(str(tmp_path / "run"))
    field = page.form.fields["weights"]
    qtbot.waitUntil(lambda: "fit 11 of 13 layers" in field.error_text, timeout=20000)
    page.start()
    assert not page.running
    page.form.fields["allow_mismatch"].tick(True)
    qtbot.waitUntil(lambda: field.error_text == "", timeout=20000)
    page.fit.refuse()


def test_published_weights_of_other_classes_are_refused_beside_their_field_before_they_are_downloaded(
    qtbot: QtBot, page: TrainingPage, session: Session
) -> None:
    session.set_spec(resolve("torchvision/squeezenet1_1"))
    page.form.data.choose("fashion-mnist-sample")
    field = page.form.fields["weights"]
    field.type_text("pretrained")
    qtbot.waitUntil(lambda: "1000 classes; this network has 10" in field.error_text, timeout=20000)
    page.start()
    assert not page.running
    assert "Tick “Load what fits alone”" in page.banner.text


def test_parameters_are_those_of_the_network_as_the_data_and_their_size_make_it(
    qtbot: QtBot, page: TrainingPage, session: Session
) -> None:
    """ResNet-18 is picked with 1,000 classes; the data have 10: a head of 5,130 is all that learns of 11.18 million."""
    said = page.form._cost_note
    session.set_spec(resolve("torchvision/resnet18"))
    session.set_inspected(Inspected(session.spec, inspect(session.spec)))
    page.form.fields["freeze"].type_text("conv1,bn1,layer1,layer2,layer3,layer4")
    assert "11.7" not in said.text()
    qtbot.waitUntil(lambda: said.text() == "11.2 M parameters, 5.13 K learn: the rest is frozen.", timeout=20000)
    page.form.fields["freeze"].type_text("")
    qtbot.waitUntil(lambda: said.text() == "11.2 M parameters.", timeout=20000)
    session.set_spec(resolve("alexnet"))
    page.form.fields["resize"].type_text("96")
    small = inspect(resolve("alexnet", input_shape=(1, 96, 96))).totals.params
    qtbot.waitUntil(lambda: said.text().startswith(f"{units.short(small)} parameters"), timeout=20000)


def test_parameters_say_for_how_many_classes_where_the_data_are_not_read(
    qtbot: QtBot, page: TrainingPage, session: Session, tmp_path: Path
) -> None:
    page.form.data.choose(str(tmp_path))
    session.set_spec(resolve("torchvision/resnet18"))
    qtbot.waitUntil(lambda: page.form._cost_note.text() == "11.7 M parameters for 1,000 classes.", timeout=20000)
