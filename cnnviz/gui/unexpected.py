"""Two kinds of failure: the user can act (CnnvizError), or nobody can (UnexpectedError, with its traceback)."""

from __future__ import annotations

import logging
import traceback

from cnnviz.errors import CnnvizError
from cnnviz.files import failure_of
from cnnviz.machine import why_torch_failed

_log = logging.getLogger(__name__)


class UnexpectedError(CnnvizError):
    """A fault of ours. ``details`` is the traceback, for the bug report."""

    def __init__(self, message: str, hint: str, details: str) -> None:
        super().__init__(message, hint)
        self.details = details


def as_cnnviz_error(error: BaseException) -> CnnvizError:
    """Return ``error`` itself where the user can act on it; anything else is logged and wrapped with its traceback.

    What is returned is words alone: it is shown for as long as it is true, and its traceback would keep the network
    that failed, and all that the network had computed.
    """
    if isinstance(error, CnnvizError):
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)
    if isinstance(error, OSError) and error.filename is not None:  # of a disk or of rights, and no fault of ours
        _log.warning("refused by the system", exc_info=error)
        return failure_of(error)
    if isinstance(error, ImportError | OSError) and (told := why_torch_failed(error)) is not None:
        _log.error("no PyTorch", exc_info=error)
        return told
    _log.error("unexpected failure", exc_info=error)
    return UnexpectedError(
        "Something unexpected happened.",
        f"{type(error).__name__}: {error}",
        "".join(traceback.format_exception(error)),
    )
