from __future__ import annotations

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.zoo import catalog


def test_vgg11_resolves_to_the_book_form() -> None:
    spec = catalog.resolve("vgg11")
    assert spec.input_shape == (1, 224, 224)
    assert spec.options == {"in_channels": 1, "num_classes": 10, "width_divisor": 1, "batch_norm": False}
    assert spec.num_classes == 10


def test_bare_name_without_textbook_network_is_torchvisions() -> None:
    assert catalog.find("mobilenet_v2").name == "torchvision/mobilenet_v2"
    assert catalog.find("inception_v3").name == "torchvision/inception_v3"
    assert catalog.find("vgg11").group == "Textbook"


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(CnnvizError, match="no architecture 'vgg12'") as caught:
        catalog.find("vgg12")
    assert "vgg13" in caught.value.hint


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"num_classes": "many"}, "Give a whole number"),
        ({"num_classes": 0}, "Choose between 1 and"),
        ({"width_divisor": 3}, "Choose one of 1, 2, 4"),
        ({"depth": 3}, "no option 'depth'"),
    ],
)
def test_refused_option_says_what_would_do(options: dict[str, object], words: str) -> None:
    with pytest.raises(CnnvizError) as caught:
        catalog.resolve("vgg11", options)
    assert words in str(caught.value)


def test_input_shape_decides_the_channels_of_a_textbook_network() -> None:
    assert catalog.resolve("vgg11", input_shape=(3, 64, 64)).options["in_channels"] == 3


def test_contradicting_channels_are_refused() -> None:
    with pytest.raises(CnnvizError, match="takes 1 input channels; 3 were given"):
        catalog.resolve("vgg11", {"in_channels": 1}, (3, 224, 224))
    with pytest.raises(CnnvizError, match="takes 3 input channels; 1 were given"):
        catalog.resolve("torchvision/vgg11", input_shape=(1, 224, 224))


@pytest.mark.parametrize("shape", [(1, 28), (1, 0, 28), (1, 28, 99999), ()])
def test_shape_that_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(CnnvizError):
        catalog.resolve("lenet", input_shape=shape)


def test_bool_and_choice_options_are_checked_from_text() -> None:
    flag = catalog.Option("bias", "Bias", "bool", True, "")
    choice = catalog.Option("act", "Activation", "choice", "relu", "", choices=("relu", "sigmoid"))
    assert flag.check("no") is False
    assert choice.check("sigmoid") == "sigmoid"
    for option, value in ((flag, "perhaps"), (choice, "tanh")):
        with pytest.raises(CnnvizError):
            option.check(value)


def test_every_entry_says_where_it_comes_from() -> None:
    for entry in catalog.architectures():
        assert entry.source
        assert entry.summary
        assert len(entry.input_shape) == (4 if entry.task == "video" else 3)
