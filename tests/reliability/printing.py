"""Prints from the main thread while four threads inspect a network that prints: ``python printing.py --seconds 60``.

Said is how many lines came and what is wrong with them; the return code of the process that printed is 0, or it broke.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

_NETWORK = """
import sys, warnings
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3)
        print("foreign: built")
    def forward(self, x):
        print("foreign: run")
        sys.stdout.write("foreign: written\\n")
        warnings.warn("foreign: warned")
        return self.layer(x)
"""
_PRINTS = """
import logging, sys, threading, time, warnings
import cnnviz
name, seconds = sys.argv[1], float(sys.argv[2])
cnnviz.inspect(name, input_shape=(3, 16, 16))
warnings.simplefilter("always")
logging.basicConfig(format="%(message)s")
over, counts = threading.Event(), [0] * 4
def look(number):
    while not over.is_set():
        cnnviz.inspect(name, input_shape=(3, 16, 16))
        counts[number] += 1
threads = [threading.Thread(target=look, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
end, number = time.monotonic() + seconds, 0
while time.monotonic() < end:
    print(f"printed {number} {'x' * (number % 200)} end")
    print(f"printed {number} to errors end", file=sys.stderr)
    warnings.warn(f"warned {number} end")
    logging.warning(f"logged {number} end")
    number += 1
    if number % 50 == 0:
        time.sleep(0.001)
over.set()
for thread in threads:
    thread.join()
print(f"all {number} end")
print(f"inspected {sum(counts)} times")
"""


def main() -> None:
    """Print for a while and look at what came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="printing-") as folder:
        network = Path(folder) / "net.py"
        network.write_text(_NETWORK)
        with (Path(folder) / "out").open("w+") as out, (Path(folder) / "err").open("w+") as err:
            command = [sys.executable, "-c", _PRINTS, f"{network}:Net", str(seconds)]
            status = subprocess.run(command, stdout=out, stderr=err, check=False).returncode
            out.seek(0), err.seek(0)
            broken = _broken(out.read(), err.read())
    print(f"printing: {seconds:.0f} s, return code {status}, {broken or 'all lines whole and in order'}")
    sys.exit(1 if status or broken else 0)


def _broken(out: str, err: str) -> str:
    """Return what is wrong with the lines, and print how many they are; "" where nothing is."""
    *lines, total, inspected = out.splitlines() or ["", ""]
    count = int(m[1]) if (m := re.fullmatch(r"all (\d+) end", total)) else -1
    print(f"{count} of each kind of line, {inspected}")
    wrong = [f"{line!r} at {at}" for at, line in enumerate(lines) if line != f"printed {at} {'x' * (at % 200)} end"]
    if len(lines) != count:
        wrong.append(f"{len(lines)} lines were printed")
    for kind, pattern in (("to errors", r"^printed (\d+) to errors end$"), ("logged", r"^logged (\d+) end$")):
        if [int(each) for each in re.findall(pattern, err, re.MULTILINE)] != list(range(count)):
            wrong.append(f"lines {kind} are missing or torn")
    if [int(each) for each in re.findall(r"UserWarning: warned (\d+) end$", err, re.MULTILINE)] != list(range(count)):
        wrong.append("warnings are missing or torn")
    if "foreign" in out + err:
        wrong.append("what the network prints is among it")
    return "; ".join(wrong[:5])


if __name__ == "__main__":
    main()
