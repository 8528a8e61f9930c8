from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.maps.pasting import can_paste, pasted
from cnnviz.gui.session import Session


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: object) -> Path:
    monkeypatch.setenv("CNNVIZ_CACHE", str(tmp_path / "cache"))
    QGuiApplication.clipboard().clear()
    return tmp_path / "cache"


def copy_pixels() -> None:
    image = QImage(5, 3, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 200, 30))
    QGuiApplication.clipboard().setImage(image)


def copy_file(file: Path) -> None:
    held = QMimeData()
    held.setUrls([QUrl.fromLocalFile(str(file))])
    QGuiApplication.clipboard().setMimeData(held)


def test_pixels_become_a_picture_of_the_same_pixels(cache: Path) -> None:
    copy_pixels()
    assert can_paste()
    file = pasted()()
    with Image.open(file, formats=["PNG"]) as picture:
        assert np.array_equal(np.asarray(picture.convert("RGB")), np.full((3, 5, 3), (10, 200, 30), np.uint8))
    assert pasted()() == file
    assert [each.name for each in (cache / "pasted").iterdir()] == [file.name]


def test_a_copied_file_is_itself(tmp_path: Path) -> None:
    copy_file(tmp_path / "猫.png")
    assert can_paste()
    assert pasted()() == tmp_path / "猫.png"


def test_text_is_no_picture() -> None:
    QGuiApplication.clipboard().setText("a cat")
    assert not can_paste()
    with pytest.raises(CnnvizError, match="holds no picture"):
        pasted()


def test_page_looks_at_what_is_pasted(qtbot: QtBot) -> None:
    session = Session()
    page = FeatureMapsPage(session)
    qtbot.addWidget(page)
    copy_pixels()
    (command,) = [each for each in page.commands() if each.id == "maps.paste-picture"]
    with qtbot.waitSignal(session.picture_changed, timeout=20_000):
        command.trigger()
    assert session.picture == pasted()()
    QGuiApplication.clipboard().setText("a cat")
    page.paste_picture()
    assert "holds no picture" in page.banner.text
    assert session.picture is not None
    page.end()


def test_the_newest_pasted_pictures_are_kept(cache: Path) -> None:
    for shade in range(25):
        image = QImage(2, 2, QImage.Format.Format_RGB32)
        image.fill(QColor(shade, 0, 0))
        QGuiApplication.clipboard().setImage(image)
        newest = pasted()()
        os.utime(newest, (shade, shade))
    left = list((cache / "pasted").iterdir())
    assert len(left) == 20
    assert newest in left
