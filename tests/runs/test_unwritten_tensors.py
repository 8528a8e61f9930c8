from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import save_file

from cnnviz.runs.unwritten_tensors import system_error


def test_system_s_own_error_is_found_in_what_safetensors_says(tmp_path: Path) -> None:
    """Where it names a number; a folder in the file's place does on every system."""
    with pytest.raises(SafetensorError) as caught:
        save_file({"weight": np.zeros(2, np.float32)}, tmp_path)
    assert system_error(caught.value).errno in (errno.EISDIR, errno.EACCES)


def test_folder_that_may_not_be_written_is_told_in_the_system_s_words() -> None:
    error = system_error(SafetensorError("Error while serializing: I/O error: Permission denied (os error 13)"))
    assert isinstance(error, PermissionError)
    assert error.strerror == os.strerror(errno.EACCES)


def test_what_names_no_number_is_told_as_it_is() -> None:
    error = system_error(SafetensorError("InvalidHeader"))
    assert (error.errno, error.strerror) == (errno.EIO, "InvalidHeader")
