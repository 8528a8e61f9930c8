from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from cnnviz.gui.training.findings_panel import FindingsPanel
from cnnviz.gui.training.form_memory import type_setting
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.training.events import Diagnosed
from cnnviz.zoo.catalog import resolve

FOUND = Diagnosed("chance", 2, 1000, "It guesses.", "ln 10.", "Go slower.", "learning_rate", "0.1")


def offers(panel: FindingsPanel) -> list[QPushButton]:
    buttons = [button for card in panel.cards for button in card.findChildren(QPushButton)]
    return [button for button in buttons if button.text().startswith("Set ")]


def test_finding_offers_to_change_its_setting(qtbot: QtBot) -> None:
    panel = FindingsPanel()
    qtbot.addWidget(panel)
    assert panel.isHidden()
    panel.add([FOUND])
    assert panel.text == "It guesses. ln 10.\nGo slower."
    (button,) = offers(panel)
    assert button.text() == "Set learning rate to 0.1"
    with qtbot.waitSignal(panel.setting_wanted) as wanted:
        button.click()
    assert wanted.args == ["learning_rate", "0.1"]
    panel.clear()
    assert panel.isHidden()


def test_newest_finding_is_a_card_and_those_before_it_are_a_line_until_they_are_asked_for(qtbot: QtBot) -> None:
    panel = FindingsPanel()
    qtbot.addWidget(panel)
    panel.add([FOUND, replace(FOUND, what="B."), replace(FOUND, what="C.", setting="", value="")])
    assert [card.text[:2] for card in panel.cards] == ["C."]
    assert panel.others.text() == "B. It guesses."
    panel.more.click()
    assert [card.text[:2] for card in panel.cards] == ["C.", "B.", "It"]
    assert not panel.others.isVisibleTo(panel)
    assert len(offers(panel)) == 2


def test_folded_findings_take_a_line_and_ask_for_room(qtbot: QtBot) -> None:
    """Beside the list of runs, at 1280 × 800, two of them took 200 pixels of 600."""
    panel = FindingsPanel()
    qtbot.addWidget(panel)
    panel.fold(True)
    panel.add([FOUND, replace(FOUND, what="B.")])
    panel.show()
    assert panel.cards == []
    assert panel.sizeHint().height() <= panel.more.sizeHint().height()
    with qtbot.waitSignal(panel.room_wanted):
        panel.more.click()
    panel.fold(False)
    assert len(panel.cards) == 2


def test_finding_behind_one_that_is_dismissed_comes_forward(qtbot: QtBot) -> None:
    panel = FindingsPanel()
    qtbot.addWidget(panel)
    panel.add([FOUND, replace(FOUND, what="B.")])
    panel.cards[0].dismissed.emit()
    assert panel.text.startswith("It guesses.")
    panel.cards[0].dismissed.emit()
    assert panel.isHidden()


def test_setting_is_typed_into_its_field_which_is_shown(qtbot: QtBot) -> None:
    form = TrainForm()
    qtbot.addWidget(form)
    type_setting(form, "init", "xavier")
    assert form.fields["init"].value() == "xavier"
    assert form.advanced.button.isChecked()
    type_setting(form, "learning_rate", "0.1")
    assert form.fields["learning_rate"].value() == 0.1


def test_recipe_is_offered_whole_and_fills_the_form(qtbot: QtBot) -> None:
    panel, form = FindingsPanel(), TrainForm()
    qtbot.addWidget(panel)
    qtbot.addWidget(form)
    form.show_spec(resolve("lenet"))
    panel.setting_wanted.connect(partial(type_setting, form))
    panel.add([replace(FOUND, setting="recipe", value="d2l")])
    (button,) = [each for each in panel.cards[0].findChildren(QPushButton) if each.text() == "Follow that recipe"]
    button.click()
    assert [form.fields[name].text for name in ("learning_rate", "batch_size", "init")] == ["0.9", "256", "xavier"]
    assert form.recipe.combo.currentText() == "The book's"
    type_setting(form, "recipe", "none of this name")
