"""one of two, whichever is there"""
try:
    from a_package_that_nobody_has import *
except ImportError:
    from layers import *
