"""The command line: the window by default; ``list``, ``inspect``, ``compare`` and the other commands by name."""

from __future__ import annotations

import argparse
import atexit
import errno
import gc
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.cli.plain_text import write_plainly_where_needed
from cnnviz.errors import MORE_MEMORY, CnnvizError
from cnnviz.files import failure_of
from cnnviz.foreign.current_folder import refuse_strange_libraries
from cnnviz.machine import why_torch_failed
from cnnviz.version import __version__

if TYPE_CHECKING:
    from cnnviz.training.data.numbered_picture import FoundPicture

COMMANDS = {
    "list": "print every architecture",
    "inspect": "print a network's layers: shapes, parameters, MACs, FLOPs",
    "compare": "print networks side by side: totals, and costs at each resolution",
    "features": "save what a layer sees in a picture",
    "kernels": "save the weights that a layer multiplies by",
    "explain": "print why one number of a layer's maps is what it is: input × weight, bias",
    "why": "save where in a picture a network finds the evidence for a class",
    "strongest": "save the patches of many pictures that excite a layer's channels most",
    "train": "train a network and watch it in the terminal",
    "find-rate": "print which learning rate suits a network, its data and settings",
    "try": "print what the weights of a run say of pictures",
    "export": "write a run or a network as weights, PyTorch program, ONNX model or script",
    "tail": "print a run's journal, line by line, also while it is written",
    "doctor": "print versions, devices, data and what is wrong",
}
DONE, ASKED_WRONGLY, INTERRUPTED = 0, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``cnnviz`` with ``arguments`` (default: the process's own) and return the exit status."""
    if arguments is not None:
        return _run(list(arguments))
    status = _run(sys.argv[1:])
    _end_beside_threads(status)
    return status


def _run(words: list[str]) -> int:
    write_plainly_where_needed(sys.stdout, sys.stderr)
    try:
        refuse_strange_libraries()
        status = _command(words) if words and words[0] in COMMANDS else _window(words)
        _flush()
        return status
    except CnnvizError as error:
        print(f"cnnviz: {error}", file=sys.stderr)
        return ASKED_WRONGLY
    except KeyboardInterrupt:
        print("cnnviz: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has seen enough
        _discard_output()
        return DONE
    except MemoryError:
        print(f"cnnviz: There is too little memory. {MORE_MEMORY}", file=sys.stderr)
        return ASKED_WRONGLY
    except (ImportError, OSError) as error:
        return _refused(error)


def _refused(error: ImportError | OSError) -> int:
    """Say what the system has refused; raise what is no such thing."""
    if (told := why_torch_failed(error)) is not None:
        print(f"cnnviz: {told}", file=sys.stderr)
    elif isinstance(error, ImportError):
        raise error
    elif error.filename is not None:
        print(f"cnnviz: {failure_of(error)}", file=sys.stderr)
    elif error.errno in (errno.ENOSPC, errno.EIO):
        _discard_output()
        print(f"cnnviz: the output cannot be written: {error.strerror}.", file=sys.stderr)
    else:
        raise error
    return ASKED_WRONGLY


def _command(words: list[str]) -> int:
    name, rest = words[0], words[1:]
    module = import_module(f"cnnviz.cli.{name.replace('-', '_')}_command")
    parser = argparse.ArgumentParser(f"cnnviz {name}", description=_sentence(COMMANDS[name]))
    module.add_arguments(parser)
    arguments = parser.parse_args(rest)
    from cnnviz.zoo.own.own_names import named_files
    from cnnviz.zoo.own.permission import running_only

    with running_only(named_files(rest), for_later=name == "train"):
        status: int = module.run(arguments)
    return status


def _window(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "cnnviz",
        description="Take a convolutional network apart, in a window.",
        epilog="commands: " + "; ".join(f"cnnviz {name}: {what}" for name, what in COMMANDS.items()),
    )
    about = "what to open: vgg11, torchvision/resnet18, net.py:Net, net.ipynb, net.pt2"
    parser.add_argument("model", nargs="?", metavar="MODEL", help=about)
    seen = "a picture to look at: a file, or one of data, fashion-mnist-sample:3:17"
    parser.add_argument("picture", nargs="?", metavar="PICTURE", type=Path, help=seen)
    parser.add_argument("--version", action="version", version=f"cnnviz {__version__}")
    args = parser.parse_args(words)
    picture = _picture(args.picture)
    gc.disable()  # all that is made until the first frame lasts; afterwards see ``Collector``
    from cnnviz.gui.app import run_window
    from cnnviz.zoo.catalog import resolve
    from cnnviz.zoo.own.own_names import NotToldError
    from cnnviz.zoo.own.permission import ask_before_running

    ask_before_running(lambda _file, _revision: False)  # the window asks
    try:
        return run_window(None if args.model is None else resolve(args.model), picture)
    except NotToldError as error:
        return run_window(None, picture, error.file)
    finally:
        gc.enable()


def _picture(said: Path | None) -> Path | FoundPicture | None:
    """Return the picture to look at; one of data is looked for now, where what is wrong can be said."""
    if said is None or ":" not in said.name or said.exists():
        return said
    from cnnviz.training.data.numbered_picture import picture_meant

    return picture_meant(said)


def _end_beside_threads(status: int) -> None:
    """End the process here if a thread still computes that nothing can interrupt: a large network's pass, a dead disk.

    While Python shuts down it ends such a thread as soon as it comes back from C++, through functions that let nothing
    pass: the process is aborted.
    """
    if any(each.daemon for each in threading.enumerate()):  # Python waits for the others
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):  # there is none, it is full, or closed
                stream.flush()
        os._exit(status)


def _flush() -> None:
    """Meet a reader that has gone, or a full disk, here and not while Python shuts down."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


if __name__ == "__main__":
    sys.exit(main())
