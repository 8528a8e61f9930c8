"""How one number of a map comes about: inputs × weights, summed."""
