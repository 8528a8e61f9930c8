"""The version. Stdlib only: whatever is below everything else may ask for it."""

__version__ = "0.1.0"
