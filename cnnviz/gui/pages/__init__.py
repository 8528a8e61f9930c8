"""One file for each tab. Pages meet in the session and never import one another."""
