"""A call in the reader's words: formulas with their numbers, a plain sentence, who feeds whom. No torch here."""
