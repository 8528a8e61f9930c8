"""The weights that a layer multiplies by, as pictures and as numbers."""
