from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.foreign.current_folder import refuse_strange_libraries

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="of Linux's loader")


@pytest.mark.parametrize("place", [".", "glibc-hwcaps/x86-64-v3", "tls", "tls/x86_64/x86_64"])
def test_a_driver_in_the_current_folder_is_not_run(tmp_path: Path, place: str) -> None:
    refuse_strange_libraries(tmp_path)
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    (tmp_path / place / "libcuda.so.1").touch()
    with pytest.raises(CnnvizError, match=r"libcuda.so.1 would be run here"):
        refuse_strange_libraries(tmp_path)


def test_a_command_says_so_before_it_imports_torch(tmp_path: Path) -> None:
    (tmp_path / "libcuda.so.1").touch()
    program = "import sys; from cnnviz.__main__ import main; status = main(['inspect', 'lenet'])"
    ends = "sys.exit(3 if 'torch' in sys.modules else status)"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; {ends}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
