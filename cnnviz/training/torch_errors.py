"""What torch's errors mean to the person who trains."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import torch

from cnnviz.errors import CnnvizError
from cnnviz.foreign.blame import blamed, is_ours
from cnnviz.zoo.own.own_names import own_name

_Item = TypeVar("_Item")


def translated(items: Generator[_Item, None, None], model: str) -> Generator[_Item, None, None]:
    """Yield ``items``; an error that the user can act on becomes a CnnvizError: some of torch's, all of a file's own.

    Args:
        items: what a run yields.
        model: the network's name.
    """
    own = own_name(model)
    try:
        yield from items
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _out_of_memory() from error
    except (RuntimeError, ValueError) as error:
        if (known := _known(str(error))) is not None:
            raise known from error
        if own is None or is_ours(error):
            raise
        raise CnnvizError(*blamed(error, own.file)) from error
    except CnnvizError:
        raise
    except Exception as error:
        if own is None or is_ours(error):
            raise
        raise CnnvizError(*blamed(error, own.file)) from error


def is_out_of_memory(error: Exception) -> bool:
    """Return whether memory ran out, of the device or of the process."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and _is_of_memory(str(error))


def _is_of_memory(text: str) -> bool:
    return "can't allocate memory" in text or "not enough memory" in text


def _known(text: str) -> CnnvizError | None:
    if _is_of_memory(text):
        return _out_of_memory()
    if "does not have a deterministic implementation" in text:
        operation = text.split(" does not have", 1)[0]
        hint = "Switch deterministic off, or train on the CPU."
        return CnnvizError(f"{operation} cannot be computed deterministically on this device.", hint)
    if "Expected more than 1 value per channel" in text:
        message = "Batch normalisation needs more than one picture in every batch, the last one too."
        return CnnvizError(message, "Choose a batch size or limit that leaves no single picture over.")
    if "Output size is too small" in text or "Kernel size can't be greater than actual input size" in text:
        message = f"What reaches a layer of the network is too small for it in training: {text.splitlines()[0]}"
        return CnnvizError(message, "Choose a larger resize, or another network.")
    if "does not require grad" in text:
        message = "The loss does not depend on any weight that learns: forward detaches it, or runs under no_grad."
        return CnnvizError(message, "Let it return what follows from the weights.")
    return None


def _out_of_memory() -> CnnvizError:
    return CnnvizError("There is not enough memory for this run.", "Choose a smaller batch size or resize.")
