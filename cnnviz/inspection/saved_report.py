"""A report that somebody saved as JSON, opened like a network. No torch here, and nothing is run."""

from __future__ import annotations

from cnnviz.errors import CnnvizError
from cnnviz.inspection.report import Report
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.own.own_names import own_name


def saved_report(spec: ModelSpec, batch: int = 1, train_mode: bool = False) -> Report | None:
    """Return the report in the file that ``spec`` names; None: it names a network.

    Raises:
        CnnvizError: the file cannot be read, is damaged or no report, or the network would have to run otherwise.
    """
    name = own_name(spec.name)
    if name is None or not name.is_report:
        return None
    if batch != 1 or train_mode:
        raise CnnvizError(
            f"{name.file.name} is a saved report: its network cannot be run in another way.",
            "Inspect the network itself, or leave out the batch and the mode.",
        )
    from cnnviz.zoo.own.own_entries import read_source  # which the first frame does without
    from cnnviz.zoo.own.report_entry import report_data

    data = report_data(read_source(name.file), name.file)
    try:
        return Report.from_dict(data)
    except CnnvizError as error:
        raise CnnvizError(f"{name.file.name}: {error.message}", error.hint) from error
