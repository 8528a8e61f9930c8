"""How a forward pass is watched without computing: recorder, meta tensors, shortcuts, the frozen result."""
