"""Small pictures beside one another: a few at a time, so that the window answers between."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from cnnviz.gui.training.picture_gallery import PictureGallery
from cnnviz.training.data.browsing import Sample


def test_many_pictures_come_a_few_at_a_time_and_none_after_they_are_cleared(qtbot: QtBot) -> None:
    gallery = PictureGallery("Pictures")
    qtbot.addWidget(gallery)
    samples = [Sample(f"{at}.png", np.zeros((1, 8, 8), np.uint8)) for at in range(60)]
    gallery.show_samples(samples, [f"类别\n{at}" for at in range(60)])
    assert 0 < gallery.count() < 60
    qtbot.waitUntil(lambda: gallery.count() == 60, timeout=5000)
    assert gallery.item(59).text() == "类别\n59"
    gallery.show_samples(samples, ["a"] * 60)
    gallery.clear()
    qtbot.wait(100)
    assert gallery.count() == 0
