"""Small widgets that know nothing of networks: labels, banner, fields, fold, colour scale, image canvas."""
