from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnviz.feature_maps.verdict import verdict
from cnnviz.training.data.numbered_picture import FoundPicture, Numbered

DRESS = FoundPicture(Numbered("some", "test", "1", 4), Path("a.png"), "Some, test", ("bag", "dress", "coat"), (9, 9, 9))


OTHERS = "; the network tells other classes apart."


def shares(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    ("given", "names", "right", "sentence"),
    [
        (shares(0.1, 0.7, 0.2), (), True, "Label: dress. Predicted: dress, 70.0%: right."),
        (shares(0.6, 0.2, 0.2), (), False, "Label: dress. Predicted: bag, 60.0%: wrong."),
        (shares(0.6, 0.2, 0.2), ("dress", "bag", "coat"), True, "Label: dress. Predicted: dress, 60.0%: right."),
        (shares(0.5, 0.5), ("cat", "dog"), None, f"Label: dress. Predicted: cat, 50.0%{OTHERS}"),
        (shares(0.1, 0.2, 0.3, 0.4), (), None, f"Label: dress. Predicted: class 3, 40.0%{OTHERS}"),
        (shares(np.nan, 1, 0), (), None, "Label: dress."),
        (None, (), None, "Label: dress."),
    ],
)  # fmt: skip
def test_verdict_compares_names_where_both_know_them(given, names, right, sentence) -> None:
    found = verdict(DRESS, given, names)
    assert found.is_right is right
    assert found.sentence == sentence


def test_brief_verdict_begins_with_the_class_and_marks_a_mistake() -> None:
    assert verdict(DRESS, shares(0.1, 0.7, 0.2)).brief == "dress ✓ 70 %"
    assert verdict(DRESS, shares(0.6, 0.2, 0.2)).brief == "bag ✗ 60 %"
    assert verdict(DRESS, shares(0.5, 0.5), ("cat", "dog")).brief == "cat 50 %"
    assert verdict(DRESS, None).brief == ""
