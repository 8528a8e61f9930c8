"""The window: PySide6 and pyqtgraph, a thin shell over the capability packages."""
