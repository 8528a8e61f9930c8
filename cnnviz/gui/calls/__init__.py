"""The table of calls: its columns, the tree that filters and sorts, how a cell is painted."""
