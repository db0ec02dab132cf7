"""The list `network`: its entries, their names, and what `repeat` and `residual` stand for."""
