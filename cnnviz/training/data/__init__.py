"""Labelled pictures: which sets there are, how they are fetched and read, and batches of them on the device."""
