"""Networks in files of the user's: ``FILE.py:CALLABLE`` and ``.pt2`` programs, as entries of the catalogue.

No torch here, and nothing in a file is run: a Python file is parsed, a program's description is JSON in a zip.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnviz.errors import CnnvizError
from cnnviz.zoo.own.source import SourceNetwork, networks_in, offered, parse
from cnnviz.zoo.specs import Architecture, InputShape, ModelSpec

_NAME = re.compile(r"(?P<file>.+\.(?:py|pt2))(?::(?P<callable>[^\W\d]\w*))?", re.DOTALL | re.IGNORECASE)
_MODULE = "cnnviz.zoo.own.loading"
_GRAPHS = ("/models/model.json", "serialized_exported_program.json")  # since PyTorch 2.8; before
_GUESS = (3, 224, 224)
MayRun = Callable[[Path, str], bool]
_known: dict[str, tuple[str, Architecture]] = {}  # by name: the newest content that could be read


_may_run: MayRun | None = None  # who names a file on the command line, or in Python, means it to run


class NotAllowedError(CnnvizError):
    """Nobody has said yes to running this content of a file."""

    def __init__(self, file: Path, revision: str) -> None:
        super().__init__(f"{file.name} has not been run.", "Open it again to be asked whether it may.")
        self.file, self.revision = file, revision


def ask_before_running(may_run: MayRun | None) -> None:
    """Let ``may_run(file, revision)`` decide, in any thread, from now on; None: every file may run."""
    global _may_run
    _may_run = may_run


def check_allowed(name: OwnName) -> None:
    """Raise NotAllowedError where the file's present content may not run."""
    revision = revision_of(name)
    if _may_run is not None and not _may_run(name.file, revision):
        raise NotAllowedError(name.file, revision)


@dataclass(frozen=True, slots=True)
class OwnName:
    """A MODEL that names a file. As text: the absolute path, and behind a colon the callable."""

    file: Path
    callable: str = ""  # of a Python file; "": the only network in it

    @property
    def is_program(self) -> bool:
        """True for what torch.export saved."""
        return self.file.suffix.lower() == ".pt2"

    def __str__(self) -> str:
        return f"{self.file}:{self.callable}" if self.callable else str(self.file)


def own_name(name: str) -> OwnName | None:
    """Return the file that ``name`` means; None where it is the name of an architecture."""
    found = _NAME.fullmatch(name)
    if found is None or (found["callable"] and not found["file"].lower().endswith(".py")):
        return None
    return OwnName(Path(os.path.abspath(Path(found["file"]).expanduser())), found["callable"] or "")  # noqa: PTH100


def file_of(spec: ModelSpec) -> Path | None:
    """Return the file that a network comes from; None where it is one of ours."""
    own = own_name(spec.name)
    return None if own is None else own.file


def revision_of(name: OwnName) -> str:
    """Return a digest of the file's content, of a program's size and time; "" where it cannot be read."""
    try:
        if name.is_program:  # may hold gigabytes of weights
            status = name.file.stat()
            return digest(f"{status.st_size} {status.st_mtime_ns}".encode())
        return digest(name.file.read_bytes())
    except OSError:
        return ""


def digest(content: bytes) -> str:
    """Return what stands for a content: 16 hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def architecture(name: OwnName) -> Architecture:
    """Return the catalogue's entry; of a file that is broken or gone now, as it was when it could last be read.

    Raises:
        CnnvizError: the file cannot be read, never could, or does not hold the network.
    """
    content = revision_of(name)
    known = _known.get(str(name))
    if known is not None and (known[0] == content or not content):
        return known[1]
    try:
        made = _program(name) if name.is_program else _from_source(name)
    except CnnvizError:
        if known is None:
            raise
        return known[1]
    _known[str(name)] = _known[made.name] = (content, made)
    return made


def architectures_in(file: Path) -> tuple[Architecture, ...]:
    """Return what a file offers: a program, or each network of a Python file that is no part of another one in it.

    Raises:
        CnnvizError: the file cannot be read, or there is no network in it.
    """
    name = OwnName(Path(os.path.abspath(file)))  # noqa: PTH100  a link stays: it is what the user named
    if name.is_program:
        return (architecture(name),)
    networks = offered(networks_in(parse(read_source(file), file)))
    if not networks:
        raise _no_network(file)
    return tuple(architecture(OwnName(name.file, network.name)) for network in networks)


def read_source(file: Path, most: int = -1) -> bytes:
    """Return a file's content, or its first ``most`` bytes.

    Raises:
        CnnvizError: it is not there or may not be read.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(most)
    except FileNotFoundError:
        raise CnnvizError(f"There is no file {file}.", "It may have been moved or renamed; open it again.") from None
    except OSError as error:
        hint = "Choose a Python file or a .pt2 file."
        raise CnnvizError(f"{file} cannot be read: {error.strerror}.", hint) from error


def _from_source(name: OwnName) -> Architecture:
    tree = parse(read_source(name.file), name.file)
    networks = networks_in(tree)
    if name.callable:
        found = next((each for each in networks if each.name == name.callable), None)
        if found is None:
            raise _unknown(name, offered(networks))
        return _entry(name.file, found)
    choice = offered(networks)
    if len(choice) == 1:
        return _entry(name.file, choice[0])
    if not choice:
        raise _no_network(name.file)
    names = ", ".join(f"{name.file.name}:{each.name}" for each in choice)
    raise CnnvizError(f"There are {len(choice)} networks in {name.file.name}.", f"Say which one: {names}.")


def _entry(file: Path, network: SourceNetwork) -> Architecture:
    channels = next((each.default for each in network.options if each.name == "in_channels"), None)
    guess = (channels, *_GUESS[1:]) if isinstance(channels, int) else _GUESS
    return Architecture(
        name=str(OwnName(file, network.name)),
        title=network.name,
        group="My networks",
        family=file.name,
        module=_MODULE,
        input_shape=network.inputs[0] if network.inputs else guess,
        further_inputs=network.inputs[1:],
        options=network.options,
        source=f"{file}, line {network.line}",
        summary=network.summary or f"{network.name} of {file.name}.",
        input_is_guess=not network.inputs,
    )


def _unknown(name: OwnName, networks: tuple[SourceNetwork, ...]) -> CnnvizError:
    hint = f"It holds: {', '.join(each.name for each in networks)}." if networks else _no_network(name.file).hint
    return CnnvizError(f"{name.file.name} has no class or function {name.callable!r}.", hint)


def _no_network(file: Path) -> CnnvizError:
    hint = "Write a class that inherits from nn.Module, or a function that returns one, at the top level of the file."
    return CnnvizError(f"There is no network in {file.name}.", hint)


def _program(name: OwnName) -> Architecture:
    first, *further = _program_inputs(name.file)
    return Architecture(
        name=str(name),
        title=name.file.stem,
        group="My networks",
        family=name.file.name,
        module=_MODULE,
        input_shape=first,
        further_inputs=tuple(further),
        options=(),
        source=str(name.file),
        summary="A program that torch.export saved. Its sizes are those that it was exported for.",
    )


def _program_inputs(file: Path) -> tuple[InputShape, ...]:
    """Return the shapes of the inputs without their batch axes, from the JSON that describes the graph.

    The format is that of ``torch.export.save``: torch/_export/serde/schema.py, ``ExportedProgram``.
    """
    read_source(file, most=1)  # says why it cannot be read
    try:
        with zipfile.ZipFile(file) as archive:
            model = next(each for each in archive.namelist() if each.endswith(_GRAPHS))
            graph = json.loads(archive.read(model))["graph_module"]
        specs: list[dict[str, Any]] = graph["signature"]["input_specs"]
        names = [spec["user_input"]["arg"]["as_tensor"]["name"] for spec in specs if "user_input" in spec]
        shapes = [graph["graph"]["tensor_values"][each]["sizes"] for each in names]
        return tuple(tuple(map(_size, shape[1:])) for shape in (shapes[0], *shapes[1:]))
    except (zipfile.BadZipFile, StopIteration, LookupError, TypeError, ValueError, OSError) as error:
        hint = "Save it with torch.export.save(torch.export.export(model, (example,)), FILE.pt2) with this PyTorch."
        raise CnnvizError(f"{file.name} is no program of torch.export's that can be read.", hint) from error


def _size(size: dict[str, Any]) -> int:
    """Return a size, or for one that may vary the size of the example it was exported with."""
    return int(size["as_int"] if "as_int" in size else size["as_expr"]["hint"]["as_int"])
