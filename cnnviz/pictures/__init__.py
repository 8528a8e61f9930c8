"""A file → a picture, upright and plain; and the pictures that ship with cnnviz. No torch."""
