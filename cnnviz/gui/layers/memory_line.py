"""What training would need, in one line: choose the batch size and the optimizer, read the sum and its parts."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from cnnviz import units
from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.labels import Elided, label, set_role
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.inspection.memory import TrainingMemory, forward_bytes, training_memory
from cnnviz.inspection.report import Report
from cnnviz.machine import DeviceMemory
from cnnviz.training.optimizers import DEFAULT_OPTIMIZER, OPTIMIZERS, find_optimizer

_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_BATCH = 64
_WIDTH = 132  # pixels
_NAMED = 5  # kinds that are named of those that may keep more


class MemoryLine(QWidget):
    """Training at batch 64 with Adam ≈ 1.2 GB of 15.6 GB."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: Report | None = None
        self._device: DeviceMemory | None = None
        self._there = ""  # of how much it is
        self.batch = QComboBox()
        self.batch.addItems([str(size) for size in _BATCHES])
        self.batch.setCurrentText(str(_BATCH))
        self.batch.setAccessibleName("Batch size of the estimate")
        self.batch.currentIndexChanged.connect(self._show)
        self.optimizer = ElidedCombo()
        self.optimizer.setAccessibleName("Optimizer of the estimate")
        for title, moments in optimizers_by_memory().items():
            self.optimizer.addItem(title, moments)
        self.optimizer.setCurrentText(find_optimizer(DEFAULT_OPTIMIZER).title)
        self.optimizer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.optimizer.setMinimumContentsLength(5)  # "Adam": where the window is narrow, it gives way
        follow_looks(self.optimizer, lambda: self.optimizer.setMaximumWidth(room_for_text(self.optimizer, _WIDTH)))
        self.optimizer.currentIndexChanged.connect(self._show)
        self._sum = label("")
        self._parts = Elided()
        self._lay_out()
        self._show()

    @property
    def text(self) -> str:
        """The estimate as it stands."""
        return f"{self._sum.text()}{self._there}"

    def show_report(self, report: Report) -> None:
        """Estimate for this network."""
        self._report = report
        self._show()

    def show_device(self, device: DeviceMemory | None) -> None:
        """Say what there is beside what is needed."""
        self._device = device
        self._show()

    @Slot()
    def _show(self) -> None:
        self._there = ""
        if self._report is None or self._report.error is not None:
            self._sum.setText(units.UNKNOWN)
            self._parts.setText("")
            self.setToolTip("")
            return
        memory = training_memory(self._report, int(self.batch.currentText()), self.optimizer.currentData())
        self._there = "" if self._device is None else f" of {units.size(self._device.size)}"
        self._sum.setText(f"{'≥' if memory.at_least_for else '≈'} {units.size(memory.total)}")
        short = self._device is not None and memory.total > self._device.size
        set_role(self._sum, "error" if short else "plain")
        shown = (self._there.strip(), parts_text(memory))
        self._parts.setText(" · ".join(part for part in shown if part))
        self.setToolTip(plain_tip(explanation(memory, forward_bytes(self._report), self._device)))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(label("Training at batch", "muted"))
        row.addWidget(self.batch)
        row.addWidget(label("with", "muted"))
        row.addWidget(self.optimizer)
        row.addWidget(self._sum)
        row.addWidget(self._parts, 1)


def optimizers_by_memory() -> dict[str, int]:
    """Return how many numbers each optimizer keeps for each trained parameter; one with momentum stands twice."""
    kept: dict[str, int] = {}
    for entry in OPTIMIZERS:
        kept[entry.title] = entry.numbers_kept()
        if "momentum" in entry.uses:
            kept[f"{entry.title}, momentum"] = entry.numbers_kept(momentum=0.9)
    return kept


def parts_text(memory: TrainingMemory) -> str:
    """Return the part that grows with the batch."""
    return f"{units.size(memory.activations)} of it activations"


def explanation(memory: TrainingMemory, forward: int, device: DeviceMemory | None) -> str:
    """Return every part, what a forward pass alone holds, and what the device has."""
    lines = [
        f"weights and buffers {units.size(memory.weights)}",
        f"gradients {units.size(memory.gradients)}",
        f"optimizer {units.size(memory.optimizer_state)}",
        f"activations kept for the backward pass {units.size(memory.activations)}",
        f"A forward pass of one batch as inspected holds {units.size(forward)} beside the weights.",
        "In float32. Libraries and the passing gradient need some more.",
    ]
    if memory.at_least_for:
        lines.append(f"{', '.join(memory.at_least_for[:_NAMED])} may keep more than is known.")
    if device is not None:
        lines.append(f"{device.name} has {units.size(device.size)}.")
    return "\n".join(lines)
