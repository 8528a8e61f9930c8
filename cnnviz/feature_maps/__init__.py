"""What a network sees: pictures in, feature maps out."""
