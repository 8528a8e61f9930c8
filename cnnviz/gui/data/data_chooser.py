"""Which labelled pictures are meant: a data set by name, or a folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.gui import dialogs
from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.file_dialog import open_file_dialog
from cnnviz.gui.parts.labels import Caption, label
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.training.data.data_sets import DATA_SETS, DataSet
from cnnviz.training.data.folder_tree import readable

_FOLDER, _FILE = "Folder…", "File…"
_ASKED = "Labelled pictures"
_FILES = "Data in one file (*.npz *.npy *.csv *.tar.gz *.tgz *.tar);;All files (*)"
_FOLDER_NOTE = (
    "One sub-folder of pictures for each class (train/ and test/ above them, or split for you), a labels.csv beside "
    "pictures, pictures called cat.0.jpg, a table of pixels, or files of MNIST, CIFAR or NumPy."
)


class DataChooser(QWidget):
    """A list of data sets with a note on the one that is chosen."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None, brief: bool = False) -> None:
        """Make one; a brief one is a narrow list without a note."""
        super().__init__(parent)
        self._box = ElidedCombo() if brief else QComboBox()
        if brief:
            self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            self._box.setMinimumContentsLength(4)
        self._box.setAccessibleName("Data")
        self._names = [data_set.name for data_set in DATA_SETS]  # not in the list: Qt's text loses bytes of a path
        self._box.addItems([data_set.title for data_set in DATA_SETS])
        self._box.addItems((_FOLDER, _FILE))
        self._chosen = 0
        self._box.activated.connect(self._choose)
        self._note = Caption(3)
        self.reason = label("", "error", wrap=True)
        self.reason.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._box)
        if not brief:
            column.addWidget(self._note)
            column.addWidget(self.reason)
        self._describe()

    @property
    def data(self) -> str:
        """Name of the data set, or path of the folder."""
        return self._names[self._chosen]

    @property
    def title(self) -> str:
        """What to call the data on screen."""
        return self._box.itemText(self._chosen)

    @property
    def data_set(self) -> DataSet | None:
        """The data set; None for a folder."""
        return next((data_set for data_set in DATA_SETS if data_set.name == self.data), None)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the data set; () for a folder, before it is read."""
        return () if self.data_set is None else self.data_set.class_names

    def choose_folder(self, folder: Path) -> None:
        """Take the pictures of a folder, or of a file that holds them."""
        self.add(str(folder))
        self.show_chosen(str(folder))
        self.changed.emit()

    def show_misfit(self, error: CnnvizError | None) -> None:
        """Say why the data do not fit; None: they do."""
        self.reason.setText("" if error is None else str(error))
        self.reason.setVisible(error is not None)

    def add(self, data: str) -> None:
        """Put data on the list, a folder by its path."""
        if data not in self._names:
            folder = Path(data)
            self._box.insertItem(len(self._names), readable(folder.name or data))
            self._box.setItemData(len(self._names), plain_tip(readable(data)), Qt.ItemDataRole.ToolTipRole)
            self._names.append(data)

    def show_chosen(self, data: str) -> None:
        """Show which data on the list are chosen, where somebody else chose them."""
        self._chosen = self._names.index(data)
        self._box.setCurrentIndex(self._chosen)
        self._describe()

    def choose(self, name: str) -> None:
        """Take a data set by its name, or a folder."""
        if name not in self._names:
            self.choose_folder(Path(name))
            return
        at = self._names.index(name)
        self._box.setCurrentIndex(at)
        self._choose(at)

    @Slot(int)
    def _choose(self, at: int) -> None:
        if at >= len(self._names):
            is_file = self._box.itemText(at) == _FILE
            self._box.setCurrentIndex(self._chosen)
            self._ask_for_file() if is_file else dialogs.ask_for_folder(self, _ASKED, self.choose_folder)
            return
        self._chosen = at
        self._describe()
        self.changed.emit()

    def _ask_for_file(self) -> None:
        dialog = QFileDialog(self, _ASKED, "", _FILES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        open_file_dialog(dialog, self.choose_folder)

    def _describe(self) -> None:
        found = self.data_set
        if found is None:
            self._note.setText(_FOLDER_NOTE)
            return
        counts = f"{units.exact(found.train_images)} to learn and {units.exact(found.test_images)} to test"
        size = units.shape((found.channels, found.size, found.size))
        self._note.setText(f"{counts}, {size}, {units.counted(found.num_classes, 'class')}. {found.note}")
