"""A network as text, to be remembered from one start to the next."""

from __future__ import annotations

import json

from cnnviz.errors import CnnvizError
from cnnviz.slow_disks import SlowDiskError
from cnnviz.zoo.catalog import ModelSpec, resolve


def spec_as_text(spec: ModelSpec) -> str:
    """Return what ``spec_from`` reads."""
    options = {name: str(value) for name, value in spec.options.items()}
    return json.dumps({"name": spec.name, "options": options, "inputs": spec.inputs, "dtypes": spec.dtypes})


def spec_from(text: str) -> ModelSpec | None:
    """Return the network; None: it is no more, or this is no such text.

    Raises:
        SlowDiskError: its file cannot be read in time, by a thread that waits for no disk.
    """
    try:
        facts = json.loads(text)
        first, *further = map(tuple, facts["inputs"] if "inputs" in facts else [facts["input"]])
        return resolve(facts["name"], facts["options"], first, tuple(further), tuple(facts.get("dtypes", ())))
    except SlowDiskError:
        raise
    except (CnnvizError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
