"""Running code that is not ours: its prints, its exits, its randomness, what it may not change, and whom to blame."""
