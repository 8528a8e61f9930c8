"""Parts that pages are made of. They know no session."""
