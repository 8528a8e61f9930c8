"""The right side: what the selected call does, why its numbers are what they are, and who feeds it."""
