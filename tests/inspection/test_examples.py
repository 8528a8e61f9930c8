from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError
from cnnviz.inspection.examples import Example, example_for, showing
from cnnviz.inspection.tracer import inspect


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(1, 2, 3)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return self.body(left) - self.body(right)


class PictureAndFacts(nn.Module):
    def __init__(self, facts: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.facts = nn.Linear(facts, 8)

    def forward(self, picture: Tensor, *, facts: Tensor) -> Tensor:
        return self.conv(picture).mean((2, 3)) + self.facts(facts)


class PictureAndWords(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.words = nn.Embedding(50, 8)

    def forward(self, picture: Tensor, words: Tensor) -> Tensor:
        return self.conv(picture).mean((2, 3)) + self.words(words).mean(1)


class ByName(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, *, pixel_values: Tensor | None = None) -> Tensor | None:
        return None if pixel_values is None else self.conv(pixel_values)


def shapes(example: Example) -> tuple[list[tuple[int, ...]], dict[str, tuple[int, ...]]]:
    return [tuple(each.shape) for each in example.args], {k: tuple(v.shape) for k, v in example.kwargs.items()}


def test_two_pictures_of_a_siamese_network_are_alike_unless_said() -> None:
    assert shapes(example_for(Siamese(), [(1, 8, 8)], 4)) == ([(4, 1, 8, 8), (4, 1, 8, 8)], {})
    assert shapes(example_for(Siamese(), [(1, 8, 8), (1, 9, 9)], 1)) == ([(1, 1, 8, 8), (1, 1, 9, 9)], {})


def test_what_must_be_named_is_given_by_name() -> None:
    assert shapes(example_for(PictureAndFacts(), [(3, 8, 8), (10,)], 2)) == ([(2, 3, 8, 8)], {"facts": (2, 10)})
    assert shapes(example_for(ByName(), [(3, 8, 8)], 1)) == ([], {"pixel_values": (1, 3, 8, 8)})


def test_kinds_of_number_are_those_that_are_said() -> None:
    picture, words = example_for(PictureAndWords(), [(3, 8, 8), (12,)], 1, ("", "int64")).args
    assert (picture.dtype, words.dtype) == (torch.float32, torch.int64)
    assert example_for(nn.Embedding(9, 4), [(12,)], 1).args[0].dtype == torch.int64
    assert example_for(nn.Embedding(9, 4), [(12,)], 1, ("int32",)).args[0].dtype == torch.int32


@pytest.mark.parametrize(
    ("model", "given", "macs"),
    [
        (Siamese(), (1, 8, 8), 2 * 36 * 9 * 2),
        (PictureAndFacts(), ((3, 8, 8), (10,)), 36 * 27 * 8 + 10 * 8),
        (PictureAndWords(), ((3, 8, 8), (12,)), 36 * 27 * 8),
        (ByName(), (3, 8, 8), 36 * 27 * 8),
    ],
    ids=lambda value: type(value).__name__,
)
def test_network_of_several_inputs_is_inspected(model: nn.Module, given: tuple[int, ...], macs: int) -> None:
    report = inspect(model, given)
    assert (report.status, report.totals.macs) == ("complete", macs)
    assert report.calls[0].reads_input


def test_inputs_may_be_given_by_name() -> None:
    report = inspect(PictureAndFacts(), inputs={"picture": torch.zeros(1, 3, 8, 8), "facts": torch.zeros(1, 10)})
    assert (report.status, report.input_shapes) == ("complete", ((1, 3, 8, 8), (1, 10)))


@pytest.mark.parametrize("given", [((3, 8, 8), (0,)), (3, 0, 8), ((3, 8, 8), 10)])
def test_size_below_one_and_sizes_beside_shapes_are_refused(given: tuple[int, ...]) -> None:
    with pytest.raises(CnnvizError, match="no input shape"):
        inspect(Siamese(), given)  # type: ignore[arg-type]


def test_picture_is_shown_wherever_it_fits_and_zeros_stand_elsewhere() -> None:
    picture = torch.ones(1, 3, 8, 8)
    shown = showing(example_for(PictureAndWords(), [(3, 8, 8), (12,)], 1), picture)
    assert shown.args[0] is picture
    assert shown.args[1].tolist() == [[0] * 12]


def test_failure_of_a_network_with_guessed_inputs_says_what_its_forward_takes() -> None:
    error = inspect(Two(), input_shape=(3, 16, 16)).error
    assert error is not None
    assert error.hint.startswith("Its forward takes 2 inputs (image, numbers), 1 given: say the shape of each.")
    error = inspect(Two(), input_shape=((3, 16, 16), (10,), (4,))).error
    assert error is not None
    assert error.hint == "Its forward takes image, numbers; 3 inputs were given."


def test_optional_inputs_that_only_have_names_are_given_in_order() -> None:
    report = inspect(Named(), input_shape=((3, 16, 16), (1, 14, 14)))
    assert (report.status, report.input_shapes) == ("complete", ((1, 3, 16, 16), (1, 1, 14, 14)))


def test_network_that_takes_no_input_gets_none() -> None:
    report = inspect(Source(), input_shape=(3, 16, 16))
    assert (report.status, report.input_shapes) == ("complete", ())


@pytest.mark.parametrize("shape", [(3, 10**20, 9), (3, 9 * 10**18, 9), (3, 4 * 10**9, 4 * 10**9)])
def test_input_that_no_memory_holds_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(CnnvizError, match="too large"):
        inspect(nn.Conv2d(3, 4, 3), input_shape=shape)


def test_network_that_needs_numbers_refuses_more_of_them_than_memory_holds() -> None:
    with pytest.raises(CnnvizError, match="no memory for its input"):
        inspect(Asking(), input_shape=(3, 300_000, 300_000), batch=10_000)


@pytest.mark.parametrize("shape", [(1, 3, 16, 16), (16,)])
def test_batch_axis_does_not_belong_to_an_input(shape: tuple[int, ...]) -> None:
    error = inspect(nn.Sequential(nn.Conv2d(3, 4, 3)), input_shape=shape).error
    assert error is not None
    assert error.hint == "Give the input as C,H,W, without a batch axis."


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(10, 4)

    def forward(self, image: Tensor, numbers: Tensor) -> Tensor:
        return torch.add(self.conv(image).mean((2, 3)), self.fc(numbers))


class Named(nn.Conv2d):
    def __init__(self) -> None:
        super().__init__(3, 4, 3)

    def forward(self, *, image: Tensor, mask: Tensor | None = None) -> Tensor:  # type: ignore[override]
        made = super().forward(image)
        return made if mask is None else made * mask


class Source(nn.Linear):
    def __init__(self) -> None:
        super().__init__(10, 4)

    def forward(self) -> Tensor:  # type: ignore[override]
        return super().forward(torch.zeros(1, 10))


class Asking(nn.Conv2d):
    def __init__(self) -> None:
        super().__init__(3, 4, 3)

    def forward(self, data: Tensor) -> Tensor:
        return super().forward(data) if data.sum().item() < 1 else data
