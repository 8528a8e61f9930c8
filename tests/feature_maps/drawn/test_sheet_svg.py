"""A sheet as SVG."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from cnnviz.feature_maps.drawn.sheet import Sheet, Tile
from cnnviz.feature_maps.drawn.sheet_svg import as_svg


@pytest.mark.parametrize("odd", ["\x1b", "\0", "\x7f", "\x9b", "\u202e", "\ufffe", "\uffff", "\udce9", "<&\"'>"])
def test_names_that_xml_does_not_allow_are_written_out(odd: str) -> None:
    name = f"a{odd}b"
    sheet = Sheet(name, (name,), (Tile(np.zeros((4, 200, 4), np.uint8), name),), 1)
    words = "".join(ElementTree.fromstring(as_svg(sheet).encode()).itertext()).split("\n")
    assert all(map(str.isprintable, words))
    assert words.count(name if odd.isprintable() else "a b") == 3
