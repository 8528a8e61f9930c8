"""How a network learns: a generator of events, and who records them."""
