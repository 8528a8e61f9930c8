"""What another optimizer brings with it: its usual learning rate and momentum, unless they were typed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject, Slot

from cnnviz.gui.parts.option_field import OptionField
from cnnviz.training.optimizers import find_optimizer


class UsualValues(QObject):
    """Watches the fields. What a recipe, a run or the last start put there was not typed."""

    def __init__(self, fields: Mapping[str, OptionField], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fields = fields
        self._typed: dict[str, str] = {}  # into which field, and what
        for name in ("learning_rate", "momentum"):
            fields[name].changed.connect(partial(self._note, name))
        fields["optimizer"].changed.connect(self._bring)

    def _note(self, name: str) -> None:
        self._typed[name] = self._fields[name].text

    @Slot()
    def _bring(self) -> None:
        chosen = find_optimizer(str(self._fields["optimizer"].value()))
        if "momentum" in chosen.uses:
            self._offer("momentum", chosen.usual_momentum)
        self._offer("learning_rate", chosen.usual_rate)

    def _offer(self, name: str, value: float) -> None:
        field = self._fields[name]
        if not field.text or field.text != self._typed.get(name):
            field.set_value(value)
