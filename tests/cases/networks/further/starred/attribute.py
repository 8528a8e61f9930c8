"""a class of an imported module, by assignment"""
import layers as l
Attribute, input_shape = l.Star, l.input_shape
table = {"net": l.Star}
