"""What excites a channel made ready to leave."""

from __future__ import annotations

from functools import partial

from cnnviz.feature_maps.handed_on.shown_export import Export, of_sheet
from cnnviz.feature_maps.strongest.patches import Pictures, Strongest
from cnnviz.feature_maps.strongest.strongest_file import numbers_of, sheet_of


def of_strongest(found: Strongest, pictures: Pictures, channel: int, spec_name: str) -> Export:
    """Return the patches of one channel; the numbers are those of all channels.

    Args:
        found: the places.
        pictures: those that were looked through.
        channel: whose patches.
        spec_name: of the network.
    """
    name = f"{spec_name} {found.layer or 'output'} channel {channel} strongest"
    return of_sheet(name, partial(sheet_of, found, pictures, [channel]), partial(numbers_of, found, pictures))
