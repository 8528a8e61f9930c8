"""Why safetensors could not write a file: it tells what the system said in its message alone."""

from __future__ import annotations

import errno
import os
import re


def system_error(error: Exception) -> OSError:
    """Return the system's own error of which safetensors' tells, as a full disk or a closed folder."""
    number = re.search(r"os error (\d+)", str(error))
    if number is None:
        return OSError(errno.EIO, str(error))
    code = int(number[1])
    return OSError(0, str(error), None, code) if os.name == "nt" else OSError(code, os.strerror(code))
