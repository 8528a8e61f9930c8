"""What a network is: one run, seen as a report."""
