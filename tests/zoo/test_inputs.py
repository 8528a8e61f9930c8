"""What a network takes, as people write it."""

from __future__ import annotations

import pytest
import torch

from cnnviz.errors import CnnvizError
from cnnviz.zoo.inputs import Input, inputs_of, read_input, read_inputs, said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3,224,224", Input((3, 224, 224))),
        ("12:int64", Input((12,), "int64")),
        ("12 : torch.long", Input((12,), "int64")),
        ("()", Input(())),
        ("():int64", Input((), "int64")),
        (":int64", Input((), "int64")),
        ("(3, 8, 8)", Input((3, 8, 8))),
        ("(5,)", Input((5,))),
        ("3,8,8:half", Input((3, 8, 8), "float16")),
    ],
)
def test_text_of_an_input_is_read_and_written(text: str, expected: Input) -> None:
    assert read_input(text) == expected
    assert read_input(str(expected)) == expected


@pytest.mark.parametrize("text", ["", " ", "a", "3,0", "-1", "3,,4", "3.5", "12:", "12:int65", "12:int64:int64", ","])
def test_text_that_says_no_input_is_refused(text: str) -> None:
    with pytest.raises(CnnvizError, match=r"is no (input shape|kind of number)"):
        read_input(text)


@pytest.mark.parametrize(
    "text", ["3,16,16 ():int64", "3,16,16; ():int64", "(3, 16, 16) ( ):int64", " 3 ,16, 16   : int64 ;():int64 "]
)
def test_several_inputs_in_one_field(text: str) -> None:
    first, second = read_inputs(text)
    assert (first.shape, second) == ((3, 16, 16), Input((), "int64"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, 28, 28), ((1, 28, 28),)),
        ([10], ((10,),)),
        (((3, 32, 32), [10]), ((3, 32, 32), (10,))),
        (((3, 16, 16), ()), ((3, 16, 16), ())),
        ("12:int64", ("12:int64",)),
        ((12, "int64"), ("12:int64",)),
        ((12, torch.int64), ("12:int64",)),
        (("int64",), (":int64",)),
        (((3, 16, 16), (torch.long,)), ((3, 16, 16), ":int64")),
        (["3,16,16", "():int64"], ("3,16,16", ":int64")),
        ((), ((),)),
    ],
)
def test_value_of_inputs_is_read(value: object, expected: tuple[object, ...]) -> None:
    meant = tuple(read_input(each) if isinstance(each, str) else Input(each) for each in expected)  # type: ignore[arg-type]
    assert inputs_of(value) == meant
    assert inputs_of(meant) == meant


@pytest.mark.parametrize("value", [((3, 8, 8), 10), (1, 0, 28), (True, 3), (3, "int65"), 5, None, ((3, (4,)),)])
def test_value_that_says_no_inputs_is_refused(value: object) -> None:
    with pytest.raises(CnnvizError, match="is no "):
        inputs_of(value)


def test_what_is_said_is_shapes_and_kinds() -> None:
    assert said(read_inputs("3,8,8 12:int64")) == ((3, 8, 8), ((12,),), ("", "int64"))
