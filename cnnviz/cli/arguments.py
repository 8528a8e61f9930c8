"""What several commands ask for, declared and parsed once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.training.settings import Setting
from cnnviz.zoo.inputs import Input, read_input


def add_model(parser: argparse.ArgumentParser, is_needed: bool = True) -> None:
    """Let the command take MODEL, None where it is not needed and not given, and ``--set OPTION=VALUE``."""
    help_text = (
        "a name that `cnnviz list` prints (vgg11, torchvision/resnet18), FILE.py:CALLABLE, FILE.ipynb, FILE.pt2"
        " or a saved report"
    )
    parser.add_argument("model", metavar="MODEL", nargs=None if is_needed else "?", help=help_text)
    add_options(parser)


def add_allow(parser: argparse.ArgumentParser) -> None:
    """Let the command take ``--allow FILE``, which is read where the command begins."""
    about = "a .py, .ipynb or .pt2 file that may run: the run's network is in it, and you have not trained it here"
    parser.add_argument("--allow", action="append", metavar="FILE", help=about)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Let the command take ``--set OPTION=VALUE``."""
    parser.add_argument(
        "--set",
        dest="options",
        metavar="OPTION=VALUE",
        action="append",
        default=[],
        help="an option of the architecture, such as width_divisor=8; may be repeated",
    )


def add_setting(parser: argparse.ArgumentParser, row: Setting) -> None:
    """Let the command take the setting's flag; one that is not given is no attribute of what the parser returns."""
    if row.kind == "bool":
        action = argparse.BooleanOptionalAction
        parser.add_argument(row.flag, dest=row.name, action=action, default=argparse.SUPPRESS, help=row.help)
        return
    default = row.empty if row.default is None else row.default
    about = (row.help if row.required else f"{row.help} Default: {default}.").replace("%", "%%")
    metavar = row.metavar or f"{{{','.join(row.choices)}}}"
    how: str | type[argparse.Action] = _Joined if row.repeated else "store"
    parser.add_argument(
        row.flag,
        action=how,
        dest=row.name,
        type=checked_by(row),
        metavar=metavar,
        default=argparse.SUPPRESS,
        help=about,
    )


class _Joined(argparse.Action):
    """A flag that may be given more than once: what it says, with commas between."""

    def __call__(
        self, _parser: argparse.ArgumentParser, said: argparse.Namespace, value: object, _option: str | None = None
    ) -> None:
        """Add ``value`` to what was said before."""
        before = getattr(said, self.dest, None)
        joined = value if before is None or value is None else f"{before},{value}"
        setattr(said, self.dest, self.type(joined) if callable(self.type) and isinstance(joined, str) else joined)


def checked_by(row: Setting) -> Callable[[str], object]:
    """Return what makes a setting's value of a flag's text, and refuses it in the words that the form has too."""

    def value(text: str) -> object:
        try:
            return row.check(not_empty(text) if row.kind == "path" and not row.required else text)
        except CnnvizError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return value


def add_input(parser: argparse.ArgumentParser, about: str) -> None:
    """Let the command take ``--input C,H,W``, once for each input of the network, with a kind of number or without."""
    parser.add_argument("--input", action="append", type=one_input, metavar="C,H,W[:DTYPE]", help=about)


def one_input(text: str) -> Input:
    """Return (C, H, W) of "3,224,224", and the kind of number of "12:int64".

    Raises:
        argparse.ArgumentTypeError: a part is no positive whole number, or there is no such kind of number.
    """
    try:
        return read_input(text)
    except CnnvizError as error:
        raise argparse.ArgumentTypeError(
            f"{error.message.rstrip('.')}; {error.hint[:1].lower()}{error.hint[1:]}"
        ) from None


def not_empty(text: str) -> str:
    """Return ``text``.

    Raises:
        argparse.ArgumentTypeError: there is none, as from a shell variable that is not set.
    """
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text


def path(text: str) -> Path:
    """Return ``text`` as a path; "" is not the folder one happens to be in.

    Raises:
        argparse.ArgumentTypeError: it is empty.
    """
    return Path(not_empty(text))


def positive(text: str) -> int:
    """Return a whole number of at least 1.

    Raises:
        argparse.ArgumentTypeError: it is not.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive whole number")
    return int(text)


def options(pairs: list[str]) -> dict[str, object]:
    """Return {"width_divisor": "8"} of ["width_divisor=8"]; the catalogue checks the values.

    Raises:
        CnnvizError: a pair has no "=".
    """
    for pair in pairs:
        if "=" not in pair:
            raise CnnvizError(f"--set {pair} has no value.", "Write --set OPTION=VALUE, such as width_divisor=8.")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}
