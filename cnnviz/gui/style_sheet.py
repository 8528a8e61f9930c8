"""The style sheet. ``@name`` is a colour of the theme, ``@mode`` light or dark, ``icons:`` the folder of icons.

``tp`` are pixels in text of the usual size: what is as high as text grows with it, as sizes in ``pt`` do.
"""

STYLE_SHEET = """
QMainWindow, QDialog { background: @window; }
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 4px 6px; }

QLabel[role="heading"] { font-weight: 600; }
QLabel[role="title"] { font-size: 15pt; font-weight: 600; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="caption"] { color: @muted; font-size: 8pt; }
QLabel[role="error"] { color: @danger; font-size: 8pt; }
QLabel[role="good"] { color: @good; }
QLabel[role="figure"] { font-size: 13pt; font-weight: 600; }
QLabel[role="formula"] { background: @raised; border: none; border-left: 3px solid @border; padding: 6px 8px; }

QFrame[role="card"], QWidget[role="card"] { background: @surface; border: 1px solid @border; border-radius: 8px; }
QWidget[role="panel"] { background: @surface; }
QWidget[role="panel"] QLineEdit { background: @raised; }
QFrame[role="line"] { background: @border; border: none; max-height: 1px; min-height: 1px; }

QFrame#banner { border-radius: 8px; border: 1px solid @border; margin: 8px; }
QFrame#banner[flush="true"] { margin: 0; }
QFrame#banner[level="error"] { background: @danger_surface; border-color: @danger; }
QFrame#banner[level="notice"] { background: @notice_surface; border-color: @accent; }
QLabel#bannerMessage { font-weight: 600; }
QLabel#bannerHint { color: @text; }

QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QPlainTextEdit {
  background: @surface; color: @text; border: 1px solid @border; border-radius: 6px;
  padding: 4px 8px; min-height: 18tp; selection-background-color: @accent; selection-color: @accent_text; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QPlainTextEdit:focus {
  border-color: @accent; }
QLineEdit[invalid="true"] { border-color: @danger; }
QLineEdit:disabled, QComboBox:disabled { color: @muted; background: @window; }
QComboBox::drop-down { border: none; width: 22tp; }
QComboBox::down-arrow { image: url(icons:chevron-down-@mode.svg); width: 12tp; height: 12tp; }
QComboBox QAbstractItemView { background: @surface; color: @text; border: 1px solid @border; padding: 4px;
  selection-background-color: @selection; selection-color: @text; outline: none; }

QPushButton { background: @surface; color: @text; border: 1px solid @border; border-radius: 6px;
  padding: 5px 12px; min-height: 18tp; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @selection; }
QPushButton:focus { border-color: @accent; }
QPushButton:disabled { color: @muted; background: @window; }
QPushButton[role="primary"] { background: @accent; color: @accent_text; border-color: @accent; font-weight: 600; }
QPushButton[role="primary"]:focus { border: 2px solid @text; padding: 4px 11px; }
QPushButton[role="primary"]:disabled { background: @hover; color: @muted; border-color: @border; }
QToolButton { background: @surface; border: 1px solid @border; border-radius: 6px;
  padding: 4px 8px; color: @text; }
QToolButton[role="bare"] { background: transparent; border-color: transparent; }
QToolButton:hover { background: @hover; }
QToolButton:checked { background: @selection; }
QToolButton:focus, QToolButton[role="bare"]:focus { border-color: @accent; }
QToolButton:disabled { color: @muted; background: @window; }
QToolButton[segment] { padding: 3px 12px 4px; min-height: 18tp; }
QToolButton[segment="first"] { border-top-right-radius: 0; border-bottom-right-radius: 0; }
QToolButton[segment="middle"] { border-radius: 0; margin-left: -1px; }
QToolButton[segment="last"] { border-top-left-radius: 0; border-bottom-left-radius: 0; margin-left: -1px; }
QToolButton::menu-indicator { image: none; }

QTabWidget::pane { border: none; border-top: 1px solid @border; background: @window; }
QTabWidget::tab-bar { left: 8px; }
QTabBar { background: @window; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: @muted; padding: 9px 14px 8px 14px; border: none;
  border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: @text; }
QTabBar::tab:selected { color: @text; border-bottom: 2px solid @accent; font-weight: 600; }
QTabBar::tab:focus { color: @accent; }
QTabBar QToolButton { padding: 0; }

QTreeView, QTableView, QListView { background: @surface; alternate-background-color: @raised; color: @text;
  border: 1px solid @surface; outline: none; selection-background-color: @selection; selection-color: @text;
  gridline-color: @border; }
QTreeView:focus, QTableView:focus, QListView:focus, GraphView:focus, DetailsPanel:focus {
  border: 1px solid @accent; }
GraphView { border: 1px solid transparent; }
QTreeView::item, QTableView::item { padding: 3px 6px; border: none; }
QTreeView::item:hover { background: @hover; }
QTreeView::item:selected, QTableView::item:selected { background: @selection; color: @text; }
QListView#completions { border: 1px solid @border; padding: 4px; }
QListView#completions::item { padding: 4px 6px; border-radius: 4px; }
QListView#completions::item:selected { background: @selection; color: @text; }
QTreeView::branch { background: transparent; }
QTreeView::branch:hover { background: @hover; }
QTreeView::branch:selected { background: @selection; }
QTreeView::branch:has-children:closed { image: url(icons:chevron-right-@mode.svg); }
QTreeView::branch:has-children:open { image: url(icons:chevron-down-@mode.svg); }
QHeaderView { background: @surface; }
QHeaderView::section { background: @surface; color: @muted; border: none; border-bottom: 1px solid @border;
  padding: 6px 6px; font-weight: 600; }
QHeaderView::section:hover { color: @text; }
QHeaderView::up-arrow { image: url(icons:chevron-up-@mode.svg); width: 10tp; height: 10tp; }
QHeaderView::down-arrow { image: url(icons:chevron-down-@mode.svg); width: 10tp; height: 10tp; }
QTableCornerButton::section { background: @surface; border: none; }

QScrollArea { border: none; background: transparent; }
DetailsPanel { border: 1px solid transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @border; border-radius: 4px; margin: 1px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QAbstractScrollArea::corner { background: @surface; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: @hover; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }

QMenuBar { background: @window; color: @text; padding: 2px 6px; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: @hover; }
QMenu { background: @surface; color: @text; border: 1px solid @border; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 20px; border-radius: 4px; }
QMenu::item:selected { background: @selection; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @border; margin: 4px 6px; }
QStatusBar { background: @window; color: @muted; border-top: 1px solid @border; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: @muted; padding: 2px 6px; }
QSplitter::handle { background: @border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSlider { border: 1px solid transparent; border-radius: 4px; }
QSlider:focus { border-color: @accent; }
QCheckBox { spacing: 6px; }
QCheckBox::indicator, QTableView::indicator {
    width: 14tp; height: 14tp; border: 1px solid @muted; border-radius: 4px; background: @surface;
}
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: @accent; }
QCheckBox::indicator:checked, QTableView::indicator:checked {
    background: @accent; border-color: @accent; image: url(icons:check-@mode.svg);
}
QCheckBox::indicator:disabled { border-color: @border; }
"""
