"""Threads, and how their answers come home."""
