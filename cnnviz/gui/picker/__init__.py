"""The left side: which network, its options, and the user's own files."""
