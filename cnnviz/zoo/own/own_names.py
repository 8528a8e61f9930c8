"""Files of the user's as names: ``FILE.py:CALLABLE``, notebooks, ``.pt2`` programs, saved reports. Nothing is read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.paths import from_home
from cnnviz.zoo.specs import ModelSpec

_WORD = r"[^\W\d]\w*"
_NAME = re.compile(
    rf"(?P<file>.+\.(?:py|ipynb|pt2|json))(?::(?P<callable>{_WORD}(?:\.{_WORD})*))?", re.DOTALL | re.IGNORECASE
)
_SUFFIXES = (".py", ".ipynb", ".pt2", ".json")


class NotToldError(CnnvizError):
    """The text of a file tells of no network; running it might."""

    def __init__(self, refused: CnnvizError, file: Path) -> None:
        super().__init__(refused.message, refused.hint)
        self.file = file


@dataclass(frozen=True, slots=True)
class OwnName:
    """A MODEL that names a file. As text: the absolute path, and behind a colon the callable."""

    file: Path
    callable: str = ""  # of a Python file or a notebook, "Zoo.Net" inside of a class; "": the only network in it

    @property
    def first(self) -> str:
        """What the file itself names, of a dotted callable."""
        return self.callable.partition(".")[0]

    @property
    def is_program(self) -> bool:
        """True for what torch.export saved."""
        return self.file.suffix.lower() == ".pt2"

    @property
    def is_report(self) -> bool:
        """True for what ``cnnviz inspect --format json`` printed."""
        return self.file.suffix.lower() == ".json"

    def __str__(self) -> str:
        return f"{self.file}:{self.callable}" if self.callable else str(self.file)


def own_name(name: str) -> OwnName | None:
    """Return the file that ``name`` means; None where it is the name of an architecture."""
    found = _NAME.fullmatch(name)
    if found is None or (found["callable"] and found["file"].lower().endswith((".pt2", ".json"))):
        return None
    return OwnName(Path(os.path.abspath(from_home(Path(found["file"])))), found["callable"] or "")  # noqa: PTH100


def named_files(words: Iterable[str]) -> Iterator[Path]:
    """Yield the files that words of a command line name, behind an option's ``=`` or not."""
    for word in words:
        for text in (word, word.partition("=")[2]):
            if text and (own := own_name(text)) is not None:
                yield own.file


def file_of(spec: ModelSpec) -> Path | None:
    """Return the file that a network comes from; None where it is one of ours."""
    own = own_name(spec.name)
    return None if own is None else own.file


def refuse_file(name: str) -> None:
    """Raise what to say of a name that is none, and yet means a file or a folder; else return."""
    file = Path(name.partition(":")[0])
    if file.suffix.lower() in _SUFFIXES or any(separator in name for separator in ("/", os.sep)) or Path(name).exists():
        hint = (
            "Write FILE.py:CALLABLE, such as net.py:Net, or FILE.ipynb:CALLABLE, FILE.pt2 or a saved report, FILE.json."
        )
        raise CnnvizError(f"{name} names no network in a file.", hint)
