"""a module that makes its names when they are asked for (PEP 562)"""
input_shape = (3, 16, 16)
def __getattr__(name):
    if name == "Lazy":
        from layers import Star
        return Star
    raise AttributeError(name)
