"""A run or a network as files that are of use without cnnviz."""
