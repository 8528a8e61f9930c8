from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class TrainingPage(QWidget):
    feature_maps_wanted = Signal()
    activity_changed = Signal(object)
    progress_changed = Signal(object)
    run_ended = Signal()
    running = False

    def __init__(self, session):
        super().__init__()

    def stop(self):
        pass
