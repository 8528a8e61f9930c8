"""What stands in the fields of the form, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.option_field import OptionField


def whole(field: OptionField) -> int | None:
    """Return the whole number in a field; None where there is none."""
    try:
        value = field.value()
    except CnnvizError:
        return None
    return value if isinstance(value, int) else None


def checked_values(fields: Mapping[str, OptionField]) -> dict[str, Any]:
    """Return every field's value.

    Raises:
        CnnvizError: the first field's that is refused; each of them says so beside itself.
    """
    values: dict[str, Any] = {}
    errors: list[CnnvizError] = []
    for name, field in fields.items():
        try:
            values[name] = field.value()
        except CnnvizError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return values
