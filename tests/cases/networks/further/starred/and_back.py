"""the other half of the circle, which says what it offers before it has it"""
__all__ = ["Back", "input_shape", "is_there"]
from there import *
from there import There as Same
class Back(There):
    pass
def is_there():
    assert Same is There
    return There()
