"""what __all__ lists, and no more"""
from all_of import *
