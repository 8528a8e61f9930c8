"""One row for each kind of layer or function: all that is known of it. A new kind is one new row. No torch here."""
