"""CUB-200-2011's form: a list numbers the pictures, others say by these numbers their classes and splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from whole_data import found_in

from cnnviz.training.data.labelled import Part

_BIRDS = ("001.Crow", "002.Gull", "003.Tern")


def _write(root: Path, has_splits: bool = True, has_names: bool = True) -> None:
    lists = {"images": "", "image_class_labels": "", "train_test_split": "", "bounding_boxes": ""}
    for number in range(24):
        bird, file = number % 3, f"{_BIRDS[number % 3]}/{number}.bmp"
        (root / "images" / file).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 10 * number).save(root / "images" / file)
        lists["images"] += f"{number + 1} {file}\n"
        lists["image_class_labels"] += f"{number + 1} {bird + 1}\n"
        lists["train_test_split"] += f"{number + 1} {int(number < 15)}\n"
        lists["bounding_boxes"] += f"{number + 1} 1.0 2.0 3.0 4.0\n"
    if not has_splits:
        del lists["train_test_split"]
    if has_names:
        lists["classes"] = "".join(f"{at + 1} {name}\n" for at, name in enumerate(_BIRDS))
    for name, text in lists.items():
        (root / f"{name}.txt").write_text(text)


def _numbers(part: Part) -> list[int]:
    return sorted(int(Path(str(file)).stem) for file in part.pictures)


def test_classes_and_splits_are_those_of_the_lists(tmp_path: Path) -> None:
    _write(tmp_path)
    source = found_in(tmp_path)
    assert source.class_names == _BIRDS
    assert _numbers(source.train) == list(range(15))
    assert _numbers(source.test) == list(range(15, 24))
    for part in (source.train, source.test):
        expected = [int(Path(str(file)).stem) % 3 for file in part.pictures]
        assert np.array_equal(part.labels, expected)


@pytest.mark.parametrize(("has_names", "names"), [(True, _BIRDS), (False, ("1", "2", "3"))])
def test_without_a_list_of_splits_a_part_is_kept_for_the_test(
    tmp_path: Path, has_names: bool, names: tuple[str, ...]
) -> None:
    _write(tmp_path, has_splits=False, has_names=has_names)
    source = found_in(tmp_path)
    assert source.class_names == names
    assert len(source.train) + len(source.test) == 24
    assert any("kept for the test" in each for each in source.notices)
