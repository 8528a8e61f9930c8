"""Which versions a report was made with: what its numbers may depend on besides the network. No torch here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from cnnviz.version import __version__

_VERSION = re.compile(r"""^__version__\s*(?::[^=]+)?=\s*["']([^"'+]+)""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MadeWith:
    """Versions as "2.14.1", without what says how it was built; empty: not known."""

    cnnviz: str
    torch: str
    torchvision: str

    def __str__(self) -> str:
        return f"cnnviz {self.cnnviz}, PyTorch {self.torch or '?'}, torchvision {self.torchvision or '?'}"


@cache
def made_here() -> MadeWith:
    """Return what a report is made with in this process."""
    return MadeWith(__version__, _version("torch"), _version("torchvision"))


def _version(package: str) -> str:
    """Return an installed package's version. It is not imported, nor ``importlib.metadata``, which takes 0.03 s."""
    try:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            return ""
        found = _VERSION.search(Path(spec.origin).with_name("version.py").read_text("utf-8"))
    except (ImportError, ValueError, OSError):
        return ""
    return "" if found is None else found[1]
