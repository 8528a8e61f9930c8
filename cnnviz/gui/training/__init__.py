"""Training: the form, the run under way or opened, its curves."""
