"""Train, check, explain and evaluate neural networks from one YAML file, in NumPy."""

__version__ = "0.1.0"
