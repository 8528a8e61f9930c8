"""A convolution, a transposed convolution or a pooling small enough to be seen whole. No torch."""
