"""Pooling: the largest, the mean, over windows or over the whole picture."""
