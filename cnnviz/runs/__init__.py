"""A run on disk: its layout, its journal, its status and its checkpoints, written here and read here. No torch."""
