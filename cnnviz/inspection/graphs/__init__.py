"""A report as a graph, and where its nodes and wires are drawn. No torch here."""
