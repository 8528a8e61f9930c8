"""A report as text: table, JSON, CSV, Markdown, LaTeX; and torchinfo's familiar summary beside it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.inspection import other_operations
from cnnviz.inspection.advice import advise
from cnnviz.inspection.call import Call
from cnnviz.inspection.made_with import made_here
from cnnviz.inspection.report import SCHEMA, Report
from cnnviz.plain_data import as_plain
from cnnviz.printable import in_a_cell
from cnnviz.zoo.catalog import ModelSpec

HEADER = ("layer", "type", "input", "output", "params", "MACs", "FLOPs", "other ops")
_Row = tuple[Call, int | None]  # a call, and its other operations with everything below included


def columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return rows as lines with aligned columns, two spaces apart; numbers stand at the right."""
    table = [tuple(row) for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    lines = []
    for row in table:
        cells = (
            cell.rjust(width) if _is_number(cell) else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        )
        lines.append("  ".join(cells).rstrip())
    return lines


def as_table(report: Report) -> str:
    """Return the tree as aligned text for a terminal, with the totals below. Exact counts."""
    depths = _depths(report)
    rows: list[tuple[str, ...]] = [HEADER]
    for call, other in _rows(report):
        name = "  " * depths[call.index] + (call.name or report.title)
        rows.append((name, *_cells(call, other)[1:]))
    return "\n".join([*columns(rows), "", *totals(report)])


def totals(report: Report) -> list[str]:
    """Return the lines below the table."""
    sums, other = report.totals, other_operations.total(report.calls)
    lines = [
        f"parameters  {_params(report)} ({units.exact(sums.trainable_params)} trainable)",
        f"MACs        {_macs(report)}",
        f"other ops   {units.exact(other)} (normalisation, activation, pooling, elementwise, bias)",
        f"activations {units.size(sums.activation_bytes)}{_batch(report)}",
    ]
    lines += _listed("no size yet", report.unsized)
    lines += _listed(
        "not counted", [call.path or report.title for call in report.calls if call.status == "not counted"]
    )
    lines += _listed("unregistered", [f"{each.path} ({units.exact(each.params)})" for each in report.unregistered])
    lines += _listed("data decides", [report.calls[index].path or report.title for index in report.decided_by_data])
    return lines


def _listed(title: str, names: Sequence[str]) -> list[str]:
    return [f"{title:<11} {', '.join(names[:5])}{' …' if len(names) > 5 else ''}"] if names else []


def _params(report: Report) -> str:
    """The number that is known; lazy layers that never ran have more."""
    return f"{'at least ' if report.unsized else ''}{units.exact(report.totals.params)}"


def _macs(report: Report) -> str:
    macs, flops = report.totals.macs, report.totals.flops
    if macs is None:
        return "–, as the run failed" if report.error is not None else "–, as some calls could not be counted"
    return f"{units.exact(macs)} ({units.short(macs, 'MACs')} = {units.short(flops, 'FLOPs')})"


def _batch(report: Report) -> str:
    """A network may take no tensor, or a scalar: then there is no batch to speak of."""
    first = report.input_shapes[0] if report.input_shapes else ()
    return f" for a batch of {first[0]}" if first else ""


def advice_table(report: Report) -> str:
    """Return what looks wrong or wasteful, each with the layers, the reason and the remedy."""
    notes = advise(report)
    lines = [f"notes       {len(notes) or 'none'}"]
    for advice in notes:
        others = [report.calls[index].path for index in advice.also]
        lines += ["", f"{advice.rule}: {advice.what}", f"  why   {advice.why}", f"  do    {advice.fix}"]
        lines += [f"  also  {', '.join(others[:6])}{' …' if len(others) > 6 else ''}"] if others else []
    return "\n".join(lines)


def as_json(report: Report) -> str:
    """Return the public interface's JSON, with what ``advise`` says under "advice", and the versions at hand."""
    data = {**report.to_dict(), "made_with": as_plain(made_here())}
    return json.dumps({**data, "advice": [advice.to_dict() for advice in advise(report)]}, indent=1)


def as_csv(report: Report, calls: Sequence[Call] | None = None) -> str:
    """Return comma-separated values with one header line; unknown numbers are empty.

    Args:
        report: a whole report.
        calls: those of its calls that are wanted; default: all. So with all forms below.
    """
    return _separated(report, calls, ",")


def as_tsv(report: Report, calls: Sequence[Call] | None = None) -> str:
    """Return tab-separated values, which spreadsheets take from the clipboard."""
    return _separated(report, calls, "\t")


def calls_as_json(report: Report, calls: Sequence[Call]) -> str:
    """Return some calls alone, in the words of the public interface."""
    dicts = report.call_dicts()
    return json.dumps({"schema": SCHEMA, "name": report.name, "calls": [dicts[call.index] for call in calls]}, indent=1)


def as_markdown(report: Report, calls: Sequence[Call] | None = None) -> str:
    """Return a Markdown table."""
    rows = [_cells(*row) for row in _rows(report, calls)]
    lines = [HEADER, ("---", "---", "---", "---", "--:", "--:", "--:", "--:"), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_latex(report: Report, calls: Sequence[Call] | None = None) -> str:
    """Return a LaTeX tabular."""
    rows = [tuple(map(_latex, _cells(*row))) for row in _rows(report, calls)]
    body = [" & ".join(row) + r" \\" for row in (HEADER, *rows)]
    return "\n".join([r"\begin{tabular}{llllrrrr}", body[0], r"\hline", *body[1:], r"\end{tabular}"])


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
    "latex": as_latex,
}


def torchinfo_summary(spec: ModelSpec, batch: int = 1, train_mode: bool = False) -> str:
    """Return torchinfo's summary of the built network. Its multiply-adds are wrong for attention and shared modules.

    Raises:
        CnnvizError: torchinfo, which really computes, cannot run the network or finds no memory for it.
    """
    import torchinfo

    from cnnviz.inspection.examples import example_for
    from cnnviz.zoo import build

    shown, mode = ("input_size", "output_size", "num_params", "mult_adds"), "train" if train_mode else "eval"
    shape, model = (batch, *spec.input_shape), build(spec)
    try:
        example = example_for(model, spec.inputs, batch, spec.dtypes).on("cpu")
        summary = torchinfo.summary(
            model, input_data=example.args, col_names=shown, verbose=0, device="cpu", mode=mode, **example.kwargs
        )
        return str(summary)
    except (RuntimeError, TypeError, OverflowError) as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0].rstrip(".")
        hint = "Choose a smaller batch or another input; the other formats say which layer fails, and compute nothing."
        raise CnnvizError(f"torchinfo cannot run {spec.name} on {units.shape(shape)}: {reason}.", hint) from error
    finally:
        torchinfo.torchinfo.clear_cached_forward_pass()  # that keeps the network


def _rows(report: Report, calls: Sequence[Call] | None = None) -> list[_Row]:
    other = other_operations.of_calls(report.calls)
    return [(call, other[call.index]) for call in (report.calls if calls is None else calls)]


def _separated(report: Report, calls: Sequence[Call] | None, separator: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_plain_cells(*row) for row in _rows(report, calls))
    return out.getvalue().rstrip("\n")


def _cells(call: Call, other: int | None) -> tuple[str, ...]:
    shapes = (call.input_shapes[0] if call.input_shapes else None, call.output_shape)
    return (call.path, call.kind, *map(units.shape, shapes), *map(units.exact, _numbers(call, other)))


def _plain_cells(call: Call, other: int | None) -> tuple[object, ...]:
    shapes = [each or () for each in (call.input_shapes[0] if call.input_shapes else (), call.output_shape)]
    names = map(in_a_cell, (call.path, call.kind))
    return (*names, *("x".join(map(str, each)) for each in shapes), *_numbers(call, other))


def _numbers(call: Call, other: int | None) -> tuple[int | None, ...]:
    return call.params, call.macs, call.flops, other


def _depths(report: Report) -> list[int]:
    depths: list[int] = []
    for call in report.calls:
        depths.append(0 if call.parent is None else depths[call.parent] + 1)
    return depths


def _is_number(cell: str) -> bool:
    return cell == units.UNKNOWN or cell.replace(",", "").isdecimal()


def _latex(cell: str) -> str:
    return cell.replace("_", r"\_").replace(" × ", r" $\times$ ").replace(units.UNKNOWN, "--")
