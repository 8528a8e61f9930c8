"""What went wrong in a file of the user's, with that file's own line."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from cnnviz.foreign.guard import QuitError

_MEND = "Mend that line of your file."
_WHOLE = "No line of the file was under way then: look at how its parts are put together."
_OURS = Path(__file__).parents[1]
_MISTAKES = (NameError, AttributeError, KeyError, AssertionError)  # which no operation of PyTorch's raises


def is_ours(error: BaseException) -> bool:
    """Return whether a line of ours failed by its own mistake, and not what it did for the user's code.

    A line of ours that the user's code, or PyTorch, called in its turn hands on what an operation raises.
    """
    files = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    own = [file.is_relative_to(_OURS) for file in files]
    return bool(own) and own[-1] and (all(own) or isinstance(error, _MISTAKES))


def blamed(error: BaseException, file: Path) -> tuple[str, str]:
    """Return message and hint: "net.py, line 3: ModuleNotFoundError: No module named 'foo'"."""
    if isinstance(error, SyntaxError):
        where = Path(error.filename or file).name + (f", line {error.lineno}" if error.lineno else "")
        return f"{where}: {error.msg}.", (error.text or "").strip() or _MEND
    where = _where(error, file)
    if isinstance(error, QuitError):
        hint = 'Put what only a script should do below: if __name__ == "__main__":'
        return f"{where}: {error.message}", hint
    text = _text(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        hint = f"Install {error.name.partition('.')[0]} for {sys.executable}, or put it beside {file.name}."
        return f"{where}: {text}", hint
    if isinstance(error, FileNotFoundError) and error.filename and (file.parent / str(error.filename)).exists():
        hint = f"It lies beside {file.name} and is looked for in {Path.cwd()}: open Path(__file__).with_name(…)."
        return f"{where}: {text}", hint
    return f"{where}: {text}", _MEND if where != file.name else _WHOLE


def _where(error: BaseException, file: Path) -> str:
    """Return the innermost line in the file's folder, or the file alone."""
    frames = traceback.extract_tb(error.__traceback__)
    beside = [frame for frame in frames if _is_below(frame.filename, file.parent)]
    return f"{Path(beside[-1].filename).name}, line {beside[-1].lineno}" if beside else file.name


def _is_below(name: str, folder: Path) -> bool:
    return Path(name).is_relative_to(folder) and "site-packages" not in Path(name).parts


def _text(error: BaseException) -> str:
    try:
        first = (str(error).strip() or "no message").splitlines()[0]
    except Exception:  # an exception class of the user's may fail to describe itself
        first = "no message"
    return f"{type(error).__name__}: {first}"
