"""CSV files: bytes, encoding, rows of cells, the header, the columns, the target."""
