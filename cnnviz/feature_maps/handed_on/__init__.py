"""What a view shows, made ready to leave the program: a picture with title and scale, a drawing, the numbers."""
