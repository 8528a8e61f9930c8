"""What is in files of the user's: ``FILE.py:CALLABLE``, ``.pt2`` programs and saved reports, as catalogue's entries.

No torch here: a Python file is parsed, a program's description is JSON in a zip. A file whose text does not tell is run
where nobody has to be asked; in the window it is taken at its word until it has been run.
"""

from __future__ import annotations

import ast
import os
from functools import partial
from importlib import import_module
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import open_file, read_whole
from cnnviz.slow_disks import SlowDiskError, answered
from cnnviz.zoo.inputs import Input, said
from cnnviz.zoo.own.cells import cells_of, place, whole_tree
from cnnviz.zoo.own.neighbours import content_of, edition
from cnnviz.zoo.own.own_names import NotToldError, OwnName
from cnnviz.zoo.own.permission import digest, may_have_to_wait
from cnnviz.zoo.own.program_entry import program_entry
from cnnviz.zoo.own.report_entry import report_entry
from cnnviz.zoo.own.source import SourceNetwork, networks_in, offered, tells_all
from cnnviz.zoo.specs import Architecture

_MODULE = "cnnviz.zoo.own.loading"
_SOURCE_BYTES = 64 << 20  # of a text: a notebook holds its pictures, a report of a huge network some megabytes
_CHOOSE = "Choose a Python file, a notebook, a .pt2 file or a saved report."
_GUESS = (3, 224, 224)
_known: dict[str, tuple[str, Architecture]] = {}  # by name: the newest content that could be read
_run: dict[Path, tuple[str, tuple[SourceNetwork, ...]]] = {}  # what files held when they were run, and which content


def revision_of(name: OwnName) -> str:
    """Return what changes when the file does: a digest of its content, or of size and time where nothing of it is run
    unasked; "": unreadable.

    Where the disk is not to be waited for, and does not answer, that of the content as it was last read.
    """
    try:
        return answered(partial(_revision_now, name), name.file)
    except SlowDiskError:
        return _known[str(name)][0] if str(name) in _known else ""


def _revision_now(name: OwnName) -> str:
    try:
        if name.is_program or name.is_report:  # may hold gigabytes of weights, or all calls of a huge network
            status = name.file.stat()
            return digest(f"{status.st_size} {status.st_mtime_ns}".encode())
        return digest(read_source(name.file)) + edition(name.file)
    except (CnnvizError, OSError, ValueError):
        return ""


def architecture(name: OwnName) -> Architecture:
    """Return the catalogue's entry; of a file that is broken or gone now, as it was when it could last be read.

    Raises:
        CnnvizError: the file cannot be read, never could, or does not hold the network.
    """
    known = _known.get(str(name))
    try:
        return answered(partial(_newest, name), name.file)
    except SlowDiskError:
        if known is None:
            raise
        return known[1]


def _newest(name: OwnName) -> Architecture:
    content = _revision_now(name)
    known = _known.get(str(name))
    if known is not None and (known[0] == content or not content):
        return known[1]
    try:
        made = _entry_of(name)
    except CnnvizError:
        if known is None:
            raise
        return known[1]
    _known[str(name)] = _known[made.name] = (content, made)
    return made


def _entry_of(name: OwnName) -> Architecture:
    if name.is_program:
        read_source(name.file, most=1)  # says why it cannot be read
        return program_entry(name.file, _MODULE)
    if name.is_report:
        return report_entry(read_source(name.file), name.file, _MODULE)
    return _from_source(name)


def architectures_in(file: Path) -> tuple[Architecture, ...]:
    """Return what a file offers: itself, or each network of a Python file that is no part of another one in it.

    Raises:
        CnnvizError: the file cannot be read, or there is no network in it.
    """
    return answered(partial(_offered_by, OwnName(Path(os.path.abspath(file)))), file)  # noqa: PTH100  a link stays


def _offered_by(name: OwnName) -> tuple[Architecture, ...]:
    if name.is_program or name.is_report:
        return (architecture(name),)
    every = _networks(name)
    networks = offered(every)
    if not networks:
        raise _no_network(name.file, every)
    return tuple(architecture(OwnName(name.file, network.name)) for network in networks)


def read_source(file: Path, most: int = -1) -> bytes:
    """Return a file's content, or its first ``most`` bytes.

    Raises:
        CnnvizError: it is not there or may not be read.
    """
    try:
        if most >= 0:
            with open_file(file) as opened:
                return opened.read(most)
        return read_whole(file, _SOURCE_BYTES)
    except FileNotFoundError:
        raise CnnvizError(f"There is no file {file}.", "It may have been moved or renamed; open it again.") from None
    except OSError as error:
        raise CnnvizError(f"{file} cannot be read: {error.strerror}.", _CHOOSE) from error


def remember_networks(file: Path, content: str, networks: tuple[SourceNetwork, ...]) -> None:
    """Take what a file's module tells, of a content's digest, for what its text told until now."""
    _run[file] = (content, networks)
    for name in [name for name, (known, _) in _known.items() if content_of(known) == content]:
        del _known[name]


def _networks(name: OwnName) -> tuple[SourceNetwork, ...]:
    """Return the networks that the text tells of, or those of the module where that tells too little and may be run."""
    source = read_source(name.file)
    cells = cells_of(source, name.file)
    tree = whole_tree(cells)
    text = networks_in(tree)
    known = _run.get(name.file)
    if known is not None and known[0] == digest(source) and _tells_of(known[1], name, tree):
        return known[1]
    asked = next((each for each in text if each.name == name.callable), None)
    says_all = tells_all(tree) and name.callable == name.first  # text is not asked what is in a class
    tells = says_all and (bool(offered(text)) or _is_all_told(text)) if asked is None else asked.is_told
    if not tells and not may_have_to_wait(name.file, source):
        run: tuple[SourceNetwork, ...] = import_module(_MODULE).networks_of_file(name.file, name.callable)
        return run
    if asked is None and not says_all:
        return (*text, SourceNetwork(name.callable or "*", 1, (), (), "", bool(name.callable), frozenset(), False))
    return text


def _tells_of(networks: tuple[SourceNetwork, ...], wanted: OwnName, tree: ast.Module) -> bool:
    """False where the module may yet make what is wanted, once it is asked for it."""
    if not wanted.callable or wanted.callable in {each.name for each in networks}:
        return True
    return wanted.callable == wanted.first and tells_all(tree)


def _is_all_told(networks: tuple[SourceNetwork, ...]) -> bool:
    return all(each.is_told for each in networks)


def _from_source(name: OwnName) -> Architecture:
    networks = _networks(name)
    if name.callable:
        found = next((each for each in networks if each.name == name.callable), None)
        if found is None:
            raise unknown(name, offered(networks))
        return _entry(name.file, found)
    choice = offered(networks)
    if len(choice) == 1:
        return _entry(name.file, choice[0])
    if not choice:
        raise _no_network(name.file, networks)
    names = ", ".join(f"{name.file.name}:{each.name}" for each in choice)
    raise CnnvizError(f"There are {len(choice)} networks in {name.file.name}.", f"Say which one: {names}.")


def _entry(file: Path, network: SourceNetwork) -> Architecture:
    channels = next((each.default for each in network.options if each.name == "in_channels"), None)
    guess = Input((channels, *_GUESS[1:]) if isinstance(channels, int) else _GUESS)
    first, further, dtypes = said(network.inputs or [guess])
    return Architecture(
        name=str(OwnName(file, network.name)),
        title=network.name,
        group="My networks",
        family=file.name,
        module=_MODULE,
        input_shape=first,
        further_inputs=further,
        dtypes=dtypes if any(dtypes) else (),
        options=network.options,
        source=f"{file}, {place(cells_of(read_source(file), file), network.line)}",
        summary=network.summary or f"{network.name} of {file.name}.",
        input_is_guess=not network.inputs,
    )


def unknown(name: OwnName, networks: tuple[SourceNetwork, ...]) -> CnnvizError:
    """Return what to say of a name that a file, which offers these networks, does not hold."""
    hint = f"It holds: {', '.join(each.name for each in networks)}." if networks else _WRITE_ONE
    return CnnvizError(f"{name.file.name} has no class or function {name.callable!r}.", hint)


def _no_network(file: Path, every: tuple[SourceNetwork, ...]) -> CnnvizError:
    refused = CnnvizError(f"There is no network in {file.name}.", _WRITE_ONE)
    return refused if _is_all_told(every) else NotToldError(refused, file)


_WRITE_ONE = "Write a class that inherits from nn.Module, or a function that returns one, at the file's top level."
