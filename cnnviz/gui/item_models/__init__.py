"""Qt item models over the frozen nouns."""
