"""Curves on axes: what is shown, as frozen nouns; how it is drawn, on a screen or into a file; and the widget."""
