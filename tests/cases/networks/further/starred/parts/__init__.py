from .inner import *
from .inner import _hidden as hidden
