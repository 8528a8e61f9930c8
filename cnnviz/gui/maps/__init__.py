"""What a network sees: a picture, every map of a layer, one of them large."""
