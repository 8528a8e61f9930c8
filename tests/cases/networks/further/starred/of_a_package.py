from parts import *
