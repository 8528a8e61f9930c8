"""What ``torch.save`` wrote: the tensors in it. Nothing in the file is ever run.

``torch.load(weights_only=True)`` builds tensors and plain containers alone. What else a training script keeps beside
its weights (arguments, callbacks, whole modules) becomes an empty stand-in here, so that the weights can be read.
"""

from __future__ import annotations

import pickle
import re
import threading
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cnnviz.archives import check_unpacked
from cnnviz.errors import CnnvizError
from cnnviz.runs.pickled_arrays import PickledArray, stand_in

if TYPE_CHECKING:
    from torch import Tensor

# CVE-2025-32434 (up to 2.5.1) and CVE-2026-24747 (before 2.10): a file could run code in spite of weights_only=True.
_SAFE_SINCE = (2, 10)
_ALONE = threading.Lock()  # torch keeps what a file may name in one list of the process
_DEEPEST = 64  # containers within containers that are searched
SAVE_HINT = (
    "Where you trust it, load it with the code that wrote it and save the numbers alone:"
    " safetensors.torch.save_model(model, 'w.safetensors'), or torch.save(model.state_dict(), 'w.pth')."
)

_Allowed = list[Callable[..., object] | tuple[Callable[..., object], str]]  # as torch.serialization takes them
Found = dict[tuple[str, ...], "Tensor"]  # by the keys that lead to it


def read_pickle(file: Path) -> tuple[Found, tuple[str, ...]]:
    """Return the tensors that ``file`` holds in its dictionaries and lists, and the kinds of objects left out.

    Raises:
        CnnvizError: this PyTorch cannot read such files safely, the file would run code, or it is damaged.
    """
    import torch

    _check_version(file, torch.__version__)
    with file.open("rb") as opened, _ALONE:  # of a path, torch.load would go by the ending
        check_unpacked(opened, file)
        foreign = _foreign_names(opened)
        content = _load(opened, file, foreign)
    found: Found = {}
    other: set[str] = {name for name in foreign if stand_in(name) is None}
    _collect(content, (), found, other, set())
    return found, tuple(sorted(other))


def _load(opened: BinaryIO, file: Path, foreign: Sequence[str]) -> object:
    import torch

    stand_ins: _Allowed = [(stand_in(name) or _empty(name), name) for name in foreign]
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals(stand_ins):
            warnings.simplefilter("ignore")  # of old formats, which are read all the same
            return torch.load(opened, map_location="cpu", weights_only=True)
    except MemoryError as error:
        raise CnnvizError(f"There is not enough memory to read {file.name}.", "Close other programs.") from error
    except Exception as error:  # torch's reader raises whatever it stumbles over in a broken file
        raise _refusal(file, " ".join(str(error).split()), foreign) from error


def _check_version(file: Path, version: str) -> None:
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if numbers < _SAFE_SINCE:
        since = ".".join(map(str, _SAFE_SINCE))
        raise CnnvizError(
            f"{file.name} was written by torch.save; PyTorch before {since} (this is {version}) can be made to run code"
            " by such a file (CVE-2025-32434, CVE-2026-24747), so it is not read.",
            f"Upgrade PyTorch (pip install -U 'torch>={since}'), or give the weights as safetensors.",
        )


def _foreign_names(opened: BinaryIO) -> list[str]:
    """Return what the file names that is neither a tensor nor a plain container; of old formats it is not known."""
    import torch

    try:
        return torch.serialization.get_unsafe_globals_in_checkpoint(opened)
    except Exception:  # reading it says what is wrong
        return []
    finally:
        opened.seek(0)


def _empty(name: str) -> type:
    """Return a class that takes whatever is told to one of this name, and does nothing.

    ``torch``'s reader fills dictionaries of its own kinds alone, so an object that may be filled is one of these.
    """
    is_mapping = "dict" in name.rpartition(".")[2].lower()

    class Meta(type):
        def __call__(cls, *_arguments: object) -> object:  # how the file calls a function
            return OrderedDict() if is_mapping else object.__new__(cls)  # type: ignore[arg-type]  # a class, as its metaclass is called

    class StandIn(metaclass=Meta):
        def __new__(cls, *_arguments: object) -> OrderedDict[object, object]:  # type: ignore[misc]  # a new object
            return OrderedDict()

        def __setstate__(self, state: object) -> None:
            """It has none."""

    return StandIn


def _collect(content: object, keys: tuple[str, ...], found: Found, other: set[str], seen: set[int]) -> None:
    """Gather tensors, and what else there is; a container that stands in several places is looked into at the first."""
    import torch

    if isinstance(content, PickledArray):
        content = _as_tensor(content)
    if isinstance(content, torch.Tensor):
        if content.layout == torch.strided and not (content.is_meta or content.is_quantized):
            found[keys] = content.detach()
        else:
            other.add("quantised tensors" if content.is_quantized else "sparse or empty tensors")
    elif id(content) not in seen and len(keys) < _DEEPEST:
        items = _items(content)
        if items:
            seen.add(id(content))
        for key, value in items:
            _collect(value, (*keys, str(key)), found, other, seen)


def _items(content: object) -> Sequence[tuple[object, object]]:
    """Return what a container holds by the keys that a name can be made of."""
    if isinstance(content, list | tuple) and all(_is_pair(each) for each in content):
        return tuple(content)  # as list(state_dict.items())
    if isinstance(content, Mapping):
        return tuple((key, value) for key, value in content.items() if isinstance(key, str | int))
    return tuple(enumerate(content)) if isinstance(content, list | tuple) else ()


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2 and isinstance(value[0], str)


def _as_tensor(array: PickledArray) -> object:
    """Return the numbers of an array; nothing where it holds none."""
    import torch

    try:
        return torch.from_numpy(array.array().copy())
    except (TypeError, ValueError, pickle.UnpicklingError):
        return None


def _refusal(file: Path, reason: str, foreign: Sequence[str]) -> CnnvizError:
    """Return what to say of a file that could not be read for this reason, in torch's words."""
    if "TorchScript" in reason:
        return CnnvizError(
            f"{file.name} is a TorchScript program, which would be run by loading it; weights alone are read.",
            f"Where you trust it: torch.save(torch.jit.load({file.name!r}).state_dict(), 'w.pth').",
        )
    named = re.search(r"GLOBAL (\S+)", reason)
    kinds = foreign or ([] if named is None else [named[1]])
    if "Unsupported operand" in reason:
        return CnnvizError(
            f"{file.name} is written in a form of pickle that PyTorch does not read safely, and so is not read.",
            f"Save it with torch.save's own pickle_protocol. {SAVE_HINT}",
        )
    if kinds or "nsupported" in reason or "weights_only" in reason:
        listed = f" ({', '.join(kinds[:3])})" if kinds else ""
        return CnnvizError(
            f"{file.name} is a pickle that holds more than numbers{listed}; loading it can run any code,"
            " so cnnviz does not.",
            SAVE_HINT,
        )
    names = _names_in(file)
    if any(name.rpartition("/")[2] in ("archive_format", "serialized_exported_program.json") for name in names):
        return CnnvizError(f"{file.name} is a whole network, saved by torch.export.", "Open it as the network itself.")
    if names and not any(name.endswith("data.pkl") for name in names):
        arrays = all(name.endswith(".npy") for name in names)
        what = "NumPy's arrays" if arrays else "an archive of other files"
        hint = "Save its arrays by safetensors.numpy.save_file." if arrays else "Unpack it and choose a file in it."
        return CnnvizError(f"{file.name} is {what}, not what torch.save writes.", hint)
    return CnnvizError(
        f"{file.name} is damaged or cut short, or torch.save did not write it.", "Choose another file of weights."
    )


def _names_in(file: Path) -> list[str]:
    """Return what lies in an archive; nothing where it is none, or damaged."""
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.namelist()
    except Exception:  # whatever a broken archive may raise
        return []
