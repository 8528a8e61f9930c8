"""Every way out of the table, as commands: what the Copy button offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from cnnviz.gui.commands import Command
from cnnviz.gui.layers.table_export import FORMATS
from cnnviz.inspection.call import Call

if TYPE_CHECKING:
    from cnnviz.gui.layers.page import LayersPage

COPY_MENU = "Copy"


def table_commands(page: LayersPage) -> tuple[Command, ...]:
    """Return them in the order of the menu."""
    export, picture, there = page.export, page.picture, page.has_rows
    return (
        Command(
            "layers.copy-rows",
            "Copy selected rows",
            page.copy_selection,
            ("Ctrl+C",),
            within=page.view,
            menu=COPY_MENU,
            enabled=there,
        ),
        *_forms(page, "all", lambda: None),
        *_forms(page, "selected", page.selected_calls),
        Command(
            "layers.copy-torchinfo",
            "Copy torchinfo's summary",
            export.copy_torchinfo,
            menu=COPY_MENU,
            enabled=there,
        ),
        Command("layers.copy-picture", "Copy picture", picture.copy, menu=COPY_MENU, enabled=there),
        Command(
            "layers.save-table",
            "Save table…",
            export.ask_where_to_save,
            menu=COPY_MENU,
            line_above=True,
            enabled=there,
        ),
        Command("layers.save-picture", "Save picture…", picture.ask_where_to_save, menu=COPY_MENU, enabled=there),
    )


def _forms(page: LayersPage, which: str, calls: Callable[[], list[Call] | None]) -> Iterator[Command]:
    inner = f"Copy {which} rows as"
    for name, form in FORMATS.items():
        yield Command(
            f"layers.copy-{which}-as-{name}",
            f"{inner} {form.title}",
            partial(_copy, page, name, calls),
            menu=f"{COPY_MENU}/{inner}",
            in_menu=form.title,
            line_above=(which, name) == ("all", next(iter(FORMATS))),
            enabled=page.has_rows,
        )


def _copy(page: LayersPage, form: str, calls: Callable[[], list[Call] | None]) -> None:
    page.export.copy(form, calls())
