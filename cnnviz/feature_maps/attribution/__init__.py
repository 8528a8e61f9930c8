"""Why this class: where in the picture a network finds the evidence."""
