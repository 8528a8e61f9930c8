from __future__ import annotations

import math

import pytest

from cnnviz import units


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1000, "1.00 K"), (61706, "61.7 K"), (138357544, "138.4 M"), (999_999, "1.00 M")],
)
def test_short_number_has_a_prefix(number: int, text: str) -> None:
    assert units.short(number) == text


def test_short_number_carries_its_unit() -> None:
    assert units.short(15470264320, "MACs") == "15.5 GMACs"
    assert units.short(12, "FLOPs") == "12 FLOPs"


def test_unknown_is_never_zero() -> None:
    assert (
        units.short(None) == units.exact(None) == units.shape(None) == units.size(None) == units.duration(None) == "–"
    )


def test_part_is_told_from_the_whole() -> None:
    assert units.part(1_200_000, 2_020_000) == "1.20 M"
    assert units.part(2_019_994, 2_020_000) == "all but 6"


def test_sizes_shapes_and_exact_numbers() -> None:
    assert units.shape((64, 112, 112)) == "64 × 112 × 112"
    assert units.size(553430176) == "528 MB"
    assert units.size(512) == "512 B"
    assert units.exact(1234567) == "1,234,567"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.84, "0.8 s"),
        (9.96, "10 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (4320, "1 h 12 min"),
        (math.nan, "–"),
        (1e308, "–"),
    ],
)
def test_duration_reads_as_a_person_says_it(seconds: float, text: str) -> None:
    assert units.duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [
        (1, "picture", "1 picture"),
        (0, "picture", "0 pictures"),
        (3000, "picture", "3,000 pictures"),
        (1, "class", "1 class"),
        (10, "class", "10 classes"),
        (None, "parameter", "– parameters"),
    ],
)
def test_counted_things_are_one_or_many(number: int | None, what: str, said: str) -> None:
    assert units.counted(number, what) == said
