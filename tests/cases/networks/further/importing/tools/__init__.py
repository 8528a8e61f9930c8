def __getattr__(name):
    if name == "lazily":
        from .ops import double
        return double
    raise AttributeError(name)
