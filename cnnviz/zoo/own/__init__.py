"""Networks in files of the user's: found in its text, entries of the catalogue, built by running it."""
