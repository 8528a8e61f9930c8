"""Maps → levels, colours, statistics: what is painted of them. Pure numpy."""
