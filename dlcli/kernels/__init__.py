"""Arithmetic without a layer: windows, convolutions, pooling, functions that NumPy lacks."""
