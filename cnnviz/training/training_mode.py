"""Whether a network that works can learn too: it may run otherwise in training, and learns from batches."""

from __future__ import annotations

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect
from cnnviz.zoo import catalog
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.own.own_names import own_name

_SEVERAL = 2  # pictures, which stand for a batch of any size but one


def misfit_in_training(
    spec: ModelSpec, batch_size: int, images: int | None, classes: int | None = None
) -> tuple[str, CnnvizError] | None:
    """Return why the network cannot learn, and before that the setting beside which it is to be said; None: it can.

    It is run in training mode in batches of the kinds that will come, and nothing is computed: normalisation over a
    batch, for one, cannot be done where the batch is one picture, and its maps are 1×1.

    Args:
        spec: the network at the size that it is trained at, which works on one picture in eval mode.
        batch_size: of the run.
        images: of the training data; None: nobody knows yet.
        classes: that are told apart; None: as many as ``spec`` says.
    """
    own = own_name(spec.name)
    if own is not None and own.is_report:  # building it tells that there is no network in it
        return None
    classes, last = classes or spec.num_classes, (images or 0) % batch_size
    sizes = {min(size, _SEVERAL) for size in (min(batch_size, images or batch_size), last) if size}
    for size in sorted(sizes, reverse=True):
        if (fault := _fault(spec, size, classes)) is None:
            continue
        if size == 1 and (_SEVERAL in sizes or _fault(spec, _SEVERAL, classes) is None):
            which = "the last one" if last == 1 else "each"
            message = f"It needs more than one picture in every batch, and {which} is of one: {fault.message}"
            hint = "Choose a batch size or limit that leaves no single picture over."
            return "batch_size", CnnvizError(message, hint)
        if size > 1 and _fault(spec, 1, classes) is None:
            message = f"It works on one picture, and on several at once it does not: {fault.message}"
            return "batch_size", CnnvizError(
                message, "Let each layer keep the batch axis: x.flatten(1), x.view(len(x), -1)."
            )
        height, width = spec.input_shape[1:]
        message = f"It cannot be trained on {height}×{width} pixels: {fault.message}"
        return "resize", CnnvizError(message, fault.hint)
    return None


def fault_of(report: Report, spec: ModelSpec) -> CnnvizError | None:
    """Return where and why the network failed, and what to do about it; None: it did not."""
    if (failure := report.error) is None:
        return None
    own = catalog.find(spec.name).input_shape
    if own_name(spec.name) is None:
        return CnnvizError(failure.message, f"Choose another; {own[1]} is its own." if len(own) == 3 else "")
    where = "" if failure.source is None else f" ({failure.source})"  # its file may well be what is wrong
    hint = f"{failure.hint} Or choose another resize." if failure.hint else "Mend its file, or choose another resize."
    return CnnvizError(f"{failure.message.rstrip('.')}{where}", hint)


def _fault(spec: ModelSpec, batch: int, classes: int | None) -> CnnvizError | None:
    try:
        report = inspect(spec, batch=batch, train_mode=True)
    except CnnvizError as error:
        return error
    return fault_of(report, spec) or _fault_of_output(report, batch, classes)


def _fault_of_output(report: Report, batch: int, classes: int | None) -> CnnvizError | None:
    """Return what is wrong with what the network returns: it must be logits, and those of auxiliary heads if any."""
    if not (report.totals.trainable_params or report.unsized):
        return CnnvizError("nothing of the network learns.", "Give it weights whose requires_grad is True.")
    shapes = report.calls[0].output_shapes
    if shapes and all(shape[:-1] == (batch,) and shape[-1] >= (classes or 1) for shape in shapes):
        return None
    returned = ", ".join(map(units.shape, shapes)) or "no tensor"
    wanted = f"{batch} × {'classes' if classes is None else classes}"
    message = f"it returns {returned} for {units.counted(batch, 'picture')}, not {wanted} alone."
    return CnnvizError(message, "Let its last layer return a number for each class and picture.")
