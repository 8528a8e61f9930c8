"""What excites a channel: the places of a data set's pictures where it is largest."""
