"""The playground's numbers against torch's, and the values that the course and the book print."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.playground.known_examples import KNOWN_EXAMPLES
from cnnviz.feature_maps.playground.operation import (
    AVERAGE_POOLING,
    CONVOLUTION,
    KINDS,
    MAX_POOLING,
    SETTINGS,
    TRANSPOSED,
    Operation,
    as_texts,
    from_texts,
)
from cnnviz.feature_maps.playground.play_text import arithmetic_lines, cell_text, code, number_text
from cnnviz.feature_maps.playground.reach import axes_of
from cnnviz.feature_maps.playground.sliding import Board, slide, terms_of

# torch says of "same" with an even kernel that it copies its input; the numbers are what is asked for here.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

_PAIRS = st.tuples(st.integers(1, 4), st.integers(1, 4))
_PADDINGS = st.tuples(st.integers(0, 3), st.integers(0, 3)) | st.sampled_from(["valid", "same"])


@st.composite
def boards(draw: st.DrawFn) -> Board:
    """Any settings, fitting or not, with random numbers."""
    operation = Operation(
        draw(st.sampled_from(KINDS)),
        draw(st.tuples(st.integers(1, 9), st.integers(1, 9))),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        draw(_PAIRS),
        draw(_PADDINGS),
        draw(st.just((1, 1)) | _PAIRS),
        draw(st.just((1, 1)) | st.tuples(st.integers(1, 3), st.integers(1, 3))),
        draw(st.just(1) | st.integers(1, 3)),
        draw(st.just((0, 0)) | st.tuples(st.integers(0, 2), st.integers(0, 2))),
        draw(st.just((0.0,)) | st.tuples(st.floats(-4, 4), st.floats(-4, 4))),
    )
    return _filled(operation, draw(st.integers(0, 1000)))


def _filled(operation: Operation, seed: int = 0) -> Board:
    random = np.random.default_rng(seed)
    inputs = random.integers(-9, 10, (operation.input_channels, *operation.input_size)).astype(float)
    shape = operation.output_channels, operation.reads, *operation.kernel_size
    return Board(operation, inputs, random.integers(-9, 10, shape) / 4)


def _torch_output(board: Board) -> np.ndarray:
    """Raises what torch raises where the settings do not go together."""
    operation = board.operation
    x, kernels = torch.from_numpy(board.inputs)[None], torch.from_numpy(board.kernels)
    size, stride, padding = operation.kernel_size, operation.stride, operation.padding
    numbers = (0, 0) if padding == "valid" else padding
    groups = operation.groups
    bias = torch.tensor([operation.bias_of(at) for at in range(len(kernels))], dtype=torch.float64)
    match operation.kind:
        case "Convolution":
            out = functional.conv2d(x, kernels, bias, stride, padding, operation.dilation, groups)
        case "Transposed convolution":
            if operation.input_channels % groups or operation.output_channels % groups:
                raise TypeError("groups do not divide the channels")
            size_of_group = operation.output_channels // groups
            parts = [kernels[at : at + size_of_group].transpose(0, 1) for at in range(0, len(kernels), size_of_group)]
            more = operation.output_padding
            out = functional.conv_transpose2d(
                x, torch.cat(parts), bias, stride, numbers, more, groups, operation.dilation
            )
        case "Max pooling":
            out = functional.max_pool2d(x, size, stride, numbers, operation.dilation)
        case _:
            if operation.dilation != (1, 1):
                raise TypeError("no dilation")
            out = functional.avg_pool2d(x, size, stride, numbers)
    return out[0].numpy()


@settings(deadline=None, max_examples=400)
@given(boards())
def test_output_is_that_of_torch_and_what_is_refused_is_refused_by_torch(board: Board) -> None:
    try:
        made = slide(board)
    except CnnvizError:
        # Some torches take more padding where the window has a dilation.
        assume(not (board.operation.kind == MAX_POOLING and board.operation.dilation != (1, 1)))
        with pytest.raises((RuntimeError, TypeError)):
            _torch_output(board)
        return
    expected = _torch_output(board)
    assert made.shape == expected.shape
    np.testing.assert_allclose(made, expected, rtol=1e-12, atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(boards(), st.randoms(use_true_random=False))
def test_terms_of_a_number_make_that_number(board: Board, random: object) -> None:
    with contextlib.suppress(CnnvizError):
        output = slide(board)
        at = tuple(random.randrange(size) for size in output.shape)  # type: ignore[attr-defined]
        terms = terms_of(board, *at)
        products = [term.value * term.weight for term in terms]
        value = max(products) if board.operation.kind == MAX_POOLING else sum(products)
        value += board.operation.bias_of(at[0])
        if board.operation.kind == AVERAGE_POOLING:
            value /= len(terms)
        assert value == pytest.approx(output[at])
        assert arithmetic_lines(board, *at)[-1].endswith(number_text(value)) or not terms


@settings(deadline=None, max_examples=60)
@given(boards())
def test_formula_of_the_size_ends_in_the_size(board: Board) -> None:
    with contextlib.suppress(CnnvizError):
        sizes = slide(board).shape[1:]
        for axis, size in zip(axes_of(board.operation), sizes, strict=True):
            right = axis.formula().split(" = ")[1]
            assert axis.formula().endswith(f"= {size}")
            plain = right.replace("·", "*").replace("−", "-").replace("/", "//").replace("⌊", "").replace("⌋", "")
            assert eval(plain) == size  # of what the formula says


def _printed(text: str) -> np.ndarray:
    """Run a program and return what it calls ``output``."""
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, "copied", "exec"), names)
    output = names["output"]
    assert isinstance(output, torch.Tensor)
    return output[0].numpy()


@settings(deadline=None, max_examples=60)
@given(boards())
def test_code_to_copy_makes_the_same_output(board: Board) -> None:
    with contextlib.suppress(CnnvizError):
        made = slide(board)
        np.testing.assert_allclose(_printed(code(board)), made, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("example", KNOWN_EXAMPLES, ids=lambda each: each.title)
def test_code_of_every_example_makes_its_output(example: object) -> None:
    board = example.board()  # type: ignore[attr-defined]
    np.testing.assert_allclose(_printed(code(board)), slide(board), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(_torch_output(board), slide(board))


_PUBLISHED = {
    "Course: padding 1": [
        [
            [91, 168, 224, 215, 127],
            [114, 211, 295, 262, 149],
            [192, 259, 282, 214, 122],
            [194, 251, 253, 169, 86],
            [96, 112, 110, 68, 31],
        ]
    ],
    "Course: stride 2": [[[211, 262], [251, 169]]],
    "Course: max pooling": [[[4, 8], [9, 8]]],
    "D2L: cross-correlation": [[[19, 25], [37, 43]]],
    "D2L: edge detection": [[[0, 1, 0, 0, 0, -1, 0]] * 6],
    "D2L: two input channels": [[[56, 72], [104, 120]]],
    "D2L: three output channels": [[[56, 72], [104, 120]], [[76, 100], [148, 172]], [[96, 128], [192, 224]]],
    "D2L: transposed": [[[0, 0, 1], [0, 4, 6], [4, 12, 9]]],
    "D2L: transposed, stride 2": [[[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]],
}


@pytest.mark.parametrize("title", _PUBLISHED)
def test_examples_make_what_is_published(title: str) -> None:
    example = next(each for each in KNOWN_EXAMPLES if each.title == title)
    np.testing.assert_array_equal(slide(example.board()), _PUBLISHED[title])


def test_photographs_are_grey_pictures_of_many_levels() -> None:
    photographs = [each for each in KNOWN_EXAMPLES if each.title.startswith("Photograph")]
    assert len(photographs) >= 2
    for example in photographs:
        inputs = example.board().inputs
        assert inputs.shape == (1, 48, 48)
        assert len(np.unique(inputs)) > 64
        assert 0 <= inputs.min() <= inputs.max() <= 255


def test_arithmetic_reads_as_it_is_written_by_hand() -> None:
    board = KNOWN_EXAMPLES[0].board()
    assert arithmetic_lines(board, 0, 0, 0) == ("0·1 + 0·2 + 0·3 + 0·4 + 3·5 + 4·6 + 0·7 + 2·8 + 4·9 = 91",)
    two = next(each for each in KNOWN_EXAMPLES if each.title == "D2L: two input channels").board()
    assert arithmetic_lines(two, 0, 0, 0) == (
        "channel 0: 0·0 + 1·1 + 3·2 + 4·3 = 19",
        "channel 1: 1·1 + 2·2 + 4·3 + 5·4 = 37",
        "together: 19 + 37 = 56",
    )
    pooled = next(each for each in KNOWN_EXAMPLES if each.title == "Course: max pooling").board()
    assert arithmetic_lines(pooled, 0, 1, 1) == ("max(7, 8, 4, 6) = 8",)
    averaged = replace(pooled, operation=replace(pooled.operation, kind=AVERAGE_POOLING))
    assert arithmetic_lines(averaged, 0, 0, 0) == ("(3 + 4 + 2 + 4) / 4 = 13 / 4 = 3.25",)
    edges = next(each for each in KNOWN_EXAMPLES if each.title == "D2L: edge detection").board()
    assert arithmetic_lines(edges, 0, 0, 1) == ("1·1 + 0·(−1) = 1",)


def test_formula_has_the_numbers_in_it() -> None:
    same = Operation(input_size=(5, 6), kernel_size=(3, 2), padding="same")
    assert [axis.formula() for axis in axes_of(same)] == [
        "height = ⌊(5 + 2·1 − 1·(3 − 1) − 1) / 1⌋ + 1 = 5",
        "width = ⌊(6 + 0 + 1 − 1·(2 − 1) − 1) / 1⌋ + 1 = 6",
    ]
    transposed = Operation(TRANSPOSED, (2, 2), kernel_size=(2, 2), stride=(2, 2), padding=(1, 0))
    assert axes_of(transposed)[0].formula() == "height = (2 − 1)·2 − 2·1 + 1·(2 − 1) + 1 = 2"


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (Operation(input_size=(2, 5)), "larger than the input: height 3 over 2"),
        (Operation(padding="same", stride=(2, 2)), "only with stride 1"),
        (Operation(TRANSPOSED, padding="same"), "padding as numbers only"),
        (Operation(MAX_POOLING, padding="same"), "padding as numbers only"),
        (Operation(MAX_POOLING, padding=(2, 2)), "half of its window"),
        (Operation(AVERAGE_POOLING, dilation=(2, 1)), "no dilation"),
        (Operation(TRANSPOSED, (1, 1), padding=(2, 2)), "its height would be -1"),
        (Operation(TRANSPOSED, (64, 64), stride=(8, 8)), "up to 128"),
        (Operation(CONVOLUTION, (4, 4), dilation=(2, 2)), "with its dilation is larger"),
    ],
)
def test_what_does_not_go_together_says_why(operation: Operation, said: str) -> None:
    with pytest.raises(CnnvizError, match=said) as caught:
        axes_of(operation)
    assert caught.value.hint


@settings(deadline=None)
@given(boards())
def test_settings_are_read_as_they_are_written(board: Board) -> None:
    assert from_texts(as_texts(board.operation)) == board.operation


@pytest.mark.parametrize("text", ["", "0", "x", "3,", "1,2,3", "-1", "99", "3.5", "²"])
def test_text_that_is_no_kernel_size_is_refused(text: str) -> None:
    setting = next(each for each in SETTINGS if each.name == "kernel_size")
    with pytest.raises(CnnvizError, match="Kernel size"):
        setting.check(text)
    assert setting.check("2 × 3") == setting.check("(2, 3)") == (2, 3)


def test_whole_numbers_are_whole_in_a_cell_and_others_short() -> None:
    values = [0.0, -0.0, 12345678.0, -7.0, 1 / 9, -0.25, float("-inf")]
    assert [cell_text(value) for value in values] == ["0", "0", "12345678", "−7", "0.111", "−0.25", "−∞"]
