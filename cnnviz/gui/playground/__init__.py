"""A convolution to play with: numbers to type, a window that slides, the arithmetic and the code."""
