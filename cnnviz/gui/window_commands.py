"""What the window itself can do, whatever page is in front."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cnnviz.gui import dialogs
from cnnviz.gui.commands import Command
from cnnviz.gui.theme import TEXT_SIZES, THEME_CHOICES, USUAL_TEXT, Theme, ThemeChoice

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.page_tabs import PageTabs

MENUS = ("File", "View", "Help")
_THEME_TITLES: dict[ThemeChoice, str] = {"system": "Follow the system", "light": "Light", "dark": "Dark"}


def window_commands(window: MainWindow, theme: Theme) -> tuple[Command, ...]:
    """Return them in the order of the menus."""
    return (*_files(window), *_view(window), *_text_sizes(theme), *_themes(theme), *_help(window))


def _files(window: MainWindow) -> tuple[Command, ...]:
    network, picture = partial(dialogs.ask_for_network, window), partial(dialogs.ask_for_picture, window)
    run = partial(dialogs.ask_for_folder, window, "Open a run")
    return (
        Command("file.open-network", "Open network…", lambda: network(window.own.open), ("Ctrl+Shift+O",), menu="File"),
        Command("file.open-picture", "Open picture…", lambda: picture(window.open_picture), ("Ctrl+O",), menu="File"),
        Command("file.open-run", "Open run folder…", lambda: run(window.open_run), menu="File"),
        Command("file.quit", "Quit", window.close, ("Ctrl+Q",), menu="File", line_above=True),
    )


def _view(window: MainWindow) -> tuple[Command, ...]:
    tabs = window.tabs
    search = Command("view.search-networks", "Search networks", window.network.focus_search, ("Ctrl+F",), menu="View")
    pages = (
        Command(
            f"view.{entry.id}",
            f"Go to {entry.title}",
            partial(tabs.show_page, entry.id),
            (f"Ctrl+{number}",) if number < 10 else (),
            menu="View",
            in_menu=entry.title,
            line_above=number == 1,
            checked=partial(_is_shown, tabs, entry.id),
        )
        for number, entry in enumerate(tabs.entries, 1)
    )
    return (search, *pages)


def _is_shown(tabs: PageTabs, id_: str) -> bool:
    return tabs.entry.id == id_


def _text_sizes(theme: Theme) -> tuple[Command, ...]:
    steps = (
        ("larger", "Larger text", ("Ctrl++", "Ctrl+="), partial(theme.change_text_size, 1)),
        ("smaller", "Smaller text", ("Ctrl+-",), partial(theme.change_text_size, -1)),
        ("usual", "Usual text", ("Ctrl+0",), partial(theme.choose_text_size, USUAL_TEXT)),
    )
    return (
        *(
            Command(f"view.text-{id_}", title, run, keys, menu="View/Text size", line_above=id_ == "larger")
            for id_, title, keys, run in steps
        ),
        *(
            Command(
                f"view.text-{percent}",
                f"Text at {percent} %",
                partial(theme.choose_text_size, percent),
                menu="View/Text size",
                in_menu=f"{percent} %",
                line_above=percent == TEXT_SIZES[0],
                checked=partial(_is_text_size, theme, percent),
            )
            for percent in TEXT_SIZES
        ),
    )


def _is_text_size(theme: Theme, percent: int) -> bool:
    return theme.text_size == percent


def _themes(theme: Theme) -> tuple[Command, ...]:
    return tuple(
        Command(
            f"view.theme-{choice}",
            f"Theme: {title}",
            partial(theme.choose, choice),
            menu="View/Theme",
            in_menu=title,
            line_above=choice == THEME_CHOICES[0],
            checked=partial(_is_chosen, theme, choice),
        )
        for choice, title in _THEME_TITLES.items()
    )


def _is_chosen(theme: Theme, choice: ThemeChoice) -> bool:
    return theme.choice == choice


def _help(window: MainWindow) -> tuple[Command, ...]:
    doctor = "Doctor: what is installed, what is wrong"
    return (
        Command("help.doctor", doctor, partial(dialogs.show_doctor, window), menu="Help"),
        Command("help.about", "About cnnviz", partial(dialogs.show_about, window), menu="Help"),
    )
