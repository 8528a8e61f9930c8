"""under another name"""
from layers import Star as Net, input_shape
Other = Net
