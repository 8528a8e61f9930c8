"""a star of a star"""
from chain import *
