"""by globals().update"""
import layers
globals().update({name: value for name, value in vars(layers).items() if not name.startswith("__")})
