"""Data as a person sees them: which there are, their classes, and pictures of each, for every page."""
